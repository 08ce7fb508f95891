/** Where a socket for datagrams is. */
export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

export interface DatagramSocket {
  /** Sends one datagram, which may be lost without a word. */
  send(address: string, port: number, bytes: Uint8Array): void;
  close(): void;
}

/** The port through which datagrams come in and go out. */
export interface Datagrams {
  /** Rejects where the port is taken, or refused by the system. */
  bind(
    address: string,
    port: number,
    onDatagram: (bytes: Uint8Array, from: SocketAddress) => void,
  ): Promise<DatagramSocket>;
}
