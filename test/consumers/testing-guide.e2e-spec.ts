import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Below the root, so that imports find the built package as a dependency. */
const FOLDER = join(ROOT, 'dist/guides/testing');
const GUIDE = readFileSync(join(ROOT, 'docs/guides/testing.md'), 'utf8');
const EXAMPLES = [...GUIDE.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '');

const VITEST_CONFIG = `export default {
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: { include: ['*.spec.ts'], testTimeout: 60_000 },
};
`;
const TSCONFIG = {
  extends: join(ROOT, 'tsconfig.json'),
  compilerOptions: { noEmit: true, incremental: false, rootDir: ROOT, customConditions: [] },
  include: ['*.ts'],
  exclude: [],
};

/** What a program of this repository's node_modules prints; rejects with it when the program fails. */
const run = (program: string, ...args: string[]): Promise<string> =>
  promisify(execFile)(process.execPath, [join(ROOT, 'node_modules', program), ...args], {
    cwd: FOLDER,
    env: { ...process.env, VITEST: undefined, NODE_OPTIONS: undefined },
  }).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => {
      throw new Error(`${stdout}\n${stderr}`);
    },
  );

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'vitest.config.mjs'), VITEST_CONFIG);
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  for (const [i, code] of EXAMPLES.entries()) {
    const [, file = `example-${i}.spec.ts`] = /^\/\/ (\S+\.ts)\n/.exec(code) ?? [];
    writeFileSync(join(FOLDER, file), code);
  }
});

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe('the guide to testing, against the built package', () => {
  it('has examples that type-check', async () => {
    await run('typescript/bin/tsc', '-p', '.');
  }, 120_000);

  it('has examples that pass', async () => {
    expect(EXAMPLES.length).toBeGreaterThan(5);
    const report = await run('vitest/vitest.mjs', 'run', '--reporter=json');
    const { numTotalTests, numPassedTests } = JSON.parse(report) as Record<string, number>;
    expect(numTotalTests).toBeGreaterThanOrEqual(EXAMPLES.length - 1);
    expect(numPassedTests).toBe(numTotalTests);
  }, 300_000);
});
