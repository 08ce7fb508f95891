import { randomBytes } from 'node:crypto';
import { createSecureContext, type TLSSocket } from 'node:tls';
import type { ClusterKeys } from './cluster-keys.js';
import type { Credentials } from './credentials.js';
import { TLS_SETTINGS } from './tls-settings.js';

/**
 * TLS 1.3 with an external pre-shared key, and no certificates. Source: RFC 8446, sections 2.2 and 4.2.11.
 * @param keys the first for dialling, all for accepting
 */
export function pskCredentials([first, ...others]: readonly [
  ClusterKeys,
  ...ClusterKeys[],
]): Credentials {
  const keys = new Map([first, ...others].map(({ id, link }) => [id, link]));
  // An answer of its own for a key that nobody has here would tell strangers which keys are.
  const decoy = randomBytes(first.link.length);
  const named = new WeakMap<TLSSocket, boolean>();
  return {
    server: {
      ...TLS_SETTINGS,
      pskCallback: (socket, id) => {
        const key = keys.get(id);
        named.set(socket, key !== undefined);
        return key ?? decoy;
      },
    },
    client: {
      // Not even the authorities that Node.js trusts: no certificate is of any use here.
      secureContext: createSecureContext({ ...TLS_SETTINGS, ca: [] }),
      pskCallback: () => ({ psk: first.link, identity: first.id }),
      // Asked only where the server shows a certificate in place of the key: node:tls would take one that it trusts.
      checkServerIdentity: () => new Error('It shows a certificate and not the secret.'),
      rejectUnauthorized: true,
    },
    doubt: (socket) => {
      const hasKey = socket.isSessionReused() && socket.getPeerX509Certificate() === undefined;
      return hasKey ? undefined : 'no-secret';
    },
    namedOurKey: (socket) => named.get(socket),
  };
}
