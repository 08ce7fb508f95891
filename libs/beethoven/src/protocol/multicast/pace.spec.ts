import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { AnswerPace, FIRST_PAUSE, LAST_PAUSE, QuestionPace, SHORTEST_REST } from './pace.js';

/** When it asks, within that time, if it is allowed to at each of these steps (ms). */
function questions(pace: QuestionPace, from: number, to: number, step = 100): number[] {
  const asked: number[] = [];
  for (let now = from; now < to; now += step) if (pace.ask(now)) asked.push(now);
  return asked;
}

describe('questions', () => {
  it('come after pauses that double up to a minute', () => {
    expect(questions(new QuestionPace(), 0, 240_000)).toEqual([
      0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000,
    ]);
  });

  it('of others take the place of our own', () => {
    const pace = new QuestionPace();
    for (let now = 0; now < 400_000; now += LAST_PAUSE / 2) {
      pace.heard(now);
      expect(questions(pace, now + 1, now + FIRST_PAUSE)).toEqual([]);
    }
    expect(questions(pace, 400_000, 500_000)).toEqual([450_000]);
  });

  it('that we hear ourselves ask count once', () => {
    const pace = new QuestionPace();
    for (const due of [0, 1_000, 3_000, 7_000]) {
      expect(pace.ask(due)).toBe(true);
      pace.heard(due + 1);
    }
  });

  it('in a flood keep us from asking for a minute at most', () => {
    const pace = new QuestionPace();
    for (let now = 0; now <= 100_000; now++) pace.heard(now);
    expect(questions(pace, 100_000, 200_000)[0]).toBeLessThanOrEqual(100_000 + LAST_PAUSE);
  });
});

describe('answers', () => {
  it('are held back for 20 to 120 ms, so that not all answer at once', () => {
    const pace = new AnswerPace(new SeededRandom(1));
    const waits = Array.from({ length: 1_000 }, () => pace.wait(0));
    expect([Math.min(...waits), Math.max(...waits)]).toEqual([20, 120]);
  });

  it('are at least a second apart', () => {
    const pace = new AnswerPace(new SeededRandom(1));
    for (let now = 0; now < 10_000; now += 10) {
      pace.answered(0);
      expect(now + pace.wait(now)).toBeGreaterThanOrEqual(SHORTEST_REST);
    }
  });
});
