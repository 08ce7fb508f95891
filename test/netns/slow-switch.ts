import { createSocket } from 'node:dgram';

/** Where the kernel's end of the trunk listens: the port that RFC 7348 gives to VXLAN. */
const KERNEL = { address: '192.0.2.2', port: 4789 };
const OWN_ADDRESS = '192.0.2.1';

// RFC 7348: 8 bytes, of which 3 are the number of the network, here of the port; then the Ethernet frame.
const NUMBER = { at: 4, bytes: 3 };
const TO = { at: 8, end: 14 };
const FROM = { at: 14, end: 20 };

const [latency = 0, jitter = 0, ports = 0] = process.argv.slice(2).map(Number);
const everyPort = Array.from({ length: ports }, (_, index) => index + 1);
const portOf = new Map<string, number>();
/** The frames that are under way between two ports. None overtakes another. */
const ways = new Map<string, { frames: Buffer[]; lastArrival: number }>();

const socket = createSocket('udp4');
socket.on('message', (datagram) => {
  const from = datagram.readUIntBE(NUMBER.at, NUMBER.bytes);
  portOf.set(datagram.toString('hex', FROM.at, FROM.end), from);
  const known = portOf.get(datagram.toString('hex', TO.at, TO.end));
  for (const to of known === undefined ? everyPort : [known])
    if (to !== from) pass(datagram, from, to);
});
socket.bind(KERNEL.port, OWN_ADDRESS, () => process.send?.('switching'));
process.on('disconnect', () => process.exit(0));

function pass(datagram: Buffer, from: number, to: number): void {
  const name = `${from} ${to}`;
  const way = ways.get(name) ?? { frames: [], lastArrival: 0 };
  ways.set(name, way);
  const frame = Buffer.from(datagram);
  frame.writeUIntBE(to, NUMBER.at, NUMBER.bytes);
  way.frames.push(frame);
  const now = performance.now();
  const drawn = now + latency + (2 * Math.random() - 1) * jitter;
  way.lastArrival = Math.max(way.lastArrival, drawn);
  setTimeout(() => {
    const first = way.frames.shift();
    if (first !== undefined) socket.send(first, KERNEL.port, KERNEL.address);
  }, way.lastArrival - now);
}
