import type { RoleContext, RoleStopReason } from 'nestjs-beethoven';
import type { Life } from '../life.js';
import type { Peace } from '../peace.js';
import { SHOP_ROLES } from '../shop/shop.roles.js';

/** Code of a role that runs, or ran. */
export interface Held {
  readonly life: Life;
  readonly role: string;
  readonly slot: number;
  readonly epoch: number;
  state: 'held' | 'stopping' | 'ended';
  /** When its signal fired (ms since the beginning of the run). */
  abortedAt: number;
}

/** Who runs what, as the code of the roles tells it. */
export class RoleLaws {
  /** What has not ended; bounded by the nodes and their roles. */
  readonly #held = new Set<Held>();
  /** Everything that ever ran in a slot. */
  readonly #used = new Map<string, Held[]>();
  /** The holder of the highest epoch of each slot so far, and the lives that knew of it when it started. */
  readonly #highest = new Map<string, { readonly held: Held; readonly known: readonly Life[] }>();

  constructor(
    private readonly now: () => number,
    private readonly peace: Peace,
    private readonly lives: () => readonly Life[],
    private readonly broken: (law: string, seen: string) => void,
  ) {}

  started(life: Life, { role, slot, epoch }: RoleContext): Held {
    const started: Held = {
      life,
      role,
      slot,
      epoch,
      state: 'held',
      abortedAt: Infinity,
    };
    for (const other of this.#held) if (other.role === role) this.#checkPair(started, other);
    this.#checkEpoch(started);
    this.#held.add(started);
    const id = `${role}/${slot}`;
    this.#used.set(id, [...(this.#used.get(id) ?? []), started]);
    return started;
  }

  aborted(held: Held): void {
    if (held.state !== 'held') return;
    held.state = 'stopping';
    held.abortedAt = this.now();
  }

  ended(held: Held, reason: RoleStopReason): void {
    if (held.state === 'held' && reason !== 'crash')
      this.broken('the signal fires before onRoleStop is called', describe(held));
    this.#end(held);
  }

  /** The process is gone, and its code with it. */
  crashed(life: Life): void {
    for (const held of this.#held) if (held.life === life) this.#end(held);
  }

  /** The node has left as it should: nothing of it goes on. */
  left(life: Life): void {
    for (const held of this.#held)
      if (held.life === life && held.state === 'held')
        this.broken('a node that has left runs no role', describe(held));
  }

  /** What holds at every instant, whatever happens. */
  check(): void {
    const holders = new Map<string, Held>();
    for (const held of this.#held) {
      if (this.#isIdle(held)) continue;
      const { role, slot, epoch, life } = held;
      const { needsQuorum, startFirst } = SHOP_ROLES.get(role) ?? {};
      const id = `${role}/${slot}`;
      const known = life.clerk?.epochOf(id) ?? 0;
      if (held.state === 'held' && known > epoch && !startFirst)
        this.broken(
          'a holder is told in the moment in which its node learns that the slot has moved on',
          `${describe(held)} goes on where its node knows of epoch ${known}`,
        );
      if (needsQuorum || (held.state === 'held' && !startFirst && this.#isSurplusOver(life))) {
        const other = holders.get(id);
        if (other !== undefined)
          this.broken(
            needsQuorum
              ? ONE_HOLDER
              : 'soon after the network is whole again, no slot has two holders',
            `${describe(held)} and ${describe(other)}`,
          );
        holders.set(id, held);
      }
    }
  }

  /** To be asked once the cluster is one: nobody else has used the fencing token of who holds a slot now. */
  checkTokens(): void {
    for (const { role, slot, epoch, life } of this.#held) {
      for (const used of this.#used.get(`${role}/${slot}`) ?? [])
        if (used.life !== life && used.life.isUp && used.epoch >= epoch)
          this.broken(
            'the epoch of who holds a slot is above all that others have held it under',
            `${role}/${slot} on ${life.name} (epoch ${epoch}), which ran on ${describe(used)}`,
          );
    }
  }

  /** The lives on which the role runs, by slot. */
  holders(role: string): Held[] {
    return [...this.#held].filter((held) => held.role === role && held.state === 'held');
  }

  #end(held: Held): void {
    held.state = 'ended';
    this.#held.delete(held);
  }

  #checkPair(started: Held, other: Held): void {
    const both = `${describe(started)} started while ${describe(other)} was ${other.state}`;
    if (started.life === other.life) {
      if (started.slot === other.slot)
        this.broken('of one slot, a node runs one instance after the other', both);
      else if (other.state === 'held')
        this.broken('at most one instance of a role runs on a node', both);
    } else if (started.slot === other.slot) {
      const { needsQuorum, startFirst } = SHOP_ROLES.get(started.role) ?? {};
      if (needsQuorum && !this.#isIdle(other)) this.broken(ONE_HOLDER, both);
      else if (this.peace.isUnbroken && !startFirst)
        this.broken('in a whole network, a slot has one holder at a time', both);
    }
  }

  /**
   * Whether no code of it can run, or what runs of it was late through no fault of the framework's: a process that slept finds its
   * lease over when it wakes, and its role then takes its time to stop.
   */
  #isIdle({ life, state, abortedAt }: Held): boolean {
    const { pausedUntil } = life;
    return pausedUntil >= this.now() || (state === 'stopping' && pausedUntil >= abortedAt);
  }

  /** Whether the network has been whole for so long, and this node awake, that nobody can still be unaware of the others. */
  #isSurplusOver(life: Life): boolean {
    return this.now() - Math.max(this.peace.wholeSince, life.pausedUntil) > SURPLUS;
  }

  #checkEpoch(started: Held): void {
    const { life, role, slot, epoch } = started;
    const id = `${role}/${slot}`;
    const highest = this.#highest.get(id);
    // With the last copy of the table, its epochs are gone.
    const isKnown = highest?.known.some(({ state }) => state === 'running') === true;
    const mustGrow = this.peace.isUnbroken || SHOP_ROLES.get(role)?.needsQuorum === true;
    if (isKnown && mustGrow && highest.held.epoch >= epoch) {
      const isAgain = highest.held.life === life && highest.held.epoch === epoch;
      if (!isAgain)
        this.broken(
          'the epochs of a slot grow with each holder',
          `${describe(started)} started after ${describe(highest.held)}`,
        );
    }
    if (isKnown && highest.held.epoch > epoch) return;
    const known = this.lives().filter(({ clerk }) => (clerk?.epochOf(id) ?? 0) >= epoch);
    this.#highest.set(id, { held: started, known });
  }
}

/** How long after a partition or a long sleep two may hold a slot that need no quorum (ms). */
const SURPLUS = 5_000;

const ONE_HOLDER = 'a slot of a quorum role never has two holders';

function describe({ life, role, slot, epoch }: Held): string {
  return `${role}/${slot} on ${life.name} (epoch ${epoch})`;
}
