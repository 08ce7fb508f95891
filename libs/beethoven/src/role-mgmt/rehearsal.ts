import { Injectable, Scope } from '@nestjs/common';
import type { CoreServerService } from '../core-server/core-server.service.js';
import type { Clock } from '../network/clock.js';
import { decode, encode } from '../network/codec.js';
import { plan } from '../protocol/roles/plan.js';
import { slotId, type Slot } from '../protocol/roles/slot.js';
import type { Member } from '../protocol/tables/replication.js';
import { Replicator } from '../protocol/tables/replicator.js';
import type { Settlement } from '../protocol/tables/transactions.js';
import { fromWire, toWire } from '../protocol/tables/wire.js';
import type { NodeId } from '../protocol/terms.js';
import { ReplicatedTable } from '../tables/replicated-table.js';
import { TableSchema } from '../tables/table-schema.js';
import type { TableConfig } from '../tables/table.js';
import { Activation } from './activation.js';
import type { RoleDefinition } from './role-definition.js';
import type { OnRoleStart } from './role-hooks.js';
import { SLOTS } from './role-tables.js';
import { SlotLedger } from './slot-ledger.js';

const ROLE = 'rehearsal';
const LOST: NodeId = 'lost@0.0.0.0:0';

const PART = {
  name: ROLE,
  className: ROLE,
  instances: 1,
  args: undefined,
  handoff: 'stop-first',
  safety: 'available',
  restart: { maxRestarts: 0, within: 1 },
  stopTimeout: 0,
} as const;

/** The part of a role in a rehearsal: from Nest's injector, as the roles are. */
@Injectable({ scope: Scope.TRANSIENT })
export class Understudy implements OnRoleStart {
  onRoleStart(): void {}
}

/** After so many a round takes 0.7 ms of CPU time; the first takes 12, the second 2 (Node.js 20, both nodes together). */
const ROUNDS = 8;

/**
 * Plays takeovers through, on a stage of two copies of the slots in memory, and leaves nothing behind. V8 compiles a function when it
 * is called for the first time, and the first takeover of a standby, which is the one that counts, would be the first call of
 * nearly everything on its way.
 *
 * @param create What takes the part of the role.
 */
export async function rehearseTakeovers(
  create: RoleDefinition['create'],
  clock: Clock,
): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, and the event loop goes on between them
    await rehearse(create, clock);
  }
}

async function rehearse(create: RoleDefinition['create'], clock: Clock): Promise<void> {
  const stage = new Stage(clock);
  const [senior, taker] = [stage.enter('senior@0.0.0.0:0'), stage.enter('taker@0.0.0.0:0')];
  stage.link(senior, taker);
  const slot = { id: slotId(ROLE, 0), role: ROLE, index: 0, state: 'running' } as const;
  senior.slots.put({ ...slot, holder: LOST, life: 1, epoch: 1 });
  stage.play();

  taker.replicator.membersChanged(clock.now());
  taker.replicator.consultCoordinators();
  const offers = new Map([[ROLE, 1]]);
  const members = stage.members.map((member) => ({ ...member, score: 0, offers }));
  const slots = new Map([...taker.slots.rows()].map((row) => [row.id, row]));
  const claimed = taker.ledger.claim(plan({ members, slots }).openings, () => true);
  stage.play();
  await claimed;

  const place = { slot: 0, epoch: taker.slots.get(slot.id)?.epoch ?? 0, node: taker.id };
  let activation: Activation | undefined;
  await new Promise<void>((over) => {
    const owner = { started: over, crashed: () => over() };
    activation = new Activation({ ...PART, create }, place, clock, owner);
    activation.begin();
  });
  await activation?.end('drain');
  const given = taker.ledger.handOver(slot.id, () => senior.id);
  stage.play();
  await given;
}

/** Copies of the slots that exchange messages as they would over links. */
class Stage {
  readonly actors: Actor[] = [];
  readonly #messages: (() => void)[] = [];

  constructor(readonly clock: Clock) {}

  get members(): readonly Member[] {
    return this.actors.map(({ id, startedAt }) => ({ id, startedAt, suspect: false }));
  }

  enter(id: NodeId): Actor {
    const actor = new Actor(this, id, this.actors.length + 1);
    this.actors.push(actor);
    return actor;
  }

  link(one: Actor, other: Actor): void {
    const now = this.clock.now();
    one.replicator.linkUp(other.id, other.startedAt, now);
    other.replicator.linkUp(one.id, one.startedAt, now);
    this.play();
  }

  post(from: NodeId, to: NodeId, message: Parameters<typeof toWire>[0]): boolean {
    const frame = encode(toWire(message));
    const receiver = this.actors.find(({ id }) => id === to);
    this.#messages.push(() => {
      const heard = fromWire(decode(frame));
      if (heard !== undefined) receiver?.replicator.handleMessage(from, heard, this.clock.now());
    });
    return receiver !== undefined;
  }

  play(): void {
    for (const deliver of this.#messages) deliver();
    this.#messages.length = 0;
  }
}

class Actor {
  readonly replicator: Replicator;
  readonly slots: ReplicatedTable<Slot>;
  readonly ledger: SlotLedger;

  constructor(
    stage: Stage,
    readonly id: NodeId,
    readonly startedAt: number,
  ) {
    const { clock } = stage;
    const replicator = new Replicator({
      whenKept: (_table, then) => then(),
      random: { float: () => 0.5 },
      now: () => clock.now(),
      members: () => stage.members,
      mayDecide: () => true,
      send: (to, message) => stage.post(id, to, message),
      sendAll: (to, message) => to.filter((each) => !stage.post(id, each, message)),
      wakeAt: () => undefined,
      flushSoon: () => replicator.flush(),
      changed: (_, changes) => this.slots.tell(changes),
    });
    replicator.assume(id, startedAt);
    const schema = new TableSchema(SLOTS as unknown as TableConfig<Record<string, unknown>>);
    const replica = replicator.open(SLOTS.name, schema, clock.now());
    this.slots = new ReplicatedTable<Slot>(schema, replica, schema.views(), {
      now: () => clock.now(),
      written: () => replicator.flush(),
      untilExists: () => Promise.resolve(),
      report: () => undefined,
      transaction: (work) =>
        new Promise((resolve) => {
          const settle = (settlement: Settlement): void => resolve(settlement);
          replicator.transaction(SLOTS.name, replica, work, settle, clock.now());
        }),
    });
    const self = { id, startedAt };
    const coreServer = { self, nodes: () => stage.members } as unknown as CoreServerService;
    const standing = {
      get byId() {
        return new Map(stage.members.map((member) => [member.id, member]));
      },
    };
    this.ledger = new SlotLedger(this.slots, coreServer, standing);
    this.replicator = replicator;
  }
}
