import { judge } from './seed.js';

/** A child process of the simulation: it is sent seeds, and answers each with its verdict. */
process.on('message', ({ seed, nodes }: { seed: number; nodes?: number }) => {
  void judge(seed, nodes).then((verdict) => process.send?.(verdict));
});
