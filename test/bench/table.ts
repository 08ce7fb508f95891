import type { Summary } from './statistics.js';

/** One line of a benchmark's table. */
export interface Row {
  readonly measure: string;
  readonly unit: string;
  readonly ours: Summary;
  /** What the others reach on this kind of machine. */
  readonly others: string;
  /** The goal, in words, and whether the figures meet it. */
  readonly goal: string;
  readonly met: boolean;
  /** The machine's own floor in the same unit, measured in the same run. */
  readonly floor?: number;
}

const figure = (value: number) =>
  Math.abs(value) >= 1_000
    ? Math.round(value).toLocaleString('en')
    : value.toFixed(Math.abs(value) < 10 ? 2 : 1);

/** Prints a row as it is known; a benchmark of many minutes is read while it runs. */
export function print({ measure, unit, ours, others, goal, met, floor }: Row): void {
  const { n, min, median, max } = ours;
  console.log(`${met ? 'ok  ' : 'MISS'} ${measure}`);
  console.log(
    `       ours    ${figure(min)} / ${figure(median)} / ${figure(max)} ${unit} (min / median / max, n = ${n})`,
  );
  if (floor !== undefined)
    console.log(
      `       floor   ${figure(floor)} ${unit}; ours is ${(median / floor).toFixed(2)} times that`,
    );
  console.log(`       goal    ${goal}`);
  console.log(`       others  ${others}`);
}
