/**
 * Milliseconds on a clock that all processes of one machine share (CLOCK_MONOTONIC), so that a moment in one process can be
 * subtracted from a moment in another.
 */
export const stamp = (): number => Number(process.hrtime.bigint()) / 1e6;
