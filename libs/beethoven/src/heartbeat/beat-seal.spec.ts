import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { beatKey, clusterKey, encodeBeat } from '../protocol/detector/beat.js';
import { BORN, beatOf, idOf } from '../protocol/detector/detector.fixture.js';
import { BeatSeal, SEALED_BYTES } from './beat-seal.js';

const OLD = randomBytes(32);
const NEW = randomBytes(32);
const SHOP = clusterKey('shop');
const lifeOf = (name: string, startedAt = BORN) => ({ key: beatKey(idOf(name)), startedAt });
const sealOf = (name: string, keys = [OLD], now = BORN) => new BeatSeal(keys, lifeOf(name), now);
const beat = (name: string) => encodeBeat(SHOP, beatOf(name, {}));

describe('a sealed beat', () => {
  it('arrives as it was sent, once', () => {
    const [a, b] = [sealOf('a'), sealOf('b')];
    const sealed = a.close(beat('a'), lifeOf('b'));
    expect(sealed).toHaveLength(SEALED_BYTES);
    expect(b.open(sealed)).toEqual(beat('a'));
    expect(b.open(sealed)).toBeUndefined();
  });

  it('is none with any bit changed, or of another length', () => {
    const sealed = sealOf('a').close(beat('a'), lifeOf('b'));
    const b = sealOf('b');
    for (let bit = 0; bit < SEALED_BYTES * 8; bit++) {
      const place = bit >> 3;
      expect(b.open(sealed.with(place, sealed[place]! ^ (1 << (bit & 7))))).toBeUndefined();
    }
    expect(b.open(sealed.subarray(1))).toBeUndefined();
    expect(b.open(new Uint8Array([...sealed, 0]))).toBeUndefined();
    expect(b.open(beat('a'))).toBeUndefined();
    expect(b.open(sealed)).toBeDefined();
  });

  it('is of no use to another node, nor to another life of the same', () => {
    const sealed = sealOf('a').close(beat('a'), lifeOf('b'));
    expect(sealOf('c').open(sealed)).toBeUndefined();
    expect(new BeatSeal([OLD], lifeOf('b', BORN + 1), BORN).open(sealed)).toBeUndefined();
  });

  it('may be overtaken, and comes once all the same', () => {
    const [a, b] = [sealOf('a'), sealOf('b')];
    const sent = Array.from({ length: 10 }, () => a.close(beat('a'), lifeOf('b')));
    for (const sealed of sent.toReversed()) expect(b.open(sealed)).toBeDefined();
    for (const sealed of sent) expect(b.open(sealed)).toBeUndefined();
  });

  it('of a thread that was started again is newer than all of the one before', () => {
    const b = sealOf('b');
    const before = sealOf('a');
    for (let i = 0; i < 100; i++) b.open(before.close(beat('a'), lifeOf('b')));
    const after = sealOf('a', [OLD], BORN + 1_000);
    expect(b.open(after.close(beat('a'), lifeOf('b')))).toBeDefined();
  });

  it('is authenticated by the first key, and any is taken: a secret is replaced in three steps', () => {
    const steps = [[OLD], [OLD, NEW], [NEW, OLD], [NEW]];
    for (const [step, keys] of steps.entries()) {
      for (const others of steps.slice(Math.max(0, step - 1), step + 2)) {
        const sealed = sealOf('a', keys).close(beat('a'), lifeOf('b'));
        expect(sealOf('b', others).open(sealed)).toBeDefined();
      }
    }
    expect(sealOf('b', [NEW]).open(sealOf('a').close(beat('a'), lifeOf('b')))).toBeUndefined();
  });

  it('leaves behind a memory that is bounded, and forgets who was heard of longest ago', () => {
    const [a, b] = [sealOf('a'), sealOf('b')];
    const sealed = Array.from({ length: 16_386 }, (_, i) => a.close(beat(`n${i}`), lifeOf('b')));
    for (const each of sealed) b.open(each);
    expect(b.senders).toBe(16_384);
    expect(b.open(sealed.at(-1)!)).toBeUndefined();
  });
});
