import { parseArgs } from 'node:util';
import { Demo } from './demo.js';
import { Screen } from './screen.js';

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const demo = new Demo(new Screen(process.stdout));
const interrupt = async () => {
  if (demo.ended) process.exit(130);
  await demo.end();
  process.exit(0);
};
process.on('SIGINT', () => void interrupt());
process.on('SIGTERM', () => void interrupt());

try {
  demo.start();
  for (;;) {
    await demo.settled(20_000);
    await pause(3_000);
    await demo.killHolder('nightly', 10_000);
    if (values.once) break;
    await pause(3_000);
    demo.startNode();
  }
  await demo.end();
} catch (error) {
  // Ctrl-C takes the nodes away under whatever is being waited for: no failure.
  if (!demo.ended) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
    await demo.end();
  }
}
