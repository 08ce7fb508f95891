import type { Life } from './life.js';
import type { Request } from './script.js';
import type { Clerk } from './shop/clerk.js';
import { BETWEEN_LIVES, start } from './starts.js';
import type { World } from './world.js';

/** Has the application of a node do something; the run goes on meanwhile. */
export function ask(world: World, life: Life, clerk: Clerk, request: Request): void {
  switch (request.kind) {
    case 'terminate':
      return terminate(world, life);
    case 'upgrade':
      return terminate(world, life, () =>
        world.later(BETWEEN_LIVES, () => start(world, life.name, 0, 'second')),
      );
    case 'drain':
      return leave(world, life, () => clerk.beethoven.drain());
    case 'sabotage':
      life.sabotage.set(request.role, request.times);
      return;
    case 'release':
      void follow(world, life, `release of ${request.role}`, () =>
        clerk.roleMgmt.release(request.role),
      );
      return;
    case 'order':
      return order(world, life, clerk);
    case 'count':
      return count(world, life, clerk, request.counter);
    case 'put':
      return clerk.notes.put({ id: request.key, text: `${life.name} at ${world.now}` });
    case 'delete':
      return clerk.notes.delete(request.key);
    case 'signal':
      return clerk.allocator.send({
        name: 'load',
        weight: 1,
        type: 'percent',
        value: request.value,
      });
  }
}

/** SIGTERM, with Nest's shutdown hooks: the process ends when they are done. */
function terminate(world: World, life: Life, then: () => void = () => {}): void {
  const close = (): Promise<void> => world.cluster.app(life.name).close();
  leave(world, life, close, () => {
    world.end(life, 'exit');
    then();
  });
}

function leave(world: World, life: Life, go: () => Promise<void>, gone?: () => void): void {
  if (life.state === 'running') life.state = 'leaving';
  void follow(world, life, 'leaving', go, () => {
    world.left(life);
    gone?.();
  });
}

function order(world: World, life: Life, clerk: Clerk): void {
  const id = world.nextOrder();
  const done = (): void => {
    const copies = world.lives.filter((copy) => copy.clerk?.orders.has(id) === true);
    world.writes.ordered(id, copies);
  };
  void follow(world, life, `order ${id}`, () => clerk.order(id), done);
}

function count(world: World, life: Life, clerk: Clerk, counter: string): void {
  const done = (value: number): void => {
    const has = (copy: Life): boolean => (copy.clerk?.counters.get(counter)?.value ?? 0) >= value;
    world.writes.counted(counter, value, world.lives.filter(has));
  };
  void follow(world, life, `count of ${counter}`, () => clerk.count(counter), done);
}

/** Writes down how it ends, unless the process ends before. Never rejects. */
async function follow<Result>(
  world: World,
  life: Life,
  what: string,
  begin: () => Promise<Result>,
  done: (result: Result) => void = () => {},
): Promise<void> {
  world.tell(`${life.name} ${what} begins`);
  let result: Result;
  try {
    result = await begin();
  } catch (error) {
    world.tell(`${life.name} ${what} failed: ${(error as Error).name}`);
    return;
  }
  if (life.state === 'ended') return;
  world.tell(`${life.name} ${what} is done`);
  done(result);
}
