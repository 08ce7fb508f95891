import { describe, expect, it } from 'vitest';
import type { Electorate } from './electorate.js';
import { Electors, type ElectorEffect } from './electors.js';
import { PROMISE } from './lease-times.js';
import type { ElectorMessage } from './messages.js';

const lives = (...ids: string[]) => new Map(ids.map((id, i) => [id, i + 1] as const));
const process = (id: string) => ({ id, life: id.charCodeAt(0) - 96 });

/** Nodes `a`, `b` … by age, on a network that loses what it is told to lose. */
class Assembly {
  readonly nodes = new Map<string, Electors>();
  readonly bound = new Set<string>();
  loses: (to: string, message: ElectorMessage) => boolean = () => false;
  now = 0;

  constructor(...ids: string[]) {
    for (const id of ids)
      this.nodes.set(id, new Electors(process(id), 0, () => this.bound.has(id)));
  }

  do(id: string, effects: readonly ElectorEffect[]): void {
    for (const effect of effects) {
      if (effect.kind !== 'send') continue;
      for (const to of effect.to) {
        const node = this.nodes.get(to);
        if (node === undefined || this.loses(to, effect.message)) continue;
        this.do(to, node.handleMessage(this.now, process(id), effect.message));
      }
    }
  }

  /** Everybody sees these live, and time passes. */
  see(...ids: string[]): void {
    for (const [id, node] of this.nodes)
      if (ids.includes(id))
        this.do(
          id,
          node.membersChanged(this.now, new Map(ids.map((one) => [one, process(one).life]))),
        );
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 100;
      for (const [id, node] of this.nodes) this.do(id, node.handleTime(this.now));
    }
  }

  electorate(id: string): Electorate | undefined {
    return this.nodes.get(id)?.electorate;
  }

  voters(id: string): string {
    return [...(this.electorate(id)?.voters.keys() ?? [])].toSorted().join('');
  }
}

function founded(...ids: string[]): Assembly {
  const assembly = new Assembly(...ids);
  assembly.see(...ids);
  assembly.pass(PROMISE + 1_000);
  return assembly;
}

describe('the electors', () => {
  it('are founded by the eldest alone, which lets the others in', () => {
    const assembly = founded('a', 'b', 'c');
    for (const id of ['a', 'b', 'c']) expect(assembly.voters(id)).toBe('abc');
    expect(assembly.electorate('c')).toMatchObject({ founder: 'a', version: 3 });
  });

  it('are not founded before the others had time to say that they are', () => {
    const assembly = new Assembly('a');
    assembly.see('a');
    assembly.pass(PROMISE - 100);
    expect(assembly.electorate('a')).toBeUndefined();
  });

  it('take out who is gone, while more than half are there', () => {
    const assembly = founded('a', 'b', 'c');
    assembly.nodes.delete('a');
    assembly.see('b', 'c');
    expect([assembly.voters('b'), assembly.voters('c')]).toEqual(['bc', 'bc']);
  });

  it('change nothing on the side of the fewer, whoever joins it', () => {
    const assembly = founded('a', 'b', 'c', 'd');
    for (const id of ['c', 'd']) assembly.nodes.delete(id);
    assembly.nodes.set('x', new Electors(process('x'), assembly.now, () => false));
    assembly.see('a', 'b', 'x');
    assembly.pass(60_000);
    expect(assembly.voters('a')).toBe('abcd');
  });

  it('take a new life under an old id for a newcomer', () => {
    const assembly = founded('a', 'b', 'c');
    const again = new Electors({ id: 'c', life: 77 }, assembly.now, () => false);
    assembly.nodes.set('c', again);
    const live = new Map([...lives('a', 'b'), ['c', 77] as const]);
    // Its answers would come from the old life, in this assembly: the others have to manage.
    assembly.loses = (to) => to === 'c';
    assembly.do('a', assembly.nodes.get('a')!.membersChanged(assembly.now, live));
    expect(assembly.voters('a')).toBe('ab');
    assembly.pass(PROMISE + 500);
    expect(assembly.electorate('a')?.voters.get('c')).toBe(77);
  });

  it('wait until no lease stands on an electorate before the last', () => {
    const assembly = founded('a', 'b', 'c');
    assembly.bound.add('a').add('b');
    assembly.see('a', 'b');
    assembly.pass(2_000);
    expect(assembly.voters('a')).toBe('abc');
    assembly.bound.clear();
    assembly.pass(600);
    expect(assembly.voters('a')).toBe('ab');
  });

  it('complete what an earlier proposer had accepted, and died before it could tell', () => {
    const assembly = founded('a', 'b', 'c', 'd');
    // `a` wants `d` out; `b` and `c` accept it, and nobody hears of it.
    assembly.loses = (to, { kind }) => to === 'a' && kind === 'accepted';
    const without = lives('a', 'b', 'c');
    assembly.do('a', assembly.nodes.get('a')!.membersChanged(assembly.now, without));
    expect(assembly.voters('b')).toBe('abcd');
    // `b` wants `a` out, but what was accepted goes first.
    assembly.nodes.delete('a');
    const seen: string[] = [];
    assembly.loses = (_, message) => {
      if (message.kind === 'electorate' && message.electorate)
        seen.push([...message.electorate.voters.keys()].toSorted().join(''));
      return false;
    };
    assembly.see('b', 'c', 'd');
    expect(seen[0]).toBe('abc');
    assembly.pass(2_000);
    expect(assembly.voters('b')).toBe('bcd');
  });

  it('accept one successor, though two propose', () => {
    const assembly = founded('a', 'b', 'c');
    const [a, b] = [assembly.nodes.get('a')!, assembly.nodes.get('b')!];
    // Each believes that it is the eldest left, and that another one is gone.
    assembly.do('a', a.membersChanged(assembly.now, lives('a', 'b')));
    const live = new Map([...lives('a', 'b', 'c')].slice(1));
    assembly.do('b', b.membersChanged(assembly.now, live));
    assembly.pass(3_000);
    const known = ['a', 'b', 'c'].map((id) => assembly.electorate(id)!);
    const latest = Math.max(...known.map(({ version }) => version));
    const last = known.filter(({ version }) => version === latest).map(({ voters }) => [...voters]);
    for (const voters of last) expect(voters).toEqual(last[0]);
  });

  it('let a node go that says so, also when only one of them is left', () => {
    const assembly = founded('a', 'b');
    assembly.do('a', assembly.nodes.get('a')!.leave(assembly.now));
    expect(assembly.voters('b')).toBe('b');
  });

  it('let somebody in who stays, before the last of them goes', () => {
    const assembly = new Assembly('a', 'b');
    assembly.nodes.get('a')!.membersChanged(0, lives('a'));
    assembly.pass(PROMISE + 500);
    const a = assembly.nodes.get('a')!;
    expect([assembly.voters('a'), a.isAccompanied]).toEqual(['a', false]);
    assembly.bound.add('a');
    assembly.see('a', 'b');
    assembly.do('a', a.leave(assembly.now));
    expect([assembly.voters('a'), a.isAccompanied]).toEqual(['a', true]);
    assembly.bound.clear();
    assembly.pass(1_000);
    expect(assembly.voters('b')).toBe('b');
  });

  it('let a newcomer in when it votes, and not before', () => {
    const assembly = founded('a');
    assembly.nodes.set('b', new Electors(process('b'), assembly.now, () => false));
    assembly.see('a', 'b');
    const votesFrom = assembly.now + PROMISE;
    assembly.pass(PROMISE - 100);
    expect(assembly.voters('a')).toBe('a');
    expect(assembly.nodes.get('a')!.dueAt).toBe(votesFrom);
    assembly.pass(100);
    expect(assembly.voters('b')).toBe('ab');
  });

  it('leave no voter behind when all of them go, and found anew for who comes then', () => {
    const assembly = founded('a', 'b', 'c');
    for (const id of ['a', 'b', 'c']) assembly.do(id, assembly.nodes.get(id)!.leave(assembly.now));
    expect(['a', 'b', 'c'].map((id) => assembly.electorate(id)?.voters.size)).toEqual([0, 0, 0]);
    for (const id of ['a', 'b']) assembly.nodes.delete(id);
    const newcomer = new Electors(process('d'), assembly.now, () => false);
    assembly.nodes.set('d', newcomer);
    assembly.do('c', assembly.nodes.get('c')!.greet('d'));
    assembly.see('c', 'd');
    assembly.pass(PROMISE + 500);
    expect([...newcomer.electorate!.voters.keys()]).toEqual(['d']);
    expect(newcomer.electorate?.generation).toBe(1);
  });

  it('take the next life of one that left for one that stays', () => {
    const assembly = founded('a', 'b');
    assembly.do('b', assembly.nodes.get('b')!.leave(assembly.now));
    const again = new Electors({ id: 'b', life: 77 }, assembly.now, () => false);
    assembly.nodes.set('b', again);
    const live = new Map([...lives('a'), ['b', 77] as const]);
    assembly.do('a', assembly.nodes.get('a')!.membersChanged(assembly.now, live));
    assembly.pass(PROMISE + 500);
    expect(assembly.electorate('a')?.voters.get('b')).toBe(77);
  });

  it('of two lines become those of the elder line when they meet', () => {
    const assembly = new Assembly('a', 'b');
    for (const [id, at] of [
      ['a', 0],
      ['b', 1],
    ] as const)
      assembly.do(
        id,
        assembly.nodes.get(id)!.membersChanged(at, new Map([[id, process(id).life]])),
      );
    assembly.pass(PROMISE + 500);
    expect([assembly.voters('a'), assembly.voters('b')]).toEqual(['a', 'b']);
    assembly.see('a', 'b');
    assembly.do('b', assembly.nodes.get('b')!.greet('a'));
    assembly.pass(PROMISE + 500);
    expect([assembly.voters('a'), assembly.voters('b')]).toEqual(['ab', 'ab']);
    expect(assembly.electorate('b')?.founder).toBe('a');
  });

  it('are founded anew once every node of a lost majority is back, and not before', () => {
    const assembly = founded('a', 'b', 'c');
    const live = new Map([
      ['a', 1],
      ['b', 77],
    ]);
    const [a] = [assembly.nodes.get('a')!];
    for (const id of ['b', 'c']) assembly.nodes.delete(id);
    assembly.do('a', a.membersChanged(assembly.now, live));
    assembly.pass(60_000);
    expect(assembly.electorate('a')?.generation).toBe(0);
    assembly.do('a', a.membersChanged(assembly.now, new Map([...live, ['c', 78]])));
    assembly.pass(9_000);
    expect(assembly.electorate('a')?.generation).toBe(0);
    assembly.pass(2_000);
    expect(assembly.electorate('a')?.generation).toBe(1);
  });

  it('ask for no time while nothing is to be done', () => {
    const assembly = founded('a', 'b', 'c');
    for (const node of assembly.nodes.values()) expect(node.dueAt).toBe(Infinity);
  });
});
