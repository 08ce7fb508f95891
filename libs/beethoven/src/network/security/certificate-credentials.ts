import { createSecureContext } from 'node:tls';
import { BeethovenConfigError } from '../../errors/beethoven-config.error.js';
import type { Credentials } from './credentials.js';
import { faultOfCertificate } from './handshake-fault.js';
import { TLS_SETTINGS } from './tls-settings.js';

/** What `tls` takes, in PEM. */
export interface Certificate {
  readonly key: string | Uint8Array;
  readonly cert: string | Uint8Array;
  readonly ca: string | Uint8Array | readonly (string | Uint8Array)[];
}

/**
 * Mutual TLS: each end shows a certificate that the cluster's own authority has signed. Which node it was given to is not asked, for nodes
 * are dialled by addresses that come and go: who has one is a member.
 *
 * @throws BeethovenConfigError where key, certificate and authority do not make a pair that OpenSSL takes
 */
export function certificateCredentials({ key, cert, ca }: Certificate): Credentials {
  const own = {
    ...TLS_SETTINGS,
    key: Buffer.from(key),
    cert: Buffer.from(cert),
    ca: (Array.isArray(ca) ? ca : [ca]).map((pem: string | Uint8Array) => Buffer.from(pem)),
  };
  return {
    // Whether the certificate is good is asked in `doubt`: node:tls would hang up without saying on whom.
    server: { ...own, requestCert: true, rejectUnauthorized: false },
    client: {
      secureContext: contextOf(own),
      checkServerIdentity: () => undefined,
      rejectUnauthorized: true,
    },
    doubt: (socket) => {
      // A resumed session, which no ticket of ours allows, would count as authorized without a certificate.
      if (socket.authorized && !socket.isSessionReused()) return undefined;
      // Asked of those alone who are turned away: OpenSSL reads the whole certificate anew for it (0.3 ms).
      if (socket.getPeerX509Certificate() === undefined) return 'no-certificate';
      return faultOfCertificate(String(socket.authorizationError)) ?? 'bad-certificate';
    },
    namedOurKey: () => undefined,
  };
}

function contextOf(own: Parameters<typeof createSecureContext>[0]) {
  try {
    return createSecureContext(own);
  } catch (error) {
    // Its words name what OpenSSL could not read, and hold nothing of the key.
    const got = (error as NodeJS.ErrnoException).code ?? 'something that OpenSSL cannot read';
    const wanted = '{ key, cert, ca } in PEM, the certificate made for the key';
    throw new BeethovenConfigError([{ key: 'tls', got, wanted }]);
  }
}
