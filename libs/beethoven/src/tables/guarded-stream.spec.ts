import { Subject, firstValueFrom, map, of, take, takeUntil } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { GuardedStream } from './guarded-stream.js';

function stream() {
  const source = new Subject<number>();
  const reported: unknown[] = [];
  const guarded = new GuardedStream<number>(
    (error) => reported.push(error),
    (observer) => {
      const subscription = source.subscribe(observer);
      return () => subscription.unsubscribe();
    },
  );
  return { source, reported, guarded };
}
const bad = new Error('bad');
const fail = (): never => {
  throw bad;
};

describe('a guarded stream', () => {
  it('reports what a subscriber throws, and goes on for all of them', () => {
    const { source, reported, guarded } = stream();
    const heard: number[] = [];
    guarded.subscribe(fail);
    guarded.subscribe({ next: fail });
    guarded.subscribe((value) => heard.push(value));
    source.next(1);
    source.next(2);
    expect(heard).toEqual([1, 2]);
    expect(reported).toEqual([bad, bad, bad, bad]);
  });

  it('reports what is thrown behind and in operators', () => {
    const { source, reported, guarded } = stream();
    const heard: number[] = [];
    guarded.pipe(map((value) => value + 1)).subscribe(fail);
    guarded.pipe(map(fail), take(3)).subscribe();
    guarded.pipe(map((value) => value * 2)).subscribe((value) => heard.push(value));
    source.next(1);
    source.next(2);
    expect(heard).toEqual([2, 4]);
    expect(reported).toEqual([bad, bad, bad]);
  });

  it('leaves errors to those who handle them', () => {
    const { source, reported, guarded } = stream();
    const handled: unknown[] = [];
    guarded.pipe(map(fail)).subscribe({ error: (error: unknown) => handled.push(error) });
    source.next(1);
    expect([handled, reported]).toEqual([[bad], []]);
  });

  it('is an Observable like any other', async () => {
    const { source, guarded } = stream();
    const first = firstValueFrom(guarded);
    const until: number[] = [];
    let completions = 0;
    guarded.pipe(takeUntil(of(1))).subscribe((value) => until.push(value));
    const subscription = guarded.subscribe({ complete: () => completions++ });
    const none = guarded.subscribe();
    source.next(7);
    none.unsubscribe();
    expect([await first, until]).toEqual([7, []]);
    source.complete();
    expect(completions).toBe(1);
    expect(subscription.closed).toBe(true);
  });
});
