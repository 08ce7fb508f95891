import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  bySeniority,
  type ClusterNode,
  type MembershipEvent,
} from '../core-server/cluster-node.js';
import type { CoreServerService } from '../core-server/core-server.service.js';
import type { Table } from '../tables/table.js';
import { Timeline } from '../testing/timeline.js';
import { DepartedRows } from './departed-rows.js';

const member = (id: string, startedAt: number): ClusterNode => ({
  id,
  name: id,
  address: '127.0.0.1',
  port: 33_000,
  status: 'alive',
  labels: {},
  startedAt,
  self: id === 'me',
  lastChange: 0,
});

/** This node started at 10. */
function watching(others: readonly ClusterNode[]) {
  const timeline = new Timeline();
  const rows = new Map<string, { node: string }>();
  const membership$ = new Subject<MembershipEvent>();
  let nodes = [member('me', 10), ...others];
  const table = {
    rows: () => rows.values(),
    delete: (key: string) => void rows.delete(key),
  } as unknown as Table<{ node: string }>;
  const coreServer = {
    membership$,
    nodes: () => nodes.toSorted(bySeniority),
    isLive: (id: string) => nodes.some((node) => node.id === id),
  } as unknown as CoreServerService;
  const departed = new DepartedRows(table, coreServer, timeline.clock());
  departed.start();
  const tell = (type: MembershipEvent['type'], node: ClusterNode) => {
    if (type === 'joined') nodes = [...nodes, node];
    if (type === 'left' || type === 'down') nodes = nodes.filter(({ id }) => id !== node.id);
    membership$.next({ type, node, at: timeline.now });
  };
  const put = (...ids: string[]) => {
    for (const node of ids) rows.set(node, { node });
  };
  return { timeline, departed, tell, put, left: () => [...rows.keys()] };
}

const elder = member('elder', 1);
const younger = member('younger', 20);
const twin = member('zwin', 10);

describe('rows of departed nodes', () => {
  it('are removed once a node has started that finds them, though nobody goes any more', async () => {
    const { timeline, put, left } = watching([younger]);
    put('me', 'younger', 'long dead');
    await timeline.advance(5_000);
    expect(left()).toEqual(['me', 'younger']);
  });

  it.each(['left', 'down'] as const)('are removed by the senior node once one %s', async (type) => {
    const { timeline, tell, put, left } = watching([younger]);
    put('me', 'younger', 'long dead');
    tell(type, younger);
    expect(left()).toContain('younger'); // it may be back in a moment
    await timeline.advance(5_000);
    expect(left()).toEqual(['me']);
  });

  it('are removed again when more nodes depart later', async () => {
    const { timeline, tell, put, left } = watching([younger, twin]);
    put('me', 'younger', 'zwin');
    tell('down', younger);
    await timeline.advance(60_000);
    tell('down', twin);
    await timeline.advance(60_000);
    expect(left()).toEqual(['me']);
  });

  it('stay when the node is back in time', async () => {
    const { timeline, tell, put, left } = watching([younger]);
    put('me', 'younger');
    tell('down', younger);
    tell('joined', younger);
    await timeline.advance(60_000);
    expect(left()).toEqual(['me', 'younger']);
  });

  it('are left to the elder node', async () => {
    const { timeline, tell, put, left } = watching([elder, younger]);
    put('me', 'elder', 'younger');
    tell('down', younger);
    await timeline.advance(60_000);
    expect(left()).toContain('younger');
  });

  it('are removed by the next in line when the elder is gone as well', async () => {
    const { timeline, tell, put, left } = watching([elder, younger]);
    put('me', 'elder', 'younger');
    tell('down', younger);
    tell('down', elder);
    await timeline.advance(5_000);
    expect(left()).toEqual(['me']);
  });

  it('are removed by one of two nodes of the same age', async () => {
    const { timeline, tell, put, left } = watching([twin, younger]);
    put('younger');
    tell('down', younger);
    await timeline.advance(5_000);
    expect(left()).toEqual([]);
    const second = watching([member('a twin', 10), younger]);
    second.put('younger');
    second.tell('down', younger);
    await second.timeline.advance(60_000);
    expect(second.left()).toEqual(['younger']);
  });

  it('are removed after a cluster has joined that brought them', async () => {
    const { timeline, tell, put, left } = watching([]);
    put('dead over there');
    tell('joined', younger);
    await timeline.advance(5_000);
    expect(left()).toEqual([]);
  });

  it('are not looked for without cause, nor after the stop', async () => {
    const { timeline, departed, tell, put, left } = watching([younger]);
    await timeline.advance(5_000);
    put('x');
    tell('suspected', younger);
    await timeline.advance(60_000);
    expect(left()).toEqual(['x']);
    tell('down', younger);
    departed.stop();
    await timeline.advance(60_000);
    expect(left()).toEqual(['x']);
  });
});
