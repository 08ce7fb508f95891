import { describe, expect, it } from 'vitest';
import { deriveKeys } from './cluster-keys.js';

describe('the keys of a cluster', () => {
  it('are the same on every node, and of every release', async () => {
    const [keys] = await deriveKeys(['a secret'], 'shop');
    expect(keys?.id).toMatchInlineSnapshot(`"9aab646b6800f7e4"`);
    expect(Buffer.from(keys!.link).toString('hex')).toMatchInlineSnapshot(
      `"bb26ae6788248dbc9fa4aa308606612cbda1db5ef67fc15bbc2aee2bfe350bbc"`,
    );
    expect(Buffer.from(keys!.beat).toString('hex')).toMatchInlineSnapshot(
      `"2c9b3ccc1934fa0d6d49f7a9c00b95e893f94874212ef0534f7ee76d41567c64"`,
    );
  });

  it('share nothing between secrets, clusters and purposes', async () => {
    const all = [...(await deriveKeys(['a', 'b'], 'shop')), ...(await deriveKeys(['a'], 'bank'))];
    const texts = all.flatMap(({ id, link, beat }) => [
      id,
      Buffer.from(link).toString('hex'),
      Buffer.from(beat).toString('hex'),
    ]);
    expect(new Set(texts.map((text) => text.slice(0, 16))).size).toBe(9);
  });

  it('are the same however the secret was typed', async () => {
    const [composed, decomposed] = await deriveKeys(['caf\u00e9', 'cafe\u0301'], 'shop');
    expect(composed).toEqual(decomposed);
  });
});
