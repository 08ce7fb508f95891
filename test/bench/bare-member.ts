import { connect, createServer, type AddressInfo } from 'node:net';
import { stamp } from '../support/stamp.js';

// What a join takes at the very least, over bare sockets: a process that listens, and is greeted by whoever joins, whom it tells of the others; or, with
// the port of one of them, one that joins: listens, greets that one, is told of the others, and greets them.

const first = process.argv[2];
let members: readonly number[] = [];
process.on('message', (ports: number[]) => (members = ports));
process.on('disconnect', () => process.exit());

const began = stamp();
const server = createServer((socket) => {
  socket.on('error', () => undefined).setNoDelay(true);
  socket.once('data', () => {
    if (first === undefined) process.send?.(stamp());
    socket.write(JSON.stringify(members));
  });
}).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  if (first === undefined) process.send?.(port);
  else void join(Number(first), port);
});

async function join(met: number, self: number): Promise<void> {
  const others = (await greet(met, self)).filter((port) => port !== met);
  await Promise.all(others.map((port) => greet(port, self)));
  process.send?.({ began, ended: stamp() });
}

function greet(port: number, self: number): Promise<number[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(JSON.stringify({ self })));
    socket.setNoDelay(true);
    socket.once('data', (answer) => resolve(JSON.parse(String(answer)) as number[]));
  });
}
