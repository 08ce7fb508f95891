import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The examples of each guide, in their order: a file for every block that begins with an import. */
const GUIDES = {
  'split-brain': ['bank.ts', 'partition.ts', 'transaction.ts'],
};

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  strict: true,
  skipLibCheck: true,
  types: ['node'],
};

describe.each(Object.entries(GUIDES))('the guide %s', (guide, files) => {
  const text = readFileSync(join(ROOT, `docs/guides/${guide}.md`), 'utf8');
  const examples = [...text.matchAll(/```ts\n(import .*?)```/gs)].map(([, code]) => code ?? '');
  const folder = join(ROOT, 'dist/guides', guide);

  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    for (const [i, file] of files.entries()) writeFileSync(join(folder, file), examples[i] ?? '');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has examples that type-check, and do what they say', async () => {
    expect(examples).toHaveLength(files.length);
    const program = ts.createProgram(
      files.map((file) => join(folder, file)),
      compilerOptions,
    );
    const { diagnostics } = program.emit();
    const faults = [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(
      ({ messageText, file }) =>
        `${file?.fileName ?? ''} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
    expect(faults).toEqual([]);
    const run = promisify(execFile);
    for (const file of files) {
      // Fails with what the example wrote to stderr.
      // oxlint-disable-next-line no-await-in-loop -- the machine has few cores
      await run(process.execPath, [join(folder, file.replace(/ts$/, 'js'))], { timeout: 60_000 });
    }
  }, 120_000);
});
