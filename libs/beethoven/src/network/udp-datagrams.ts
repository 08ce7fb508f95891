import { createSocket } from 'node:dgram';
import type { Datagrams } from './datagrams.js';

/** Datagrams of this machine: UDP over IPv4. */
export const udpDatagrams: Datagrams = {
  bind: (address, port, onDatagram) =>
    new Promise((resolve, reject) => {
      const socket = createSocket({
        type: 'udp4',
        // Addresses are numbers already: without this, each datagram waits for a look-up that has nothing to look up.
        lookup: (host, _options, found) => found(null, host, 4),
      });
      socket.once('error', reject);
      socket.on('message', onDatagram);
      // Exclusive: the workers of node:cluster would share one port, and each is a node of its own.
      socket.bind({ address, port, exclusive: true }, () => {
        socket.off('error', reject);
        socket.on('error', () => {}); // one that cannot be sent is as good as lost
        resolve({
          send: (to, at, bytes) => socket.send(bytes, at, to, () => {}),
          close: () => void socket.close(),
        });
      });
    }),
};
