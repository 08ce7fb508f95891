import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { CONFIG, watchOf } from '../protocol/detector/detector.fixture.js';
import type { FromAgent } from './heartbeat-agent.js';
import { Pulse } from './pulse.js';
import { startWorker } from './worker-thread.js';

const folder = mkdtempSync(`${tmpdir()}/heartbeat-`);
afterAll(() => rmSync(folder, { recursive: true }));

function script(name: string, code: string): URL {
  writeFileSync(`${folder}/${name}`, code);
  return pathToFileURL(`${folder}/${name}`);
}

/** Runs a worker with this code; resolves with what it said last and why it ended. */
function run(file: URL) {
  const { memory } = new Pulse();
  const setup = { cluster: 1, self: watchOf('me'), config: CONFIG, memory };
  const messages: FromAgent[] = [];
  return new Promise<{ messages: FromAgent[]; why: string }>((resolve) => {
    startWorker(file, setup, {
      message: (message) => messages.push(message),
      ended: (why) => resolve({ messages, why }),
    });
  });
}

describe('a worker thread', () => {
  it('that fails has ended once, and says why', async () => {
    const failing = script('failing.mjs', 'throw new Error("no memory for this")');
    expect((await run(failing)).why).toBe('no memory for this');
    expect((await run(pathToFileURL(`${folder}/missing.mjs`))).why).toContain('missing.mjs');
    expect((await run(script('leaving.mjs', 'process.exit(3)'))).why).toBe('exit code 3');
  });

  it('is given its setup, and heard', async () => {
    const echo = script(
      'echo.mjs',
      `import { parentPort, workerData } from 'node:worker_threads';
       new Int32Array(workerData.memory)[1] = 7;
       parentPort.postMessage({ kind: 'ready', without: workerData.self.card.id });
       setTimeout(() => process.exit(0), 50);`,
    );
    const { messages } = await run(echo);
    expect(messages).toEqual([{ kind: 'ready', without: watchOf('me').card.id }]);
  });
});
