import type { Incarnation, Millis, NodeId } from '../terms.js';
import { beatKey, type Beat, type BeatKind } from './beat.js';
import type { Peer } from './peer.js';

/** What this node says of itself in each beat. */
export class OwnBeats {
  readonly key: number;
  incarnation: Incarnation;
  phase: number;
  digest = 0;
  lag: Millis = 0;

  constructor(
    readonly id: NodeId,
    private readonly startedAt: Millis,
    incarnation: Incarnation,
    phase: number,
  ) {
    this.key = beatKey(id);
    this.incarnation = incarnation;
    this.phase = phase;
  }

  /** @param subject Whom the beat speaks of. */
  beat(kind: BeatKind, sequence: number, subject?: Peer): Beat {
    const { key: from, startedAt, incarnation, digest, lag, phase } = this;
    return {
      kind,
      from,
      startedAt,
      incarnation,
      sequence,
      digest,
      lag,
      phase,
      subject: subject?.key ?? 0,
      subjectIncarnation: subject?.incarnation ?? 0,
    };
  }

  /** A beat for this peer, which is told when it is suspected: nobody can contradict sooner. */
  to(peer: Peer, kind: 'alive' | 'ping' | 'ack', sequence: number): Beat {
    return this.beat(kind, sequence, peer.suspicion === undefined ? undefined : peer);
  }

  /** @returns whether the beat accuses this node, and is not answered yet */
  isAccusedBy({ kind, subject, subjectIncarnation }: Beat): boolean {
    return kind !== 'ping-for-me' && subject === this.key && subjectIncarnation >= this.incarnation;
  }
}
