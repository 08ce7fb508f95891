import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WorkerIo } from './worker-io.js';

/** A worker is started by Node.js itself, which knows no TypeScript: it runs what the build would emit. */
let folder: string;
beforeAll(() => {
  const installed = createRequire(import.meta.url).resolve('systeminformation/package.json');
  folder = mkdtempSync(join(dirname(installed), '..', '.io-worker-')); // where imports of packages resolve
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }');
  for (const file of ['io-worker', 'system-io']) {
    const source = readFileSync(new URL(`./${file}.ts`, import.meta.url), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    writeFileSync(`${folder}/${file}.js`, outputText);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const script = (name: string, text: string): URL => {
  writeFileSync(`${folder}/${name}`, text);
  return pathToFileURL(`${folder}/${name}`);
};

describe('the worker of systeminformation', () => {
  it('answers with counters, and ends', async () => {
    const { disk, net } = await new WorkerIo(pathToFileURL(`${folder}/io-worker.js`)).read();
    for (const bytes of [disk?.read, disk?.written, net?.received, net?.sent])
      expect(bytes ?? 0).toBeGreaterThanOrEqual(0);
    expect(disk ?? net).toBeDefined();
  }, 20_000);

  it('that fails is a rejection and nothing else', async () => {
    const throwing = script('throwing.js', 'throw new Error("no shell here")');
    await expect(new WorkerIo(throwing).read()).rejects.toThrow('no shell here');
    const missing = pathToFileURL(`${folder}/missing.js`);
    await expect(new WorkerIo(missing).read()).rejects.toThrow('missing.js');
  });

  it('that ends without an answer is a rejection', async () => {
    const silent = script('silent.js', 'process.exit(3)');
    await expect(new WorkerIo(silent).read()).rejects.toThrow('exit code 3');
  });
});
