import type { ConnectionOptions, TLSSocket, TlsOptions } from 'node:tls';
import type { HandshakeFault } from './handshake-fault.js';

/** What a node shows to others, and asks of them, before a word is said. */
export interface Credentials {
  readonly server: TlsOptions;
  readonly client: ConnectionOptions;
  /** What is wrong with a handshake that node:tls has let through, at either end; `undefined` where all is well. */
  readonly doubt: (socket: TLSSocket) => HandshakeFault | undefined;
  /** Whether the other end of a handshake that has failed named a key that this node has; `undefined` where keys have no names. */
  readonly namedOurKey: (socket: TLSSocket) => boolean | undefined;
}
