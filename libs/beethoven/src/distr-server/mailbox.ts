import { MailboxFullError } from '../errors/mailbox-full.error.js';

interface Message {
  readonly handle: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The most messages that wait. */
export const MAILBOX_LIMIT = 10_000;

/** Messages that are dealt with one at a time, in the order in which they came. */
export class Mailbox {
  #messages: Message[] = [];
  #next = 0;
  #busy: Promise<void> | undefined;
  #closed: Error | undefined;

  constructor(private readonly owner: string) {}

  /** @returns what `handle` gives, in its turn. @throws MailboxFullError, and what the mailbox was closed with */
  post(handle: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      if (this.#messages.length - this.#next >= MAILBOX_LIMIT)
        return reject(new MailboxFullError(this.owner, MAILBOX_LIMIT));
      this.#messages.push({ handle, resolve, reject });
      // Not at once: a handler may post as well.
      this.#busy ??= Promise.resolve().then(() => this.#work());
    });
  }

  /** Takes nothing more and rejects what waits. Resolves when the message at hand is done. */
  async close(error: Error): Promise<void> {
    this.#closed ??= error;
    for (const { reject } of this.#messages.splice(this.#next)) reject(error);
    await this.#busy;
  }

  async #work(): Promise<void> {
    for (let message = this.#take(); message !== undefined; message = this.#take()) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one at a time is the point
        message.resolve(await message.handle());
      } catch (error) {
        message.reject(error);
      }
    }
    this.#busy = undefined;
  }

  #take(): Message | undefined {
    const message = this.#messages[this.#next++];
    if (message === undefined || this.#next * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#next);
      this.#next = 0;
    }
    return message;
  }
}
