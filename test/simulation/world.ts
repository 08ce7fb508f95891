import type {
  ClusterNode,
  MembershipEvent,
  RoleContext,
  SplitBrainOptions,
} from 'nestjs-beethoven';
import { SimulatedCluster, type ClockFault } from 'nestjs-beethoven/testing';
import { Agenda } from './agenda.js';
import { BrokenLaw } from './laws/broken-law.js';
import { MembershipLaws } from './laws/membership.laws.js';
import { RoleLaws } from './laws/role.laws.js';
import { WriteLaws } from './laws/write.laws.js';
import { Life } from './life.js';
import { Peace } from './peace.js';
import type { Clerk } from './shop/clerk.js';
import type { Script } from './script.js';
import { ShopModule, type Shops } from './shop/shop.module.js';
import type { Edition } from './shop/shop.roles.js';
import type { Activation, Witness } from './shop/witness.js';

/** A simulated cluster of shops and its laws: what the nodes tell is written down, and checked at once. */
export class World implements Witness {
  readonly peace = new Peace(() => this.now);
  readonly writes = new WriteLaws(this.peace, (law, seen) => this.break(law, seen));
  readonly roles = new RoleLaws(
    () => this.now,
    this.peace,
    () => this.lives,
    (law, seen) => this.break(law, seen),
  );
  /** What happened, with its time: the same for the same script. */
  readonly trace: string[] = [];
  readonly #membership = new MembershipLaws(
    () => this.now,
    this.peace,
    (node) => this.#lifeOf(node),
    (law, seen) => this.break(law, seen),
  );
  readonly #lives = new Map<string, Life>();
  readonly #agenda = new Agenda();
  readonly #began: number;
  #nodeTime = 0;
  #hasLostAny = false;
  #orders = 0;
  #broken: BrokenLaw | undefined;

  private constructor(
    readonly cluster: SimulatedCluster,
    private readonly shops: Shops,
    readonly splitBrain: SplitBrainOptions,
  ) {
    this.#began = cluster.now;
  }

  static async open({
    seed,
    splitBrain = { strategy: 'keep-all' },
  }: Pick<Script, 'seed' | 'splitBrain'>): Promise<World> {
    let world: World | undefined;
    const shops = ShopModule.editions(splitBrain, () => world as World);
    const cluster = await SimulatedCluster.create({ nodes: 0, module: shops.first, seed });
    world = new World(cluster, shops, splitBrain);
    return world;
  }

  /** Virtual ms since the beginning. */
  get now(): number {
    return this.cluster.now - this.#began;
  }

  /** Virtual ms that all nodes together have lived. */
  get nodeTime(): number {
    return this.#nodeTime;
  }

  /** Whether any node has gone without a goodbye that all the others can have heard. */
  get hasLostAny(): boolean {
    return this.#hasLostAny;
  }

  /** The present or last life of each node. */
  get lives(): readonly Life[] {
    return [...this.#lives.values()];
  }

  life(name: string): Life | undefined {
    return this.#lives.get(name);
  }

  /**
   * A new process for the node, which does not run.
   *
   * @param takes How long its start takes (ms).
   */
  start(name: string, takes = 0, edition?: Edition): void {
    const before = this.#lives.get(name);
    const life = new Life(name, edition ?? before?.edition ?? 'first');
    this.#lives.set(name, life);
    this.tell(`${name} starts (${life.edition} edition)`);
    const options = { module: this.shops[life.edition], ...(takes > 0 && { slowStart: takes }) };
    if (before === undefined) this.cluster.start(options);
    else this.cluster.restart(name, options);
  }

  /** Ends the process of a life, whatever it is doing. */
  end(life: Life, how: 'exit' | 'crash' | 'power-cut'): void {
    if (how !== 'exit') life.crashed = this.#hasLostAny = true;
    life.state = 'ended';
    life.endedAt = this.now;
    life.goneAt = Math.min(life.goneAt, this.now);
    if (how === 'power-cut') this.cluster.powerOff(life.name);
    else this.cluster.crash(life.name);
    this.roles.crashed(life);
    this.tell(`${life.name} has ended`);
  }

  setClock(name: string, { offset, drift }: Required<ClockFault>): void {
    this.cluster.setClock(name, { offset, drift });
    this.tell(`${name} has a clock ${offset} ms ahead that drifts by ${drift} ppm`);
  }

  /** A node has left as it should: SIGTERM or drain(). */
  left(life: Life): void {
    life.state = 'left';
    life.goneAt = this.now;
    if (!this.peace.isUnbroken) this.#hasLostAny = true;
    this.roles.left(life);
    this.tell(`${life.name} has left`);
  }

  nextOrder(): string {
    return `o${++this.#orders}`;
  }

  /** Lets time pass, and what is due happen. @throws BrokenLaw when a law was broken meanwhile */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    do {
      const next = Math.min(end, this.now + SLICE, this.#agenda.next);
      const span = Math.max(0, next - this.now);
      // oxlint-disable-next-line no-await-in-loop -- time passes in order
      await this.cluster.advance(span);
      this.#nodeTime += span * this.lives.filter(({ state }) => state !== 'ended').length;
      this.check();
      while (this.#agenda.next <= this.now + TICK) this.#agenda.runNext();
    } while (this.now + TICK < end);
  }

  /** @throws BrokenLaw when a law was broken, or does not hold now */
  check(): void {
    this.roles.check();
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** Has it done after so many ms. */
  later(ms: number, run: () => void): void {
    this.#agenda.enter(this.now + ms, run);
  }

  tell(what: string): void {
    this.trace.push(`${this.now.toFixed(3)} ${what}`);
  }

  /** Only the first breach counts: what follows may follow from it. */
  break(law: string, seen: string): void {
    this.#broken ??= new BrokenLaw(law, seen, this.now);
    this.tell(`BROKEN ${law}: ${seen}`);
  }

  opened(clerk: Clerk): void {
    const life = this.#lives.get(clerk.coreServer.self.name);
    if (life === undefined || life.state === 'ended') return;
    life.clerk = clerk;
    life.upAt = this.now;
    this.tell(`${life.name} is up as ${clerk.coreServer.self.id}`);
  }

  started(self: ClusterNode, context: RoleContext): Activation {
    const life = this.#own(self);
    const held = this.roles.started(life, context);
    const what = `${life.name} ${context.role}/${context.slot} (epoch ${context.epoch})`;
    this.tell(`${what} starts`);
    return {
      aborted: () => {
        this.roles.aborted(held);
        this.tell(`${what} is to stop`);
      },
      ended: (reason) => {
        this.roles.ended(held, reason);
        this.tell(`${what} has stopped: ${reason}`);
      },
    };
  }

  sabotages(self: ClusterNode, role: string): boolean {
    const { sabotage } = this.#own(self);
    const left = sabotage.get(role) ?? 0;
    sabotage.set(role, left - 1);
    return left > 0;
  }

  sleep({ name }: ClusterNode, ms: number): Promise<void> {
    const life = this.#lives.get(name);
    return new Promise((resolve) => {
      const wake = (): void => {
        if (life === undefined || life.state === 'ended') return;
        if (life.pausedUntil > this.now) this.#agenda.enter(life.pausedUntil, wake);
        else resolve();
      };
      this.later(ms, wake);
    });
  }

  noticed(self: ClusterNode, event: MembershipEvent): void {
    const life = this.#own(self);
    this.tell(`${life.name}: ${event.node.id} ${event.type}`);
    this.#membership.noticed(life, event);
  }

  #own({ name }: ClusterNode): Life {
    const life = this.#lives.get(name);
    if (life === undefined) throw new Error(`Nobody has started ${name}.`);
    if (life.state === 'ended') this.break('the code of a process ends with it', `${name} goes on`);
    return life;
  }

  /** The life that a peer speaks of, where it is the present one; lives before it are over, and need no excuse. */
  #lifeOf({ name, startedAt }: ClusterNode): Life | undefined {
    const life = this.#lives.get(name);
    return life?.startedAt === startedAt ? life : undefined;
  }
}

/** The laws are checked so often at least, and code of the nodes that goes to sleep meanwhile oversleeps by so much at most (ms). */
const SLICE = 20;
/** Two points of time that are closer than this are one: what is left of a sum of fractions (ms). */
const TICK = 1e-6;
