import type { Incarnation, Millis, NodeId } from '../terms.js';

/** What a {@link Beat} asks or answers. */
export type BeatKind =
  /** I am here. Nothing is to be answered. */
  | 'alive'
  /** Are you there? */
  | 'ping'
  /** The answer, under the number of the ping. */
  | 'ack'
  /** Ping the `subject` for me, and pass its answer on under my number. */
  | 'ping-for-me';

/** A node in one of its lives. */
export interface Life {
  /** {@link beatKey} of its id. */
  readonly key: number;
  /** When its process started (ms since the epoch). */
  readonly startedAt: Millis;
}

/** One heartbeat. Says of its sender all that its process can say while its main thread is blocked. */
export interface Beat {
  readonly kind: BeatKind;
  /** Who sends it: {@link beatKey} of its id. */
  readonly from: number;
  /** Which life of it: when its process started (ms since the epoch). */
  readonly startedAt: Millis;
  readonly incarnation: Incarnation;
  /** 0 to 2^32 - 1. */
  readonly sequence: number;
  /** Stands for all that the sender believes of the live members. */
  readonly digest: number;
  /** For how long its main thread has not answered (ms, 0 while it runs). */
  readonly lag: Millis;
  /** How often it has fallen into a stall or come out of one in this life: odd while it is stalled. */
  readonly phase: number;
  /**
   * Whom the beat speaks of, 0 for nobody, and under which incarnation. In a `ping-for-me` the one to ping, in an answer that was passed on
   * the one that gave it; otherwise the receiver itself, which the sender suspects.
   */
  readonly subject: number;
  readonly subjectIncarnation: Incarnation;
}

/** Bytes of every beat: an answer is never longer than what it answers, so that nobody is flooded in another's name. */
export const BEAT_BYTES = 64;

/** Where in a beat the number that stands for the cluster's name stands, four bytes. */
const CLUSTER_OFFSET = 4;

/** Where in a beat its sender and the start of its process stand, eight bytes each. */
export const LIFE_OFFSET = 8;

const VERSION = 1;
const KINDS: readonly BeatKind[] = ['alive', 'ping', 'ack', 'ping-for-me'];
const LAST_DATE = 8.64e15;
const MAX_UINT32 = 0xffff_ffff;

/** Stands for a node id in beats: 53 bits, so that two of 16,384 members share one once in 10^8 clusters. */
export function beatKey(id: NodeId): number {
  return (hash(id, 0x811c9dc5) & 0x1f_ffff) * 0x1_0000_0000 + hash(id, 0x9e3779b9);
}

/** Stands for a cluster's name in beats (32 bits). */
export function clusterKey(name: string): number {
  return hash(name, 0x811c9dc5);
}

export function encodeBeat(cluster: number, beat: Beat): Uint8Array {
  const bytes = new Uint8Array(BEAT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, KINDS.indexOf(beat.kind));
  view.setUint32(CLUSTER_OFFSET, cluster);
  view.setFloat64(LIFE_OFFSET, beat.from);
  view.setFloat64(LIFE_OFFSET + 8, beat.startedAt);
  view.setFloat64(24, beat.incarnation);
  view.setUint32(32, beat.sequence);
  view.setUint32(36, beat.digest);
  view.setUint32(40, Math.min(MAX_UINT32, beat.lag));
  view.setUint32(44, beat.phase);
  view.setFloat64(48, beat.subject);
  view.setFloat64(56, beat.subjectIncarnation);
  return bytes;
}

/** `undefined` for anything but a well-formed beat of this version and cluster. */
export function decodeBeat(cluster: number, bytes: Uint8Array): Beat | undefined {
  if (bytes.length !== BEAT_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, BEAT_BYTES);
  const kind = KINDS[view.getUint8(1)];
  if (view.getUint8(0) !== VERSION || kind === undefined || view.getUint16(2) !== 0)
    return undefined;
  if (view.getUint32(CLUSTER_OFFSET) !== cluster) return undefined;
  const beat: Beat = {
    kind,
    from: view.getFloat64(LIFE_OFFSET),
    startedAt: view.getFloat64(LIFE_OFFSET + 8),
    incarnation: view.getFloat64(24),
    sequence: view.getUint32(32),
    digest: view.getUint32(36),
    lag: view.getUint32(40),
    phase: view.getUint32(44),
    subject: view.getFloat64(48),
    subjectIncarnation: view.getFloat64(56),
  };
  const { from, startedAt, incarnation, subject, subjectIncarnation } = beat;
  const counts = [from, incarnation, subject, subjectIncarnation].every(isCount);
  return counts && startedAt >= 0 && startedAt <= LAST_DATE ? beat : undefined;
}

/** Whether these bytes are a beat, of whatever cluster. */
export function isBeat(bytes: Uint8Array): boolean {
  if (bytes.length !== BEAT_BYTES) return false;
  const cluster = new DataView(bytes.buffer, bytes.byteOffset).getUint32(CLUSTER_OFFSET);
  return decodeBeat(cluster, bytes) !== undefined;
}

/** Source: Fowler, Noll, Vo, FNV-1a (RFC 9923), over UTF-16 units, with the finaliser of MurmurHash3. */
function hash(text: string, seed: number): number {
  let value = seed;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
