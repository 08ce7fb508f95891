import { connect, createServer, isIPv4, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Logger } from '@nestjs/common';
import { AddressInUseError } from '../errors/address-in-use.error.js';
import type { Millis } from '../protocol/terms.js';
import { dormantAddresses } from './dormant-addresses.js';
import { holdLowDescriptors } from './low-descriptors.js';
import { MeshLog } from './mesh-log.js';
import type { Connection, DialFailure, Listener, Network } from './network.js';
import { PATIENCE } from './patience.js';
import { allowList } from './security/allow-list.js';
import type { Credentials } from './security/credentials.js';
import { describeFault } from './security/handshake-fault.js';
import { dialSecurely } from './security/secure-dial.js';
import { SecureDoor } from './security/secure-door.js';
import { systemClock } from './system-clock.js';
import { TcpConnection } from './tcp-connection.js';

/** The network of this machine: TCP over IPv4, authenticated and encrypted where there are credentials. */
export class TcpNetwork implements Network {
  readonly #logger = new Logger(TcpNetwork.name);
  readonly #log = new MeshLog(systemClock, this.#logger);

  readonly #allows: (address: string) => boolean;

  /**
   * @param credentials awaited before the network listens or dials
   * @param allow who may connect: IPv4 addresses and networks; none stands for everybody
   */
  constructor(
    private readonly credentials?: Promise<Credentials>,
    allow: readonly string[] = [],
  ) {
    this.#allows = allowList(allow);
  }

  addresses(): readonly string[] {
    return Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family }) => family === 'IPv4')
      .map(({ address }) => address);
  }

  ownAddresses(): readonly string[] {
    return [...new Set([...this.addresses(), ...dormantAddresses()])];
  }

  refusals(): Readonly<Record<string, number>> {
    return this.#log.counts;
  }

  async listen(
    address: string,
    port: number,
    onConnection: (connection: Connection) => void,
  ): Promise<Listener> {
    const take = (socket: Socket): void => onConnection(new TcpConnection(socket));
    const credentials = await this.credentials;
    const door = credentials && new SecureDoor(credentials, this.#log, take);
    const server = createServer({ noDelay: true }, (socket) => {
      if (!this.#allows(socket.remoteAddress ?? '')) this.#turnAway(socket);
      else if (door === undefined) take(socket);
      else door.admit(socket);
    });
    const release = holdLowDescriptors();
    return new Promise((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => {
        release();
        const isTaken = cause.code === 'EADDRINUSE';
        reject(isTaken ? new AddressInUseError(address, port, { cause }) : cause);
      });
      // Exclusive: the workers of node:cluster would share one port, and each is a node of its own.
      server.listen({ host: address, port, exclusive: true }, () => {
        release();
        server.removeAllListeners('error');
        server.on('error', (error) => {
          this.#logger.error(`Cannot accept on ${address}:${port}: ${error.message}`);
        });
        resolve(listenerOf(server, address, port));
      });
    });
  }

  dial(
    address: string,
    port: number,
    timeout: Millis,
    done: (result: Connection | DialFailure) => void,
  ): void {
    // Endpoints come from other nodes as well: nothing of theirs may throw, or look up a name.
    const isPort = Number.isInteger(port) && port > 0 && port < 65_536;
    if (!isIPv4(address) || !isPort) {
      setImmediate(done, 'unreachable');
      return;
    }
    const socket = connect({ host: address, port, noDelay: true });
    let isSettled = false;
    const settle = (result: Connection | DialFailure): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      socket.removeListener('error', fail);
      if (typeof result === 'string') socket.on('error', () => {}).destroy();
      done(result);
    };
    const fail = (error: NodeJS.ErrnoException): void => settle(failureOf(error));
    // Timers run before what has come in: in a busy process the connection may wait behind this one, made in time.
    const giveUp = (): void => void setImmediate(settle, 'timeout');
    let timer = setTimeout(giveUp, timeout);
    socket.once('error', fail);
    socket.once('connect', () => {
      if (isConnectedToItself(socket)) settle('refused');
      else if (this.credentials === undefined) settle(new TcpConnection(socket));
      else {
        clearTimeout(timer);
        timer = setTimeout(giveUp, Math.max(timeout, PATIENCE));
        void this.credentials.then((own) => this.#secure(socket, own, settle));
      }
    });
  }

  #turnAway(socket: Socket): void {
    const { remoteAddress = '' } = socket;
    socket.on('error', () => {}).destroy();
    const text = `Turned away a connection from ${remoteAddress}: it is not in \`allow\`.`;
    this.#log.complain(remoteAddress, 'not-allowed', text);
  }

  #secure(
    socket: Socket,
    credentials: Credentials,
    settle: (result: Connection | DialFailure) => void,
  ): void {
    if (socket.destroyed) return; // its time was up
    const { remoteAddress = '', remotePort = 0 } = socket;
    dialSecurely(socket, credentials, (result) => {
      if (typeof result === 'object') return settle(new TcpConnection(result));
      if (result === 'hung-up') return settle('unreachable');
      const text = `Did not call ${remoteAddress}:${remotePort}: ${describeFault(result)}`;
      this.#log.complain(remoteAddress, result, text);
      settle('untrusted');
    });
  }
}

function listenerOf(server: Server, address: string, port: number): Listener {
  const bound = server.address();
  return {
    address,
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    async close() {
      server.close(); // its callback would wait for open connections; the port is free at once
    },
  };
}

function failureOf({ code }: NodeJS.ErrnoException): DialFailure {
  if (code === 'ECONNREFUSED') return 'refused';
  return code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
}

/**
 * Where nobody listens on a port that the system also hands out to callers, a call can by chance get that very port and, by the
 * rules of TCP, be connected to itself.
 */
export function isConnectedToItself(socket: Socket): boolean {
  return socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
}
