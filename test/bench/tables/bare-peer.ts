import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { EXCHANGE } from './bare-exchange.js';

// A process that answers each message over a bare socket, once those to whom it passes it on have answered it.

const next = process.argv.slice(2).map((port) => {
  const socket = connect(Number(port), '127.0.0.1').setNoDelay(true);
  return socket;
});
const server = createServer((client: Socket) => {
  client.setNoDelay(true).on('error', () => process.exit());
  const answered = next.map(() => 0);
  let received = 0;
  let sent = 0;
  const answer = (): void => {
    const due = Math.min(received, ...answered);
    if (due > sent) client.write(Buffer.alloc((due - sent) * EXCHANGE));
    sent = due;
  };
  next.forEach((socket, i) => {
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      answered[i] = Math.floor(bytes / EXCHANGE);
      answer();
    });
  });
  let bytes = 0;
  client.on('data', (chunk) => {
    bytes += chunk.length;
    received = Math.floor(bytes / EXCHANGE);
    for (const socket of next) socket.write(chunk);
    answer();
  });
}).listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
