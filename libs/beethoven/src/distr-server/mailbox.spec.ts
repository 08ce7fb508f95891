import { describe, expect, it } from 'vitest';
import { MailboxFullError } from '../errors/mailbox-full.error.js';
import { MAILBOX_LIMIT, Mailbox } from './mailbox.js';

const never = (): Promise<never> => new Promise(() => undefined);
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('a mailbox', () => {
  it('deals with one message at a time, in order, also with those that a handler posts', async () => {
    const mailbox = new Mailbox('test');
    const log: string[] = [];
    const handle = (name: string) => async () => {
      log.push(`${name}+`);
      if (name === 'a') void mailbox.post(handle('d'));
      await turn();
      log.push(`${name}-`);
      return name;
    };
    const results = Promise.all(['a', 'b', 'c'].map((name) => mailbox.post(handle(name))));
    expect(await results).toEqual(['a', 'b', 'c']);
    await mailbox.post(() => undefined);
    expect(log.join(' ')).toBe('a+ a- b+ b- c+ c- d+ d-');
  });

  it('gives what was thrown to who posted, and goes on', async () => {
    const mailbox = new Mailbox('test');
    const fails = mailbox.post(() => {
      throw new Error('no');
    });
    const works = mailbox.post(() => 'yes');
    await expect(fails).rejects.toThrow('no');
    expect(await works).toBe('yes');
  });

  it('is full at its limit, and takes more when there is room', async () => {
    const mailbox = new Mailbox('test');
    let release: () => void = () => undefined;
    const first = mailbox.post(() => new Promise<void>((resolve) => (release = resolve)));
    await turn();
    const waiting = Array.from({ length: MAILBOX_LIMIT }, (_, i) => mailbox.post(() => i));
    const error: unknown = await mailbox.post(() => 'late').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MailboxFullError);
    expect(error).toMatchObject({ server: 'test', limit: MAILBOX_LIMIT });
    release();
    await first;
    expect(await Promise.all(waiting)).toHaveLength(MAILBOX_LIMIT);
    expect(await mailbox.post(() => 'again')).toBe('again');
  });

  it('ends the message at hand when it closes, and no other', async () => {
    const mailbox = new Mailbox('test');
    const log: string[] = [];
    const first = mailbox.post(async () => {
      await turn();
      log.push('done');
    });
    await Promise.resolve();
    const second = mailbox.post(never);
    second.catch(() => undefined);
    await mailbox.close(new Error('closed'));
    await first;
    expect(log).toEqual(['done']);
    await expect(second).rejects.toThrow('closed');
    await expect(mailbox.post(never)).rejects.toThrow('closed');
  });
});
