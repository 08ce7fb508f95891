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
}

/** Who runs what, as the code of the roles tells it. */
export class RoleLaws {
  /** What has not ended; bounded by the nodes and their roles. */
  readonly #held = new Set<Held>();
  /** The holder of the highest epoch of each slot so far, and the lives that knew of it when it started. */
  readonly #highest = new Map<string, { readonly held: Held; readonly known: readonly Life[] }>();

  constructor(
    private readonly peace: Peace,
    private readonly lives: () => readonly Life[],
    private readonly broken: (law: string, seen: string) => void,
  ) {}

  started(life: Life, { role, slot, epoch }: RoleContext): Held {
    const started: Held = { life, role, slot, epoch, state: 'held' };
    for (const other of this.#held) if (other.role === role) this.#checkPair(started, other);
    this.#checkEpoch(started);
    this.#held.add(started);
    return started;
  }

  aborted(held: Held): void {
    if (held.state === 'held') held.state = 'stopping';
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
    } else if (this.peace.isUnbroken && started.slot === other.slot) {
      const mayMeet = SHOP_ROLES.get(started.role)?.startFirst === true;
      if (!mayMeet) this.broken('in a whole network, a slot has one holder at a time', both);
    }
  }

  #checkEpoch(started: Held): void {
    const { life, role, slot, epoch } = started;
    const id = `${role}/${slot}`;
    const highest = this.#highest.get(id);
    // With the last copy of the table, its epochs are gone.
    const isKnown = highest?.known.some(({ state }) => state === 'running') === true;
    if (isKnown && this.peace.isUnbroken && highest.held.epoch >= epoch) {
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

function describe({ life, role, slot, epoch }: Held): string {
  return `${role}/${slot} on ${life.name} (epoch ${epoch})`;
}
