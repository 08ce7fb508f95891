import { defineConfig, type Plugin } from 'vitest/config';

/**
 * Drops the guard that single-file transpilers put round each injected type
 * (`typeof X === "undefined" ? Object : X`): no test can reach its other branch,
 * so it would count as one missed branch for every constructor parameter.
 */
const plainParamTypes: Plugin = {
  name: 'plain-param-types',
  enforce: 'post',
  transform: (code) => ({
    code: code.replace(/typeof ([\w$.]+) === "undefined" \? Object : \1/g, (guard, type: string) =>
      type.padStart(guard.length),
    ),
    map: null,
  }),
};

export default defineConfig({
  plugins: [plainParamTypes],
  // Vite reads these from tsconfig.json only for files its `include` covers.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { conditions: ['beethoven-source'] },
  ssr: { resolve: { conditions: ['beethoven-source'] } },
  test: {
    // Against tests that hang: how long one takes on a busy machine says nothing.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['libs/*/src/**/*.ts', 'src/**/*.ts'],
      exclude: ['**/*.spec.ts', '**/index.ts', 'src/main.ts'],
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{libs/*/src,src,test/scale,test/security,test/simulation}/**/*.spec.ts'],
          // One set of modules for all files of a worker: to load it anew for each of them took longer than the tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'e2e', include: ['test/**/*.e2e-spec.ts'], exclude: ['test/netns/**'] },
      },
      {
        extends: true,
        test: {
          name: 'netns',
          include: ['test/netns/**/*.e2e-spec.ts'],
          globalSetup: 'test/netns/setup.ts',
          testTimeout: 120_000,
          // After all others, who want every core; these mostly wait, and the times of failure detectors matter.
          sequence: { groupOrder: 1 },
          maxWorkers: 3,
        },
      },
    ],
  },
});
