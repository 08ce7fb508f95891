import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Examples, ROOT } from './examples.fixture.js';

let folder: string;
let examples: Examples;
const processes: ChildProcess[] = [];

/** An application of somebody else: a folder of its own with the packed package installed. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'beethoven-consumer-'));
  const npm = (...args: string[]) =>
    execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  const tarball = npm('pack', join(ROOT, 'libs/beethoven'), '--silent').trim().split('\n').at(-1);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }');
  npm(
    'install',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    `./${tarball ?? ''}`,
    '@nestjs/common',
    '@nestjs/core',
    'reflect-metadata',
    'rxjs',
    '@types/node@20',
  );
  examples = await Examples.of('README.md', folder);
}, 180_000);

afterAll(() => {
  for (const process of processes) process.kill('SIGKILL');
  examples.remove();
});

function startApp() {
  const app = spawn(process.execPath, ['app.js'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  processes.push(app);
  const lines = createInterface(app.stdout);
  return { app, lines };
}

describe('the README, against the packed package', () => {
  it('has examples that type-check', () => {
    expect(examples.modules).toHaveLength(3);
    expect(examples.compile({ typeRoots: [join(folder, 'node_modules/@types')] })).toEqual([]);
  }, 120_000);

  it('has a smallest app that runs its role on one of two, and on the other when that one is killed', async () => {
    const started = [startApp(), startApp()];
    const works = ({ lines }: (typeof started)[number]) =>
      new Promise<string>((resolve) =>
        lines.on('line', (line) => line.startsWith('writing reports') && resolve(line)),
      );
    const holder = await Promise.race(started.map(async (one) => (await works(one), one)));
    const other = started.find((one) => one !== holder);
    if (other === undefined) throw new Error('There are two.');
    holder.app.kill('SIGKILL');
    await once(holder.app, 'exit');
    expect(await works(other)).toBe('writing reports, epoch 2');
  }, 30_000);
});
