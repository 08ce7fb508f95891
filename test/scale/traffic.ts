/** What a node sends and receives for: probing, telling each other of members, and finding each other. */
export type Purpose = 'beat' | 'news' | 'dial';

/** IPv4 and UDP, and IPv4 and TCP with time stamps: what comes on top of each datagram, and of each segment (bytes). */
const HEADERS: Record<Purpose, number> = { beat: 28, news: 52, dial: 52 };
/** The acknowledgement of a segment, where nothing else carries it (bytes). */
const TCP_ACK = 52;

/** Bytes and packets of every node, by direction and purpose. */
export class Traffic {
  readonly #sent: Record<Purpose, Float64Array>;
  readonly #received: Record<Purpose, Float64Array>;
  readonly #onWire: { readonly sent: Float64Array; readonly received: Float64Array };

  constructor(nodes: number) {
    const column = (): Float64Array => new Float64Array(nodes);
    this.#sent = { beat: column(), news: column(), dial: column() };
    this.#received = { beat: column(), news: column(), dial: column() };
    this.#onWire = { sent: column(), received: column() };
  }

  /** A message that was sent; `to` is undefined where it never arrived. */
  count(from: number, to: number | undefined, purpose: Purpose, bytes: number): void {
    const ack = purpose === 'beat' ? 0 : TCP_ACK;
    add(this.#sent[purpose], from, bytes);
    add(this.#onWire.sent, from, bytes + HEADERS[purpose]);
    if (to === undefined) return;
    add(this.#received[purpose], to, bytes);
    add(this.#onWire.received, to, bytes + HEADERS[purpose]);
    add(this.#onWire.received, from, ack);
    add(this.#onWire.sent, to, ack);
  }

  reset(): void {
    for (const columns of [this.#sent, this.#received, this.#onWire])
      for (const column of Object.values(columns)) column.fill(0);
  }

  /** Bytes of each node that are the program's own, in one direction. */
  payload(direction: 'sent' | 'received', purpose?: Purpose): number[] {
    const columns = direction === 'sent' ? this.#sent : this.#received;
    const counted = purpose === undefined ? Object.values(columns) : [columns[purpose]];
    return Array.from(columns.beat, (_, node) =>
      counted.reduce((sum, column) => sum + (column[node] ?? 0), 0),
    );
  }

  /** Bytes of each node with the headers of IP, UDP and TCP, each message in a packet of its own. */
  onWire(direction: 'sent' | 'received'): number[] {
    return [...this.#onWire[direction]];
  }
}

function add(column: Float64Array, node: number, bytes: number): void {
  column[node] = (column[node] ?? 0) + bytes;
}
