import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { stamp } from '../../support/stamp.js';

/** What stands for a transaction on the wire (bytes). */
export const EXCHANGE = 100;
const ENTRY = fileURLToPath(new URL('./bare-peer.js', import.meta.url));
const ROUNDS = 3_000;

/**
 * What the machine takes for it: so many writers that each begin the next when the last is done, over bare sockets. On the node that decides
 * a transaction goes to both other copies and back; on another one it goes to the one that decides, from there to the third copy, and all the way back.
 * @returns transactions in a second
 */
export async function bareExchanges(writers: number, on: 'decider' | 'other'): Promise<number> {
  const peers: ChildProcess[] = [];
  const start = async (...next: number[]): Promise<number> => {
    const peer = fork(ENTRY, next.map(String), { execArgv: [] });
    peers.push(peer);
    const [port] = (await once(peer, 'message')) as [number];
    return port;
  };
  const last = await start();
  const ports = on === 'decider' ? [last, await start()] : [await start(last)];
  const sockets = await Promise.all(ports.map(open));
  try {
    await exchange(sockets, writers, ROUNDS / 10);
    const began = stamp();
    await exchange(sockets, writers, ROUNDS);
    return (writers * ROUNDS * 1_000) / (stamp() - began);
  } finally {
    for (const socket of sockets) socket.destroy();
    for (const peer of peers) peer.kill();
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  return socket;
}

/** The writers of one process move in step: what is answered in one turn goes out again in one write. */
function exchange(sockets: readonly Socket[], writers: number, rounds: number): Promise<void> {
  const message = Buffer.alloc(writers * EXCHANGE);
  return new Promise((resolve) => {
    let left = rounds;
    let missing = 0;
    const begin = (): void => {
      missing = sockets.length * message.length;
      for (const socket of sockets) socket.write(message);
    };
    for (const socket of sockets)
      socket.removeAllListeners('data').on('data', (chunk: Buffer) => {
        missing -= chunk.length;
        if (missing > 0) return;
        if (--left === 0) resolve();
        else begin();
      });
    begin();
  });
}
