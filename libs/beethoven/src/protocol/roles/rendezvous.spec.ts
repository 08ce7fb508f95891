import { describe, expect, it } from 'vitest';
import { rendezvousWeight } from './rendezvous.js';

describe('rendezvous weights', () => {
  it('are the same on every machine', () => {
    expect(rendezvousWeight('mail/0', 'a@127.0.0.1:33000')).toBe(
      rendezvousWeight('mail/0', 'a@127.0.0.1:33000'),
    );
    expect(rendezvousWeight('mail/0', 'a')).not.toBe(rendezvousWeight('mail/1', 'a'));
  });

  it('spread slots evenly over nodes whose names differ in one character', () => {
    const nodes = ['1', '2', '3', '4', '5'].map((host) => `node@127.0.0.${host}:33000`);
    const won = new Map(nodes.map((node) => [node, 0]));
    for (let i = 0; i < 1_000; i++) {
      const weights = nodes.map((node) => rendezvousWeight(`role-${i}/0`, node));
      const heaviest = nodes[weights.indexOf(Math.max(...weights))]!;
      won.set(heaviest, won.get(heaviest)! + 1);
    }
    for (const count of won.values()) {
      expect(count).toBeGreaterThan(150);
      expect(count).toBeLessThan(250);
    }
  });
});
