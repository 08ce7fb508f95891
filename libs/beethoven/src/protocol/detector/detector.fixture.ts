import { SeededRandom } from '../../testing/seeded-random.js';
import type { Millis } from '../terms.js';
import { beatKey, type Beat } from './beat.js';
import { Detector } from './detector.js';
import type { DetectorConfig } from './detector-config.js';
import type { DetectorEffect } from './detector-effects.js';
import type { Watch } from './peer.js';
import type { Way } from './reach.js';

export const CONFIG: DetectorConfig = {
  probeInterval: 300,
  probeTimeout: 150,
  indirectProbes: 3,
  suspicionMultiplier: 2,
};
export const BORN: Millis = 1_767_225_600_000;
export const NOW = BORN + 60_000;

export const idOf = (name: string): string => `${name}@10.0.0.1:33000`;
export const nameOf = (id: string): string => id.slice(0, id.indexOf('@'));

export const watchOf = (name: string, raised = 0): Watch => ({
  card: { id: idOf(name), startedAt: BORN, incarnation: BORN + raised },
  phase: 0,
});

/** One detector, driven by hand. */
export class Subject {
  readonly detector: Detector;
  now = NOW;

  constructor(peers: readonly string[], { datagrams = true } = {}) {
    this.detector = new Detector(CONFIG, new SeededRandom(1), watchOf('me'));
    this.detector.datagrams = datagrams;
    this.detector.start(this.now);
    for (const peer of peers) this.detector.watch(this.now, watchOf(peer));
  }

  /** Lets time pass, in which nobody says a word. */
  pass(span: Millis): DetectorEffect[] {
    const end = this.now + span;
    const effects: DetectorEffect[] = [];
    while (this.detector.due <= end) {
      this.now = Math.max(this.now, this.detector.due);
      effects.push(...this.detector.handleTimer(this.now));
    }
    this.now = end;
    return effects;
  }

  /** Lets time pass until it wants to do something. */
  step(): readonly DetectorEffect[] {
    this.now = this.detector.due;
    return this.detector.handleTimer(this.now);
  }

  hear(from: string, beat: Partial<Beat>, way: Way = 'datagram'): readonly DetectorEffect[] {
    return this.detector.handleBeat(this.now, beatOf(from, beat), way);
  }

  accuse(name: string, accuser: string, condemned = false): readonly DetectorEffect[] {
    const accusation = { id: idOf(name), incarnation: BORN, accuser: idOf(accuser), condemned };
    return this.detector.accuse(this.now, accusation);
  }
}

export function beatOf(from: string, beat: Partial<Beat>): Beat {
  return {
    kind: 'ping',
    from: beatKey(idOf(from)),
    startedAt: BORN,
    incarnation: BORN,
    sequence: 1,
    digest: 0,
    lag: 0,
    phase: 0,
    subject: 0,
    subjectIncarnation: 0,
    ...beat,
  };
}

/** `ping a by link`, and the verdicts: `suspect a`. */
export const said = (effects: readonly DetectorEffect[]): string[] =>
  effects.map((effect) => {
    if (effect.kind === 'send') return `${effect.beat.kind} ${nameOf(effect.to)} by ${effect.way}`;
    return 'id' in effect ? `${effect.kind} ${nameOf(effect.id)}` : effect.kind;
  });

export const verdicts = (effects: readonly DetectorEffect[]): string[] =>
  said(effects.filter(({ kind }) => kind !== 'send'));

export const beatsTo = (effects: readonly DetectorEffect[], name: string): Beat[] =>
  effects.flatMap((effect) =>
    effect.kind === 'send' && nameOf(effect.to) === name ? [effect.beat] : [],
  );
