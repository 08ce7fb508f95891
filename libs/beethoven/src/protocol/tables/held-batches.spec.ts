import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { HeldBatches, MAX_HELD } from './held-batches.js';
import type { BatchMessage } from './messages.js';
import { TableWorld } from './replicator.fixture.js';

const batch = (row: object): BatchMessage => ({
  kind: 'batch',
  table: 't',
  from: 1,
  to: 1,
  rows: { names: ['n'], cells: ['k', row, 1, 0, 0, 1] },
  confirm: undefined,
  decided: [],
  after: new Map(),
});

describe('what is held until something before it has come', () => {
  it('has a limit, and room again once it is let go', () => {
    const held = new HeldBatches();
    const heavy = batch({ text: 'x'.repeat(MAX_HELD / 4) });
    const pushed = [1, 2, 3, 4].map(() => held.push(heavy));
    expect(pushed).toEqual([true, true, true, false]);
    held.shift();
    expect(held.push(heavy)).toBe(true);
  });

  it('has a limit for empty messages too', () => {
    const held = new HeldBatches();
    const empty = { ...batch({}), rows: { names: [], cells: [] } };
    let count = 0;
    while (count < 1_000_000 && held.push(empty)) count++;
    expect(count).toBe(65_536);
  });

  it('is acknowledged once, as far as it is here', () => {
    const held = new HeldBatches();
    const [one, two, three] = [batch({ n: 1 }), batch({ n: 2 }), batch({ n: 3 })];
    held.push(one);
    held.push(two);
    held.shift();
    expect([...held.acknowledged()]).toEqual([two]);
    held.push(three);
    expect([...held.acknowledged()]).toEqual([three]);
    expect(held.first).toEqual({ batch: two, isAcknowledged: true });
  });

  it('comes again by comparison where it was over the limit', () => {
    const world = new TableWorld(new SeededRandom(1));
    const [a, b] = [world.start('a'), world.start('b')];
    world.deliverAll();
    a.put({ id: 'lost' });
    a.replicator.flush();
    world.loseFrom(a, b);
    for (let id = 0; id < 30; id++) {
      a.put({ id, text: 'x'.repeat(MAX_HELD / 20) });
      a.replicator.flush();
      world.stepFrom(a, b);
      expect(b.table.size).toBe(0);
    }
    world.settle();
    expect(b.table.size).toBe(31);
  });
});
