import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { Credentials } from './credentials.js';
import { faultOf, type HandshakeFault } from './handshake-fault.js';

/** `hung-up`: the other end was gone before it had shown anything, as that of a process that dies. */
export type SecureDialResult = TLSSocket | HandshakeFault | 'hung-up';

const HUNG_UP: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** The dialling side of TLS, on a connection that is open. Calls back once, unless the socket is destroyed first. */
export function dialSecurely(
  socket: Socket,
  { client, doubt }: Credentials,
  done: (result: SecureDialResult) => void,
): void {
  const secured = connect({ ...client, socket });
  // node:tls makes objects of the whole chain, for a check of names that nobody here makes: 0.7 ms of each handshake with certificates.
  Object.assign(secured, { getPeerCertificate: () => ({}) });
  const fail = (error: NodeJS.ErrnoException): void => {
    secured.on('error', () => {}).destroy();
    done(HUNG_UP.has(error.code) ? 'hung-up' : (doubtOf(error) ?? faultOf(error.code)));
  };
  secured.once('error', fail);
  secured.once('secureConnect', () => {
    secured.removeListener('error', fail);
    const fault = doubt(secured);
    if (fault === undefined) return done(secured);
    secured.on('error', () => {}).destroy();
    done(fault);
  });
}

/** The guard against servers that show a certificate in place of the secret throws an error without a code. */
function doubtOf({ code }: NodeJS.ErrnoException): HandshakeFault | undefined {
  return code === undefined ? 'no-secret' : undefined;
}
