/** An IPv4 address as an unsigned 32-bit number: comparing, counting and masking are then plain arithmetic. */
export type Ipv4 = number;

/**
 * Reads `a.b.c.d` in decimal. `undefined` for anything else, leading zeros included: half of the world reads `010` as 8.
 */
export function parseIpv4(text: string): Ipv4 | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let address = 0;
  for (const octet of match.slice(1)) {
    if (Number(octet) > 255 || (octet.length > 1 && octet.startsWith('0'))) return undefined;
    address = address * 256 + Number(octet);
  }
  return address;
}

export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** Whether the address is in 127.0.0.0/8, which never leaves the machine. */
export function isLoopback(address: Ipv4): boolean {
  return address >>> 24 === 127;
}

/**
 * The hosts of an IPv4 network. Network and broadcast address are no hosts, but a /31 is a link between two hosts
 * (RFC 3021) and a /32 is one. Knows every host by arithmetic alone: a /8 takes no more memory than a /32.
 */
export class Ipv4Range implements Iterable<Ipv4> {
  /** How many hosts: 1 for a /32, 16,777,214 for a /8. */
  readonly size: number;
  /** The lowest host. */
  readonly first: Ipv4;
  readonly #network: Ipv4;

  /**
   * @param address any address of the network: what lies below the prefix is masked away
   * @param prefix 8 to 32
   * @throws RangeError for any other prefix
   */
  constructor(
    address: Ipv4,
    readonly prefix: number,
  ) {
    if (!Number.isInteger(prefix) || prefix < 8 || prefix > 32)
      throw new RangeError(`A prefix length is a whole number from 8 to 32, not ${prefix}.`);
    this.#network = (address & (0xffffffff << (32 - prefix))) >>> 0;
    const addresses = 2 ** (32 - prefix);
    this.size = addresses > 2 ? addresses - 2 : addresses;
    this.first = addresses > 2 ? this.#network + 1 : this.#network;
  }

  /**
   * @param network any address of the network: what lies below the prefix is masked away
   * @throws RangeError where the text is no address, or for a prefix beyond 8 to 32
   */
  static of(network: string, prefix: number): Ipv4Range {
    const address = parseIpv4(network);
    if (address === undefined) throw new RangeError(`"${network}" is no IPv4 address.`);
    return new Ipv4Range(address, prefix);
  }

  /** Reads `network/prefix`, for example `10.0.4.0/24`; `undefined` where the text is none with a prefix from 8 to 32. */
  static parse(text: string): Ipv4Range | undefined {
    const [network, prefix, ...rest] = text.split('/');
    const address = parseIpv4(network ?? '');
    if (address === undefined || rest.length > 0 || !/^([89]|[12]\d|3[0-2])$/.test(prefix ?? ''))
      return undefined;
    return new Ipv4Range(address, Number(prefix));
  }

  /** The host with this index, 0 up to `size` − 1, in ascending order. */
  at(index: number): Ipv4 {
    if (!(index >= 0 && index < this.size))
      throw new RangeError(`${this.toString()} has no host number ${index}: it has ${this.size}.`);
    return this.first + index;
  }

  /** Whether the address is one of the hosts. */
  includes(address: Ipv4): boolean {
    return address >= this.first && address < this.first + this.size;
  }

  *[Symbol.iterator](): IterableIterator<Ipv4> {
    for (let index = 0; index < this.size; index++) yield this.first + index;
  }

  toString(): string {
    return `${formatIpv4(this.#network)}/${this.prefix}`;
  }
}
