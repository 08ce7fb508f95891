import { createHash } from 'node:crypto';
import type { ClusterKeys } from './cluster-keys.js';

/** Keys for specs, without the time that deriving them takes. */
export function keysOf(secret: string): ClusterKeys {
  const hash = (purpose: string) => createHash('sha256').update(`${purpose} ${secret}`).digest();
  return { id: hash('id').toString('hex', 0, 8), link: hash('link'), beat: hash('beat') };
}
