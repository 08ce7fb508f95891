import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Examples, ROOT } from './examples.fixture.js';

const GUIDES = readdirSync(join(ROOT, 'docs/guides')).map((file) => file.replace(/\.md$/, ''));

describe.each(GUIDES)('the guide %s', (guide) => {
  let examples: Examples;

  beforeAll(async () => {
    examples = await Examples.ofGuide(guide);
  });

  afterAll(() => examples.remove());

  it('has examples that type-check, and do what they say', async () => {
    expect(examples.compile({ skipLibCheck: true })).toEqual([]);
    if (guide === 'testing') return await passTests(examples);
    for (const file of examples.modules) {
      // oxlint-disable-next-line no-await-in-loop -- the machine has few cores
      await examples.run(file.replace(/ts$/, 'js'));
    }
  }, 300_000);
});

/** The examples of the guide to testing are tests. */
async function passTests(examples: Examples): Promise<void> {
  const config = `export default {
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    test: { include: ['example-*.ts'], testTimeout: 60_000 },
  };`;
  writeFileSync(join(examples.folder, 'vitest.config.mjs'), config);
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const report = await examples.run(vitest, 'run', '--reporter=json');
  const { numTotalTests, numPassedTests } = JSON.parse(report) as Record<string, number>;
  expect(numTotalTests).toBeGreaterThan(5);
  expect(numPassedTests).toBe(numTotalTests);
}
