import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** `DISC_KILLS=500` for the whole of it. */
const KILLS = Number(process.env['DISC_KILLS'] ?? 20);
const KEEPER = join(import.meta.dirname, '../../dist/test/app/keeper.js');

interface Words {
  readonly found?: Record<string, number>;
  readonly kept?: number;
}

const keeper = (dataDir: string, stderr: 'inherit' | 'pipe') =>
  spawn(process.execPath, [KEEPER, dataDir], { stdio: ['ignore', 'pipe', stderr] });

describe('tables on a real disc', { timeout: 60_000 + KILLS * 5_000 }, () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'beethoven-'));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  it(`lose nothing that was told to be kept, and no half of a transaction, in ${KILLS} kills at random points`, async () => {
    let kept = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const child = keeper(dataDir, 'inherit');
      const exited = once(child, 'exit');
      // Anywhere in the first 40 or so transactions: how fast they are, the machine says.
      let left = 1 + Math.floor(Math.random() * 40);
      // oxlint-disable-next-line no-await-in-loop -- one life after the other
      for await (const line of createInterface(child.stdout!)) {
        if (!line.startsWith('{')) continue; // Nest warns of a record that a kill has torn
        const { found, kept: told } = JSON.parse(line) as Words;
        if (found !== undefined) check(found, kept);
        if (told !== undefined) kept = told;
        if (--left === 0) setTimeout(() => child.kill('SIGKILL'), Math.random() * 4);
      }
      // oxlint-disable-next-line no-await-in-loop
      expect(await exited).toEqual([null, 'SIGKILL']);
    }
    expect(kept).toBeGreaterThan(KILLS);
  });

  it('are of one process: the second is told whose the directory is, and the first goes on', async () => {
    const first = keeper(dataDir, 'inherit');
    const words = createInterface(first.stdout!)[Symbol.asyncIterator]();
    await words.next(); // it has its tables
    const second = keeper(dataDir, 'pipe');
    const [reason, [code]] = await Promise.all([text(second.stderr!), once(second, 'exit')]);
    expect(code).toBeGreaterThan(0);
    expect(reason).toContain('BEETHOVEN_DATA_DIR_IN_USE');
    expect(reason).toContain(`Process ${first.pid} keeps its tables in "${dataDir}`);
    const { kept = 0 } = JSON.parse((await words.next()).value as string) as Words;
    expect(kept).toBeGreaterThan(0);
    first.kill('SIGKILL');
    await once(first, 'exit');
  });
});

function check(found: Record<string, number>, kept: number): void {
  const numbers = Object.values(found);
  expect(Math.max(0, ...numbers)).toBeGreaterThanOrEqual(kept);
  for (const [id, n] of Object.entries(found)) {
    if (id.startsWith('left')) expect(found[id.replace('left', 'right')]).toBe(n);
    // Of the pairs that are written in turn none is older than a round.
    expect(n).toBeGreaterThan(Math.max(...numbers) - numbers.length / 2);
  }
}
