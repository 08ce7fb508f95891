import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestAuthority } from './certificates.fixture.js';
import { generateSecret } from './secret.js';
import { Security } from './security.js';

const tls = new TestAuthority('shop').issue('a');
let lines: string[] = [];
beforeEach(() => {
  lines = [];
  Logger.overrideLogger({ log() {}, error() {}, warn: (line: string) => void lines.push(line) });
});
afterEach(() => Logger.overrideLogger(true));

const options = { clusterName: 'shop', secret: [] as string[], tls: undefined };

describe('security', () => {
  it('is none without a secret and without certificates', () => {
    expect(Security.of(options)).toBeUndefined();
  });

  it('has a key for heartbeats for each secret, once they are derived', async () => {
    const secret = [generateSecret(), generateSecret()];
    const security = new Security({ ...options, secret });
    await security.credentials;
    expect(security.beatKeys).toHaveLength(2);
    expect(lines).toEqual([]);
  });

  it('has certificates for the links where there are any, and no key for heartbeats without a secret', async () => {
    const alone = new Security({ ...options, tls });
    expect((await alone.credentials).server.requestCert).toBe(true);
    expect(alone.beatKeys).toEqual([]);
    const both = new Security({ ...options, tls, secret: [generateSecret()] });
    expect((await both.credentials).server.requestCert).toBe(true);
    expect(both.beatKeys).toHaveLength(1);
  });

  it('warns of a secret that can be guessed, without saying it', () => {
    void new Security({ ...options, secret: ['hunter2'] });
    void new Security({ ...options, secret: [generateSecret(), 'hunter2'] });
    expect(lines).toEqual([
      expect.stringMatching(/^`secret` can be guessed/),
      expect.stringMatching(/^`secret\[1\]` can be guessed/),
    ]);
    expect(lines.join()).not.toContain('hunter2');
  });
});
