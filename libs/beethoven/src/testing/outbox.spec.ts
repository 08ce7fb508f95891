import { expect, it } from 'vitest';
import { Outbox } from './outbox.js';
import { Timeline } from './timeline.js';

it('what a process has to send leaves in one event, each once, in the order in which it was said', async () => {
  const timeline = new Timeline();
  const outbox = new Outbox(timeline.clock());
  const sent: string[] = [];
  const [one, two] = [(): void => void sent.push('one'), (): void => void sent.push('two')];
  for (const send of [one, two, one]) outbox.add(send);
  expect(sent).toEqual([]);
  await timeline.advance(0);
  expect(sent).toEqual(['one', 'two']);
  outbox.add(one);
  await timeline.advance(0);
  expect(sent).toEqual(['one', 'two', 'one']);
});

it('a process that stalls sends when it runs again', async () => {
  const timeline = new Timeline();
  const clock = timeline.clock();
  const outbox = new Outbox(clock);
  let sent = 0;
  clock.pause();
  outbox.add(() => sent++);
  await timeline.advance(1_000);
  expect(sent).toBe(0);
  clock.resume();
  await timeline.advance(0);
  expect(sent).toBe(1);
});
