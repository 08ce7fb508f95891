import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Millis } from '../../protocol/terms.js';
import type { MeshLog } from '../mesh-log.js';
import { Doorman, type Visit } from './doorman.js';
import type { Credentials } from './credentials.js';
import { describeFault, faultOf, type HandshakeFault } from './handshake-fault.js';

/** How long somebody who has connected may take to show that it belongs. */
const PATIENCE: Millis = 2_000;

/** The accepting side of TLS: of those who connect, only who belongs comes through. */
export class SecureDoor {
  readonly #server: Server;
  readonly #doorman = new Doorman(() => performance.now());
  /** Of those who have not shown yet that they belong, by address and port. */
  readonly #visits = new Map<string, Visit>();

  constructor(
    private readonly credentials: Credentials,
    private readonly log: MeshLog,
    private readonly onMember: (socket: TLSSocket) => void,
  ) {
    this.#server = createServer({ ...credentials.server, handshakeTimeout: PATIENCE });
    this.#server.on('secureConnection', (socket) => {
      const fault = credentials.doubt(socket);
      if (fault !== undefined) return this.#turnAway(socket, fault);
      this.#visits.get(nameOf(socket))?.belongs();
      this.onMember(socket);
    });
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      // Who hangs up by itself is not worth a line.
      if (error.code === 'ECONNRESET') {
        this.log.count('hung-up');
        socket.destroy();
      } else this.#turnAway(socket, faultOf(error.code, this.credentials.namedOurKey(socket)));
    });
  }

  /** Takes a connection over. It ends by itself where nothing comes of it. */
  admit(socket: Socket): void {
    socket.on('error', () => {}); // the handshake fails as well, and that is told
    const { remoteAddress = '' } = socket;
    const visit = this.#doorman.arrive(remoteAddress, () => socket.destroy());
    if (visit === undefined) {
      socket.destroy();
      const text = `Turning connections from ${remoteAddress} away at once: too many of its handshakes have failed.`;
      this.log.complain(remoteAddress, 'backed-off', text);
      return;
    }
    const name = nameOf(socket);
    this.#visits.set(name, visit);
    socket.once('close', () => {
      this.#visits.delete(name);
      visit.ended();
    });
    this.#server.emit('connection', socket);
  }

  #turnAway(socket: TLSSocket, fault: HandshakeFault): void {
    const { remoteAddress = 'somebody who is gone', remotePort = 0 } = socket;
    if (fault !== 'silent') this.#visits.get(nameOf(socket))?.failed();
    socket.on('error', () => {}).destroy();
    const text = `Turned away a connection from ${remoteAddress}:${remotePort}: ${describeFault(fault)}`;
    this.log.complain(remoteAddress, fault, text);
  }
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}
