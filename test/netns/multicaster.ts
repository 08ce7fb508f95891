import { createSocket } from 'node:dgram';

/** What it tells its parent: that it heard a call, and has answered it if it was another's, or that it heard an answer. */
export interface Heard {
  readonly what: 'call' | 'answer';
  readonly number: number;
  readonly from: string;
}

/** Calls a multicast group when its parent says so, and answers the calls of others. Its own are heard as well. */
const [address = ''] = process.argv.slice(2);
const GROUP = '239.77.0.1';
const PORT = 33_001;

const tell = (heard: Heard) => process.send?.(heard);
const socket = createSocket({ type: 'udp4', reuseAddr: true });
socket.on('message', (message, { address: from, port }) => {
  const [what, digits] = message.toString().split(' ');
  const number = Number(digits);
  if (what === 'answer') tell({ what, number, from });
  else if (from === address) tell({ what: 'call', number, from });
  else socket.send(`answer ${number}`, port, from, () => tell({ what: 'call', number, from }));
});
socket.bind(PORT, () => {
  // Both by address: a host without a default route has no interface for a group.
  socket.addMembership(GROUP, address);
  socket.setMulticastInterface(address);
  process.send?.('listening');
});
process.on('message', (number: number) => socket.send(`call ${number}`, PORT, GROUP));
process.on('disconnect', () => process.exit(0));
