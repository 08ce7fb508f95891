import { describe, expect, it } from 'vitest';
import { Screen, draw, type Scene } from './screen.js';

const scene: Scene = {
  snapshot: {
    kind: 'snapshot',
    self: 'a@127.0.0.1:33000',
    nodes: ['b@127.0.0.2:33000', 'a@127.0.0.1:33000'],
    roles: [{ role: 'test', count: 2, nodes: ['b@127.0.0.2:33000'] }],
    scores: [{ node: 'b@127.0.0.2:33000', score: 12.345 }],
  },
  events: ['one', 'two'],
};

describe('the screen', () => {
  it('shows each node with its score and the roles it holds', () => {
    const text = draw(scene);
    expect(text).toMatch(/b@127\.0\.0\.2:33000 +12\.35 +test/);
    expect(text).toMatch(/test +1 of 2/);
    expect(text.indexOf('a@')).toBeLessThan(text.indexOf('b@'));
  });

  it('prints each event once where the output is no terminal', () => {
    let text = '';
    const screen = new Screen({ write: (more) => (text += more) });
    screen.event('one');
    screen.show(scene.snapshot);
    screen.event('two');
    expect(text).toBe('one\ntwo\n');
  });

  it('redraws a terminal, with the newest events only', () => {
    let text = '';
    const screen = new Screen({ isTTY: true, write: (more) => (text = more) });
    screen.show(scene.snapshot);
    for (let i = 0; i < 20; i++) screen.event(`event ${i}.`);
    expect(text).toContain('\u001B[2J');
    expect(text).toContain('event 19.');
    expect(text).not.toContain('event 7.');
  });
});
