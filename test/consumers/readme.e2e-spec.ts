import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
/** Every example that is a module of its own, the smallest app first. */
const EXAMPLES = [...README.matchAll(/```ts\n(import .*?)```/gs)].map(([, code]) => code ?? '');
const FILES = ['app.ts', 'http.ts', 'failover.ts'];

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  strict: true,
  skipLibCheck: false,
  types: [],
};

let folder: string;
const processes: ChildProcess[] = [];

/** An application of somebody else: a folder of its own with the packed package installed. */
beforeAll(() => {
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
  for (const [i, file] of FILES.entries()) writeFileSync(join(folder, file), EXAMPLES[i] ?? '');
}, 180_000);

afterAll(() => {
  for (const process of processes) process.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
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
    expect(EXAMPLES).toHaveLength(FILES.length);
    const program = ts.createProgram(
      FILES.map((file) => join(folder, file)),
      {
        ...compilerOptions,
        types: ['node'],
        typeRoots: [join(folder, 'node_modules/@types')],
        noEmit: false,
        outDir: folder,
      },
    );
    const { diagnostics } = program.emit();
    const faults = [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(
      ({ messageText, file }) =>
        `${file?.fileName ?? ''} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
    expect(faults).toEqual([]);
  }, 60_000);

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
