import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateSecret, isWeakSecret } from './secret.js';

describe('a secret', () => {
  it('that was generated is strong, different each time, and safe in shells and URLs', () => {
    const secrets = Array.from({ length: 1_000 }, generateSecret);
    expect(new Set(secrets).size).toBe(1_000);
    for (const secret of secrets) {
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(isWeakSecret(secret)).toBe(false);
    }
  });

  it('of 128 random bits is strong, however they are written', () => {
    for (let i = 0; i < 1_000; i++) {
      const bits = randomBytes(16);
      expect(isWeakSecret(bits.toString('hex'))).toBe(false);
      expect(isWeakSecret(bits.toString('base64url'))).toBe(false);
    }
  });

  it.each(['x', 'secret', 'hunter2hunter2', 'correct horse', 'a'.repeat(1_000)])(
    'such as %j is weak',
    (secret) => expect(isWeakSecret(secret)).toBe(true),
  );
});
