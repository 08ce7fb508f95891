import { describe, expect, it } from 'vitest';
import type { Table } from '../tables/table.js';
import { Timeline } from '../testing/timeline.js';
import type { NodeScore } from './ranking.js';
import { ScorePublisher } from './score-publisher.js';
import { SignalIngress } from './signal-ingress.js';

function published() {
  const timeline = new Timeline();
  const rows: NodeScore[] = [];
  const table = { put: (row) => void rows.push(row) } as Pick<Table<NodeScore>, 'put'>;
  const ingress = new SignalIngress();
  const publisher = new ScorePublisher(
    table as Table<NodeScore>,
    'me@127.0.0.1:33000',
    ingress,
    timeline.clock(),
  );
  const add = (delta: number) => ingress.send({ name: 'jobs', weight: 1, type: 'count', delta });
  const written = () => rows.splice(0).map(({ score }) => score);
  return { timeline, publisher, add, written, rows };
}

describe('the score of a node', () => {
  it('is written at the start, with what was signalled before', async () => {
    const { timeline, publisher, add, rows } = published();
    add(3);
    await timeline.advance(50);
    expect(rows).toEqual([]);
    publisher.start();
    await timeline.advance(0);
    expect(rows).toEqual([{ node: 'me@127.0.0.1:33000', score: 3, lastChange: timeline.now }]);
  });

  it('is written once for a thousand signals in a tick', async () => {
    const { timeline, publisher, add, written } = published();
    publisher.start();
    await timeline.advance(1_000);
    written();
    for (let i = 0; i < 1_000; i++) add(1);
    await timeline.advance(0);
    expect(written()).toEqual([1_000]);
    await timeline.advance(1_000);
    expect(written()).toEqual([]);
  });

  it('is written at most every 10 ms in a storm, and always ends as the signals do', async () => {
    const { timeline, publisher, add, written } = published();
    publisher.start();
    await timeline.advance(1_000);
    written();
    for (let ms = 0; ms < 95; ms++) {
      add(1);
      await timeline.advance(1);
    }
    await timeline.advance(1_000);
    const scores = written();
    expect(scores).toHaveLength(11); // at 0, 10, … 100 ms
    expect(scores.at(-1)).toBe(95);
  });

  it('is not written while it stays the same', async () => {
    const { timeline, publisher, add, written } = published();
    publisher.start();
    await timeline.advance(1_000);
    written();
    add(1);
    add(-1);
    await timeline.advance(1_000);
    expect(written()).toEqual([]);
  });

  it('is written again when another node has removed or replaced it', async () => {
    const { timeline, publisher, written } = published();
    publisher.start();
    await timeline.advance(1_000);
    written();
    publisher.heard(undefined);
    await timeline.advance(10);
    expect(written()).toEqual([0]);
    publisher.heard({ node: 'me', score: 99, lastChange: 0 });
    await timeline.advance(10);
    expect(written()).toEqual([0]);
    publisher.heard({ node: 'me', score: 0, lastChange: 0 }); // says what we say
    await timeline.advance(1_000);
    expect(written()).toEqual([]);
  });

  it('is not written after the stop', async () => {
    const { timeline, publisher, add, written } = published();
    publisher.start();
    publisher.stop();
    add(1);
    publisher.heard(undefined);
    await timeline.advance(1_000);
    expect(written()).toEqual([]);
  });
});
