import { describe, expect, it } from 'vitest';
import { CallLostError } from '../errors/call-lost.error.js';
import { CallTimeoutError } from '../errors/call-timeout.error.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { TablesWorld, type TablesNode } from '../tables/table.fixture.js';
import { Calls } from './calls.js';

async function pair() {
  const world = new TablesWorld();
  const [a, b] = (await world.cluster(2)) as [TablesNode, TablesNode];
  const callsOf = ({ process, mesh, identity }: TablesNode) =>
    new Calls(process.clock, mesh, identity);
  return { world, a, b, here: callsOf(a), there: callsOf(b), to: b.coreServer.self.id };
}

const anything = (body: unknown): unknown => body;

const call = (body: unknown) => ({
  service: 'servers' as const,
  target: 'test',
  body,
  timeout: 1_000,
});

describe('calls', () => {
  it('bring back what the other side says, to each caller its own', async () => {
    const { world, here, there, to } = await pair();
    there.serve('servers', anything, async (from, body) => [from, body]);
    const answers = await world.outcome(
      Promise.all([1, 2, 3].map((body) => here.call(to, call(body)))),
    );
    expect(answers.map((answer) => (answer as [string, number])[1])).toEqual([1, 2, 3]);
  });

  it('of the node itself take the same way', async () => {
    const { world, a, here } = await pair();
    here.serve('servers', anything, async () => {
      throw new TypeError('no');
    });
    const error: unknown = await world
      .outcome(here.call(a.coreServer.self.id, call(1)))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RemoteCallError);
    expect(error).toMatchObject({ name: 'TypeError', message: 'no' });
  });

  it('time out once, and what comes later is for nobody', async () => {
    const { world, here, there, to } = await pair();
    let answer: (value: unknown) => void = () => undefined;
    there.serve('servers', anything, () => new Promise((resolve) => (answer = resolve)));
    await expect(world.outcome(here.call(to, call(1)))).rejects.toThrow(CallTimeoutError);
    answer('late');
    await world.timeline.advance(100);
    there.serve('servers', anything, async () => 'next');
    expect(await world.outcome(here.call(to, call(2)))).toBe('next');
  });

  it('end with the link', async () => {
    const { world, b, here, there, to } = await pair();
    there.serve('servers', anything, () => new Promise(() => undefined));
    const waiting = here.call(to, call(1));
    waiting.catch(() => undefined);
    await world.timeline.advance(1);
    world.network.crash(b.process);
    await expect(world.outcome(waiting)).rejects.toThrow(CallLostError);
  });

  it('say so where the answer cannot travel', async () => {
    const { world, here, there, to } = await pair();
    there.serve('servers', anything, async () => new Date());
    await expect(world.outcome(here.call(to, call(1)))).rejects.toMatchObject({
      name: 'UnsendableValueError',
    });
  });

  it('believe nothing of what a stranger to the call says', async () => {
    const { world, a, b, here, there, to } = await pair();
    there.serve('servers', anything, () => new Promise(() => undefined));
    const waiting = world.outcome(here.call(to, call(1)));
    const self = a.coreServer.self.id;
    b.mesh.send(self, 'calls', [2, 99, 1]);
    b.mesh.send(self, 'calls', [3, 1, { name: 'Error', message: 'x'.repeat(20_000) }]);
    await expect(waiting).rejects.toMatchObject({ name: 'Error', message: 'x'.repeat(10_000) });
  });

  it('for a service that nobody has here, as one of a later release, are answered with an error', async () => {
    const { world, here, there, to } = await pair();
    there.serve('servers', anything, async () => 'fine');
    await expect(world.outcome(here.call(to, { ...call(1), service: 'tables' }))).rejects.toThrow(
      'no such service',
    );
    expect(await world.outcome(here.call(to, call(1)))).toBe('fine');
  });
});
