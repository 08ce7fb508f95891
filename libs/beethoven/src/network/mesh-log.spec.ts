import { describe, expect, it } from 'vitest';
import { Timeline } from '../testing/timeline.js';
import { MeshLog } from './mesh-log.js';

function setUp() {
  const timeline = new Timeline();
  const lines: string[] = [];
  const log = new MeshLog(timeline.clock(), {
    warn: (line: string) => void lines.push(`warn ${line}`),
    error: (line: string) => void lines.push(`error ${line}`),
  });
  return { timeline, lines, log };
}

describe('the log about strangers', () => {
  it('has one line for each address and reason', () => {
    const { lines, log } = setUp();
    for (let i = 0; i < 1_000; i++) {
      log.complain('10.0.0.1', 'silent', 'one');
      log.complain('10.0.0.1', 'cluster', 'two');
      log.complain('10.0.0.2', 'silent', 'three');
    }
    expect(lines).toEqual(['warn one', 'warn two', 'warn three']);
  });

  it('comes back to it after ten minutes, with the number of times it was silent', async () => {
    const { timeline, lines, log } = setUp();
    for (let i = 0; i < 5; i++) log.complain('10.0.0.1', 'silent', 'again');
    await timeline.advance(600_000);
    log.complain('10.0.0.1', 'silent', 'again');
    expect(lines).toEqual(['warn again', 'warn again (and 4 times more since the last line)']);
  });

  it('cannot be flooded from many addresses, and says what it left out', async () => {
    const { timeline, lines, log } = setUp();
    for (let i = 0; i < 100_000; i++) log.complain(`10.${i}`, 'silent', 'x');
    expect(lines).toHaveLength(30);
    await timeline.advance(60_000);
    log.complain('another', 'silent', 'y');
    expect(lines.slice(30)).toEqual(['warn 99970 more complaints were not written.', 'warn y']);
  });

  it('remembers the last 512 addresses, and nothing of those before', async () => {
    const { timeline, lines, log } = setUp();
    for (const address of ['first', 'second', 'second']) log.complain(address, 'silent', address);
    log.complain('first', 'silent', 'first');
    for (let others = 0; others < 511; others++) {
      if (others % 20 === 0) await timeline.advance(60_000);
      log.complain(`10.${others}`, 'silent', 'x');
    }
    log.complain('first', 'silent', 'first'); // pushed out
    log.complain('second', 'silent', 'second'); // by itself, and by that
    const [, , ...repeated] = lines.filter((line) => !line.endsWith(' x'));
    expect(repeated).toEqual(['warn first', 'warn second']);
  });

  it('calls a taken id an error', () => {
    const { lines, log } = setUp();
    log.complain('10.0.0.1', 'duplicate-id', 'taken');
    expect(lines).toEqual(['error taken']);
  });
});
