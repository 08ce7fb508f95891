import type { Socket } from 'node:net';
import { FrameQueue, type Priority } from './frame-queue.js';
import { FrameReader, HEADER_BYTES } from './frame-reader.js';
import { CLOSE_DEADLINE, KEEP_ALIVE, QUEUE_CAPACITY, frameTooLong } from './limits.js';
import type { CloseReason, Connection } from './network.js';

/** What is handed to the socket at a time (bytes): behind it nothing can pass any more. */
const BATCH = 64 * 1_024;

/** Frames over a TCP socket, each behind its length (4 bytes, big-endian). */
export class TcpConnection implements Connection {
  onFrame: Connection['onFrame'] = () => {};
  onClose: Connection['onClose'] = () => {};
  readonly remoteAddress: string;
  readonly remotePort: number;

  #state: 'open' | 'closing' | 'closed' = 'open';
  readonly #queue = new FrameQueue(QUEUE_CAPACITY);
  readonly #reader = new FrameReader(
    (frame) => this.onFrame(frame),
    (bytes) => this.#end('local', frameTooLong(bytes, this.#reader.limit)),
  );
  #flushing = false;
  #writing = false;

  constructor(private readonly socket: Socket) {
    this.remoteAddress = socket.remoteAddress ?? '';
    this.remotePort = socket.remotePort ?? 0;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE);
    socket.on('data', (chunk: Buffer) => {
      if (this.#state === 'open') this.#reader.feed(chunk);
    });
    socket.on('end', () => this.#end(this.#state === 'closing' ? 'local' : 'remote'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const byRemote = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      if (this.#state === 'closing') this.#end('local');
      else this.#end(byRemote ? 'remote' : 'error', error.message);
    });
  }

  send(frame: Uint8Array, priority: Priority = 'control'): boolean {
    if (this.#state !== 'open' || !this.#queue.push(frame, priority)) return false;
    if (!this.#flushing && !this.#writing) {
      this.#flushing = true;
      process.nextTick(this.#flush); // when the work at hand is done: all its frames leave in one write
    }
    return true;
  }

  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    const deadline = setTimeout(() => this.destroy(), CLOSE_DEADLINE);
    this.socket.once('close', () => clearTimeout(deadline));
    if (!this.#writing) this.#flush();
  }

  destroy(): void {
    if (this.#state === 'closed') return;
    this.#stop();
    this.socket.once('close', () => this.onClose('local'));
  }

  allowFrames(maxBytes: number): void {
    this.#reader.limit = maxBytes;
  }

  readonly #flush = (): void => {
    this.#flushing = false;
    if (this.#state === 'closed' || this.#writing) return;
    const frames = this.#queue.take(BATCH);
    if (frames.length > 0) {
      this.#writing = true;
      this.#write(frames);
    } else if (this.#state === 'closing') {
      // Only our side: closing both while data comes in would reset the connection, and what we sent last could be lost.
      this.socket.end();
    }
  };

  readonly #written = (): void => {
    this.#writing = false;
    if (this.#queue.isEmpty) {
      this.#flush();
    } else if (!this.#flushing) {
      this.#flushing = true;
      setImmediate(this.#flush); // a backlog does not hold up the event loop
    }
  };

  #write(frames: readonly Uint8Array[]): void {
    const [first] = frames;
    if (first !== undefined && first.length > BATCH) {
      const header = Buffer.allocUnsafe(HEADER_BYTES);
      header.writeUInt32BE(first.length);
      this.socket.cork();
      this.socket.write(header);
      this.socket.write(first, this.#written);
      this.socket.uncork();
      return;
    }
    let size = 0;
    for (const frame of frames) size += HEADER_BYTES + frame.length;
    const batch = Buffer.allocUnsafe(size);
    let at = 0;
    for (const frame of frames) {
      at = batch.writeUInt32BE(frame.length, at);
      batch.set(frame, at);
      at += frame.length;
    }
    this.socket.write(batch, this.#written);
  }

  #end(reason: CloseReason, detail?: string): void {
    if (this.#state === 'closed') return;
    this.#stop();
    this.onClose(reason, detail);
  }

  #stop(): void {
    this.#state = 'closed';
    this.#queue.clear();
    this.#reader.stop();
    this.socket.destroy();
  }
}
