import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { Effects, type Effect } from './effects.js';
import { Herald } from './herald.js';
import { cardOf, nameOf } from './membership.fixture.js';
import { FIRST_TO_KNOW } from './membership-config.js';
import type { Rumor } from './member-state.js';
import { Roster } from './roster.js';

const NOW = 1_000_000;

function setUp(linked: number, unlinked = 0) {
  const effects = new Effects();
  const limits = { live: 999, departed: 9, memory: 9 };
  const roster = new Roster(new SeededRandom(1), cardOf('me'), limits);
  for (let i = 0; i < linked + unlinked; i++) {
    const member = roster.put({
      card: cardOf(`n${i}`),
      status: 'alive',
      phase: 0,
      lastChange: NOW,
    });
    if (i < linked) roster.link(member!, member!.state.card);
  }
  const herald = new Herald(roster, effects);
  const does = (act: () => void): readonly Effect[] => {
    act();
    return effects.take();
  };
  return { herald, does };
}

const rumor = (name: string, status: Rumor['status']): Rumor => ({ card: cardOf(name), status });

const receivers = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) => (effect.kind === 'send' ? effect.to.map(nameOf) : []));

const timersOf = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'timer' ? [effect.timer] : []));

describe('the herald', () => {
  it('tells everyone in a small cluster, the subject too unless it is alive', () => {
    const { herald, does } = setUp(3);
    const told = (status: Rumor['status']): string[] =>
      receivers(does(() => herald.proclaim(NOW, rumor('n1', status))));
    expect(told('down')).toEqual(['n0', 'n1', 'n2']);
    expect(told('suspect')).toEqual(['n0', 'n1', 'n2']);
    expect(told('alive')).toEqual(['n0', 'n2']);
  });

  it('tells a few and the subject in a large cluster, and passes it on', () => {
    const { herald, does } = setUp(80);
    const effects = does(() => herald.proclaim(NOW, rumor('n1', 'suspect')));
    expect(receivers(effects)).toContain('n1');
    expect(receivers(effects).length).toBeLessThanOrEqual(FIRST_TO_KNOW + 1);
    expect(timersOf(effects)).toHaveLength(1);
  });

  it('has one timer, and only while there is something to tell', () => {
    const { herald, does } = setUp(5);
    const [timer] = timersOf(does(() => herald.pass(NOW, rumor('x', 'down'))));
    expect(timersOf(does(() => herald.pass(NOW, rumor('y', 'down'))))).toEqual([]);
    const round = does(() => herald.handleTimer(NOW + 100, timer!));
    expect(receivers(round)).toHaveLength(3);
    const [next] = timersOf(round);
    expect(does(() => herald.handleTimer(NOW + 150, timer!))).toEqual([]);
    const last = does(() => herald.handleTimer(NOW + 200, next!));
    expect(timersOf(last)).toEqual([]);
  });

  it('keeps nothing to tell while there is nobody to tell it to', () => {
    const { herald, does } = setUp(0, 3);
    const [timer] = timersOf(does(() => herald.pass(NOW, rumor('x', 'down'))));
    expect(does(() => herald.handleTimer(NOW + 100, timer!))).toEqual([]);
    expect(timersOf(does(() => herald.pass(NOW, rumor('y', 'down'))))).toHaveLength(1);
  });
});
