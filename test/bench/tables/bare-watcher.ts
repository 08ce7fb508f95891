import { createServer, type AddressInfo } from 'node:net';
import { stamp } from '../../support/stamp.js';

// A process that gives the times which so many messages have taken to it over a bare socket: each says when it was sent.

const count = Number(process.argv[2]);
const times: number[] = [];
const server = createServer((socket) => {
  socket.on('data', (chunk) => {
    times.push(stamp() - Number(chunk));
    if (times.length === count) process.send?.(times);
  });
}).listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
