import { beforeEach, describe, expect, it } from 'vitest';
import { captureLog } from '../network/mesh.fixture.js';
import { integerBetween } from '../protocol/random.js';
import { HybridClock } from '../protocol/tables/hybrid-clock.js';
import { TableReplica } from '../protocol/tables/table-replica.js';
import { NodeClock } from '../testing/node-clock.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { SimulatedLogDisc } from '../testing/simulated-log-disc.js';
import { Timeline } from '../testing/timeline.js';
import { readTableFile } from './table-file.js';
import { PATIENCE } from './disc-watch.js';
import { MIN_GROWTH, RETRY, TableJournal } from './table-journal.js';

const TABLE = { name: 't', key: 'id', type: 'set' };
const PATH = '/data/t.log';
const FILLING = new Uint8Array(60_000);

/** One life of a copy on a disc. */
class Life {
  readonly clock: NodeClock;
  readonly replica: TableReplica;
  readonly journal: TableJournal;

  constructor(
    readonly timeline: Timeline,
    readonly disc: SimulatedLogDisc,
    life = 0,
  ) {
    this.clock = new NodeClock(timeline);
    const port = disc.for(this.clock);
    const file = readTableFile(port.read(PATH), PATH, TABLE);
    this.replica = new TableReplica(`n#${life}`, { key: 'id' }, new HybridClock());
    this.replica.restore(file.copy, this.clock.now());
    this.journal = new TableJournal(TABLE, PATH, file, this.replica, port, this.clock);
    this.journal.start();
  }

  put(id: string, value: unknown): void {
    this.replica.write({ key: id, row: { id, value } }, this.clock.now());
  }

  delete(key: string): void {
    this.replica.write({ key, row: undefined }, this.clock.now());
  }

  crash(): void {
    this.clock.stop();
    this.disc.crash();
  }

  /** Everything: versions, places, tombstones, vectors. */
  state(): string {
    const { replica } = this;
    const versions = [...replica.versions()].map(({ key, row, time, writer, origin, seq }) => [
      key,
      row?.['id'],
      (row?.['value'] as { n: number } | undefined)?.n,
      time,
      writer,
      origin.id,
      seq,
    ]);
    const rest = [replica.seen(), replica.horizon()].map((vector) => sorted(vector));
    return JSON.stringify([sorted(versions), rest, replica.floor]);
  }
}

function sorted(items: Iterable<unknown>): string[] {
  return Array.from(items, (item) => JSON.stringify(item)).toSorted();
}

describe('a table that is kept', () => {
  let log: string[];
  beforeEach(() => {
    log = captureLog();
  });

  it('comes back, after 600 kills at random points, as it was at some moment, and nothing is lost that was told to be kept', async () => {
    let kills = 0;
    let anew = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const random = new SeededRandom(seed);
      const timeline = new Timeline();
      const disc = new SimulatedLogDisc(random);
      let states = [new Life(timeline, disc).state()];
      for (let life = 1; life <= 10; life++) {
        const copy = new Life(timeline, disc, life);
        const isOneOf = states.includes(copy.state());
        expect({ seed, life, isOneOf }).toEqual({ seed, life, isOneOf: true });
        states = [copy.state()];
        let least = 0;
        const steps = integerBetween(random, 1, 40);
        for (let step = 0; step < steps; step++) {
          for (let writes = integerBetween(random, 0, 3); writes > 0; writes--) {
            const id = `k${integerBetween(random, 0, 15)}`;
            if (random.float() < 0.3) copy.delete(id);
            else
              copy.put(id, {
                n: step,
                filling: FILLING.subarray(0, integerBetween(random, 0, 60_000)),
              });
          }
          if (random.float() < 0.1) copy.replica.collect([]);
          const now = states.push(copy.state()) - 1;
          if (random.float() < 0.5) copy.journal.kept(() => (least = Math.max(least, now)));
          // oxlint-disable-next-line no-await-in-loop -- a life goes on in time
          await timeline.advance(integerBetween(random, 0, 3));
          if (disc.has(`${PATH}.next`)) anew++;
        }
        copy.crash();
        kills++;
        states = states.slice(least);
      }
    }
    expect(kills).toBe(600);
    expect(anew).toBeGreaterThan(100);
  });

  it('has a file that does not grow for ever, and is not held up while that is written anew', async () => {
    const timeline = new Timeline();
    const disc = new SimulatedLogDisc(new SeededRandom(1));
    const copy = new Life(timeline, disc);
    let longest = 0;
    let wait = 0;
    for (let n = 0; n < 400; n++) {
      const asked = timeline.now;
      copy.put(`k${n % 60}`, { n, filling: FILLING.subarray(0, 40_000) });
      copy.journal.kept(() => (wait = Math.max(wait, timeline.now - asked)));
      // oxlint-disable-next-line no-await-in-loop
      await timeline.advance(2);
      longest = Math.max(longest, disc.bytes(PATH)?.length ?? 0);
    }
    expect(longest).toBeLessThan(2 * 60 * 40_000 + 2 * MIN_GROWTH);
    // One piece, and the record itself in both files.
    expect(wait).toBeLessThanOrEqual(6);
    expect(disc.has(`${PATH}.next`)).toBe(false);
  });

  it('has a file that does not grow from life to life either, however short they are', async () => {
    const timeline = new Timeline();
    const disc = new SimulatedLogDisc(new SeededRandom(1));
    for (let life = 0; life < 60; life++) {
      const copy = new Life(timeline, disc, life);
      copy.put('a', { n: life, filling: FILLING });
      // oxlint-disable-next-line no-await-in-loop
      await timeline.advance(20);
      copy.crash();
    }
    expect(disc.bytes(PATH)!.length).toBeLessThan(2 * MIN_GROWTH);
  });

  it('tells at once that a full disc keeps nothing, tries every second, and has everything once there is room', async () => {
    const timeline = new Timeline();
    const disc = new SimulatedLogDisc(new SeededRandom(1));
    const copy = new Life(timeline, disc);
    copy.put('a', 1);
    await timeline.advance(10);
    disc.room = 20;
    copy.put('b', 2);
    const told: unknown[] = [];
    copy.journal.kept((failure) => told.push(failure?.message));
    await timeline.advance(10);
    expect(told).toEqual([expect.stringMatching(/"t" is not kept.*ENOSPC/)]);
    copy.put('c', 3);
    await timeline.advance(5 * RETRY);
    expect(log.filter((line) => line.includes('is not kept'))).toHaveLength(1);
    disc.room = Infinity;
    await timeline.advance(RETRY + 10);
    expect(log.at(-1)).toContain('is kept again');
    copy.journal.kept((failure) => told.push(failure));
    expect(told.at(-1)).toBeUndefined();
    copy.crash();
    expect(new Life(timeline, disc, 1).state()).toBe(copy.state());
  });

  it('tells in time that a disc which hangs keeps nothing, holds nobody up, and has everything once it answers', async () => {
    const timeline = new Timeline();
    const disc = new SimulatedLogDisc(new SeededRandom(1));
    const copy = new Life(timeline, disc);
    copy.put('a', 1);
    await timeline.advance(10);
    disc.pace = 60_000;
    const told: unknown[] = [];
    const tell = (failure: Error | undefined): void => void told.push(failure?.message);
    copy.put('b', 2);
    copy.journal.kept(tell);
    await timeline.advance(10);
    copy.put('c', 3);
    copy.journal.kept(tell);
    await timeline.advance(PATIENCE - 100);
    expect(told).toEqual([]);
    await timeline.advance(2 * PATIENCE);
    expect(told).toHaveLength(2);
    for (const message of told)
      expect(message).toMatch(/"t" is not kept.*not answered for 3000 ms/);
    copy.journal.kept(tell);
    expect(told).toHaveLength(3);
    expect(log.filter((line) => line.includes('is not kept'))).toHaveLength(1);
    disc.pace = 1;
    await timeline.advance(60_000);
    expect(log.at(-1)).toContain('is kept again');
    copy.journal.kept(tell);
    expect(told.at(-1)).toBeUndefined();
    copy.crash();
    expect(new Life(timeline, disc, 1).state()).toBe(copy.state());
  });

  it('lets its node stop while the disc hangs', async () => {
    const timeline = new Timeline();
    const disc = new SimulatedLogDisc(new SeededRandom(1));
    const copy = new Life(timeline, disc);
    disc.pace = Infinity;
    copy.put('a', 1);
    let isAtRest: boolean | undefined;
    void copy.journal.close().then((answer) => (isAtRest = answer));
    await timeline.advance(PATIENCE - 100);
    expect(isAtRest).toBeUndefined();
    await timeline.advance(200);
    expect(isAtRest).toBe(false);
  });

  it('grows on where there is no room to write it anew', async () => {
    const timeline = new Timeline();
    const disc = new SimulatedLogDisc(new SeededRandom(1));
    const copy = new Life(timeline, disc);
    disc.room = 3.4 * MIN_GROWTH;
    for (let n = 0; n < 50; n++) {
      copy.put(`k${n % 30}`, { n, filling: FILLING });
      // oxlint-disable-next-line no-await-in-loop
      await timeline.advance(3);
    }
    expect(log.filter((line) => line.includes('goes on growing'))).not.toEqual([]);
    copy.crash();
    expect(new Life(timeline, disc, 1).state()).toBe(copy.state());
  });

  it('keeps its other rows where one was spoilt after it was put', async () => {
    const timeline = new Timeline();
    const disc = new SimulatedLogDisc(new SeededRandom(1));
    const copy = new Life(timeline, disc);
    const inner: Record<string, unknown> = {};
    copy.put('good', 1);
    copy.put('bad', inner);
    inner['self'] = inner;
    await timeline.advance(10);
    expect(log.at(-1)).toContain('cannot be kept');
    copy.crash();
    expect([...new Life(timeline, disc, 1).replica.rows()]).toEqual([{ id: 'good', value: 1 }]);
  });

  it('has all on the disc when it is closed', async () => {
    const timeline = new Timeline();
    const disc = new SimulatedLogDisc(new SeededRandom(1));
    const copy = new Life(timeline, disc);
    copy.put('a', 1);
    let closed = false;
    void copy.journal.close().then(() => (closed = true));
    await timeline.advance(10);
    expect(closed).toBe(true);
    copy.crash();
    expect(new Life(timeline, disc, 1).state()).toBe(copy.state());
  });
});
