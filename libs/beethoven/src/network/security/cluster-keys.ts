import { hkdfSync, scrypt, type ScryptOptions } from 'node:crypto';

/** What one secret of a cluster becomes: keys that say nothing about it, nor about each other. */
export interface ClusterKeys {
  /** Names the key on the wire, in the clear: 64 bits that only the secret leads to. */
  readonly id: string;
  /** The pre-shared key of the links. */
  readonly link: Uint8Array;
  /** Authenticates heartbeats. */
  readonly beat: Uint8Array;
}

/**
 * Makes each guess at a recorded handshake cost 32 MiB and about 0.1 s, as it costs each start of a node once.
 * Source: RFC 7914, section 2; the parameters are between its two examples of 2009 and what OWASP asks for a password today.
 */
const COST: ScryptOptions = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1_024 * 1_024 };

const KEY_BYTES = 32;
const ID_BYTES = 8;

/**
 * Derives the keys of each secret in turn, in a thread of the pool. The cluster's name is the salt: the same secret in two clusters gives
 * different keys, and nobody can try guesses for all clusters at once.
 */
export async function deriveKeys(
  secrets: readonly string[],
  clusterName: string,
): Promise<ClusterKeys[]> {
  const keys: ClusterKeys[] = [];
  for (const secret of secrets) {
    // oxlint-disable-next-line no-await-in-loop -- each takes 32 MiB
    keys.push(split(await stretch(secret, `nestjs-beethoven/1 ${clusterName}`)));
  }
  return keys;
}

function stretch(secret: string, salt: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret.normalize(), salt, KEY_BYTES, COST, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

/** Source: RFC 5869, HKDF, with SHA-256. */
function split(master: Buffer): ClusterKeys {
  const derive = (purpose: string, bytes: number): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', master, '', purpose, bytes));
  return {
    id: Buffer.from(derive('key id', ID_BYTES)).toString('hex'),
    link: derive('links', KEY_BYTES),
    beat: derive('heartbeats', KEY_BYTES),
  };
}
