import { describe, expect, it } from 'vitest';
import type { Clock } from '../network/clock.js';
import { clusterKey, encodeBeat } from '../protocol/detector/beat.js';
import { Detector } from '../protocol/detector/detector.js';
import { BORN, CONFIG, beatOf, idOf, watchOf } from '../protocol/detector/detector.fixture.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { DetectorRunner } from './detector-runner.js';

const SHOP = clusterKey('shop');

/** A runner on a clock of which time and timers are set by hand. */
function setUp() {
  const said: string[] = [];
  const timers: { at: number; fire: () => void; cancelled: boolean }[] = [];
  const soon: (() => void)[] = [];
  let now = BORN + 60_000;
  const clock: Clock = {
    now: () => now,
    setTimer: (after, fire) => {
      const timer = { at: now + after, fire, cancelled: false };
      timers.push(timer);
      return { cancel: () => void (timer.cancelled = true) };
    },
    promptly: (run) => void soon.push(run),
    soon: (run) => void soon.push(run),
  };
  const detector = new Detector(CONFIG, new SeededRandom(1), watchOf('me'));
  const runner = new DetectorRunner(detector, SHOP, clock, {
    send: (_to, way, bytes) => said.push(`${bytes.length} bytes by ${way}`),
    verdict: ({ kind }) => said.push(kind),
  });
  runner.start();
  const running = () => timers.filter(({ cancelled }) => !cancelled);
  const fire = (late = 0): void => {
    const [timer] = running();
    now = timer!.at + late;
    timers.splice(timers.indexOf(timer!), 1);
    timer!.fire();
  };
  return { runner, said, soon, running, fire, pass: (span: number) => (now += span) };
}

const accusationOf = (name: string, accuser: string) => ({
  id: idOf(name),
  incarnation: BORN,
  accuser: idOf(accuser),
  condemned: false,
});

describe('the runner of a detector', () => {
  it('has one timer, whatever is waited for', () => {
    const { runner, running, fire } = setUp();
    for (const name of ['a', 'b', 'c']) {
      runner.watch(watchOf(name));
      runner.accuse(accusationOf(name, 'a'));
      expect(running()).toHaveLength(1);
    }
    for (let i = 0; i < 20; i++) {
      fire();
      expect(running()).toHaveLength(1);
    }
  });

  it('reads what has arrived before it deals with a timer that is late', () => {
    const { runner, said, soon, fire } = setUp();
    runner.watch(watchOf('a'));
    fire(21);
    expect(said).toEqual([]);
    runner.beat(encodeBeat(SHOP, beatOf('a', {})), 'link');
    for (const run of soon) run();
    expect(said).toEqual(['64 bytes by link', '64 bytes by link']);
  });

  it('counts what is no beat, and answers nothing', () => {
    const { runner, said } = setUp();
    runner.watch(watchOf('a'));
    runner.beat(new Uint8Array(7), 'datagram');
    runner.beat(encodeBeat(clusterKey('bank'), beatOf('a', {})), 'datagram');
    expect([runner.malformed, said]).toEqual([2, []]);
  });

  it('leaves no timer behind, and says nothing more', () => {
    const { runner, said, running } = setUp();
    runner.stop();
    runner.watch(watchOf('a'));
    runner.accuse(accusationOf('a', 'b'));
    expect(running()).toEqual([]);
    expect(said).toEqual([]);
  });
});
