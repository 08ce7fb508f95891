import type { Connection } from './network.js';

/** Drops a connection without hearing of its end. */
export function hangUp(connection: Connection, how: 'close' | 'destroy'): void {
  connection.onFrame = () => {};
  connection.onClose = () => {};
  connection[how]();
}
