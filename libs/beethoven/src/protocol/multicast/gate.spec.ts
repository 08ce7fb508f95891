import { describe, expect, it } from 'vitest';
import { Gate, MAX_MESSAGE, MAX_RATE } from './gate.js';

function message(length: number, ...counts: number[]): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  for (const [index, count] of counts.entries()) view.setUint16(4 + index * 2, count);
  return bytes;
}

describe('the gate', () => {
  it('lets pass what can hold as much as it promises', () => {
    expect(new Gate().admits(message(12), 0)).toBe(true);
    expect(new Gate().admits(message(12 + 5 + 3 * 11, 1, 1, 1, 1), 0)).toBe(true);
    expect(new Gate().admits(message(MAX_MESSAGE, 1), 0)).toBe(true);
  });

  it.each([
    ['is no message', message(11)],
    ['is longer than a frame', message(MAX_MESSAGE + 1)],
    ['promises more questions than it can hold', message(16, 1)],
    ['promises more answers than it can hold', message(22, 0, 1)],
    ['promises more authorities than it can hold', message(22, 0, 0, 1)],
    ['promises more additionals than it can hold', message(22, 0, 0, 0, 1)],
    ['promises all that a header can', message(12, 65_535, 65_535, 65_535, 65_535)],
  ])('keeps out what %s', (_, bytes) => {
    expect(new Gate().admits(bytes, 0)).toBe(false);
  });

  it('lets so many pass a second and no more, and what it keeps out takes nobody their place', () => {
    const gate = new Gate();
    const pass = (now: number): number => {
      let passed = 0;
      for (let i = 0; i < 1_000; i++) {
        gate.admits(message(3), now);
        if (gate.admits(message(12), now)) passed++;
      }
      return passed;
    };
    expect([pass(5_000), pass(5_999), pass(6_000)]).toEqual([MAX_RATE, 0, MAX_RATE]);
  });
});
