/** What a node tells about how busy it is. Name and type together are the signal's identity. */
export type BusySignal =
  | {
      readonly name: string;
      /** Share in the node's score: 0 or more. The last one sent wins. */
      readonly weight: number;
      /** A share of something finite, 0 to 100; clamped into that range. */
      readonly type: 'percent';
      readonly value: number;
    }
  | {
      readonly name: string;
      readonly weight: number;
      /** Something that comes and goes. The count never falls below zero. */
      readonly type: 'count';
      /** What came (positive) or went (negative) since the last one. */
      readonly delta: number;
    }
  | {
      readonly name: string;
      /** Has no part in the score: the value is taken as it is. */
      readonly weight?: number | undefined;
      /** A term of the score that the caller has computed. */
      readonly type: 'preProcessed';
      readonly value: number;
    };

export type SignalType = BusySignal['type'];

/** Keeps a sum of many terms finite, and so comparable, whatever is sent. */
const MAX_TERM = Number.MAX_SAFE_INTEGER;

const DECIMALS = 1e8;

/**
 * What one signal adds to the busy score of its node: `percent`: exp(0.05 × data) × weight, the data clamped to 0 to 100, so that the last points before
 * saturation weigh far more than the first ones, and an idle metric still costs its weight; `count`: data × weight;
 * `preProcessed`: data.
 *
 * Source of the formula: the Allocator of Beethoven 0.3.9, the Elixir framework whose contract this library keeps.
 */
export function busyTerm(type: SignalType, weight: number, data: number): number {
  const term =
    type === 'percent'
      ? Math.exp(0.05 * Math.min(100, Math.max(0, data))) * weight
      : type === 'count'
        ? data * weight
        : data;
  return Math.min(MAX_TERM, Math.max(-MAX_TERM, term));
}

/** The busy score of a node: the sum of its terms, rounded to 8 decimals. */
export function busyScore(terms: Iterable<number>): number {
  let sum = 0;
  for (const term of terms) sum += term;
  return Math.round(sum * DECIMALS) / DECIMALS;
}
