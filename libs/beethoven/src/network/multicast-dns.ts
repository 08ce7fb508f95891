import type { DnsMessage } from '../protocol/multicast/dns-message.js';

/** A place in the group of those who speak multicast DNS on one link. */
export interface MulticastSocket {
  /** To everybody in the group, this one too; may be lost without a word. */
  send(message: DnsMessage): void;
  /** Sends what is on its way, then leaves the group. */
  close(): Promise<void>;
}

/** The port to multicast DNS (RFC 6762): what is said to everybody on the link that an address of this machine is on. */
export interface MulticastDns {
  /**
   * Takes part, through the interface that has the address. Rejects where the system does not let it.
   *
   * @param onMessage also told what this one sends; the sender is an IPv4 address
   */
  open(
    address: string,
    onMessage: (message: DnsMessage, sender: string) => void,
  ): Promise<MulticastSocket>;
}

/** Gets hold of multicast DNS where it is asked for. @throws MissingPackageError */
export type LoadMulticastDns = () => Promise<MulticastDns>;

/** Injection token of the {@link MulticastDns} port; `undefined` where the options do not ask for it. */
export const MULTICAST_DNS = Symbol('beethoven:multicast-dns');
