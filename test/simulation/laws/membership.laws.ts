import type { ClusterNode, MembershipEvent } from 'nestjs-beethoven';
import type { Life } from '../life.js';
import type { Peace } from '../peace.js';

interface Known {
  readonly startedAt: number;
  /** When the observer was told that it joined (ms since the beginning of the run). */
  readonly joinedAt: number;
  readonly status: MembershipEvent['type'];
}

/** What a node may be told about the others, and when. */
export class MembershipLaws {
  /** By the observer's life, then by node. */
  readonly #known = new Map<Life, Map<string, Known>>();

  constructor(
    private readonly now: () => number,
    private readonly peace: Peace,
    private readonly lifeOf: (node: ClusterNode) => Life | undefined,
    private readonly broken: (law: string, seen: string) => void,
  ) {}

  noticed(observer: Life, { type, node }: MembershipEvent): void {
    const { id, startedAt } = node;
    const seen = `${observer.name} was told that ${id} (of ${startedAt}) ${type}`;
    if (id === observer.clerk?.coreServer.self.id)
      this.broken('a node is told nothing about itself', seen);

    const nodes = this.#known.get(observer) ?? new Map<string, Known>();
    this.#known.set(observer, nodes);
    const before = nodes.get(id);
    const joinedAt = type === 'joined' ? this.now() : (before?.joinedAt ?? NaN);
    nodes.set(id, { startedAt, joinedAt, status: type });
    const last = before === undefined ? 'nothing before' : `after "${before.status}"`;
    if (!isInOrder(type, before?.status))
      this.broken('events about a node come in an order that makes sense', `${seen}, ${last}`);
    this.#checkVerdict(observer, type, node, joinedAt, seen);
    this.#checkReturn(type, node, before, seen);
  }

  #checkVerdict(
    observer: Life,
    type: MembershipEvent['type'],
    node: ClusterNode,
    joinedAt: number,
    seen: string,
  ): void {
    const life = this.lifeOf(node);
    const { peace } = this;
    if (life === undefined) return;
    if (type === 'stalled' && life.pausedUntil === -Infinity)
      this.broken('nobody is stalled who has never stopped', seen);
    if (!peace.isCalmFor(observer)) return;
    if (type === 'left' && life.state === 'running')
      this.broken('only a node that leaves is told to have left', seen);
    if (type !== 'down' || life.crashed) return;
    if (life.state === 'running') {
      if (!peace.echoesFor(observer, life.silentUntil))
        this.broken('no node is declared down that runs, or says that it is stalled', seen);
      return;
    }
    if (peace.echoes(life.pausedUntil) || sleptThrough(life, observer)) return;
    if (peace.mayHaveMissed(observer, life.name, life.goneAt)) return;
    // Who hears of it when it is gone finds nothing but a closed port.
    if (joinedAt < life.goneAt)
      this.broken('a node that leaves as it should has left, and is not down', seen);
  }

  /** A life that was over before anybody heard of its end cannot say anything new afterwards. */
  #checkReturn(
    type: MembershipEvent['type'],
    node: ClusterNode,
    before: Known | undefined,
    seen: string,
  ): void {
    if (type !== 'joined' || !this.peace.isUnbroken) return;
    const wasGone = before?.status === 'down' || before?.status === 'left';
    if (wasGone && before.startedAt === node.startedAt)
      this.broken('a life that is over never returns', seen);
  }
}

/** Whether it has said nothing while the other went: that one may have given it up, and said no goodbye to it. */
function sleptThrough({ goneAt }: Life, { pausedAt, silentUntil }: Life): boolean {
  return pausedAt < goneAt && goneAt <= silentUntil;
}

const LIVE = new Set(['joined', 'updated', 'suspected', 'stalled', 'recovered']);

function isInOrder(
  type: MembershipEvent['type'],
  before: MembershipEvent['type'] | undefined,
): boolean {
  const wasLive = before !== undefined && LIVE.has(before);
  return type === 'joined' ? !wasLive : wasLive;
}
