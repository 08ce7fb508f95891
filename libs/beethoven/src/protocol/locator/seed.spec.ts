import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSeed } from './seed.js';

describe('a seed', () => {
  it('is a host with a port, or a host alone with the default one', () => {
    expect(parseSeed('10.0.4.7:4000', 33_000)).toEqual({ host: '10.0.4.7', port: 4_000 });
    expect(parseSeed('10.0.4.7', 33_000)).toEqual({ host: '10.0.4.7', port: 33_000 });
    expect(parseSeed('shop-0.shop.svc.cluster.local:65535', 33_000)).toEqual({
      host: 'shop-0.shop.svc.cluster.local',
      port: 65_535,
    });
    expect(parseSeed('my_service', 33_000)).toEqual({ host: 'my_service', port: 33_000 });
  });

  it.each([
    '',
    ':33000',
    'host:',
    'host:0',
    'host:65536',
    'host:1e3',
    'host:33000:1',
    'http://host',
    'ho st',
    '-host',
    'host..name',
    '10.0.4.256',
    '10.0.4',
    '33000',
    '::1',
    '[::1]:33000',
    'a'.repeat(254),
  ])('is not %j', (text) => {
    expect(parseSeed(text, 33_000)).toBeUndefined();
  });

  it('never makes the reader throw, nor wait', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a.:0-9-]{0,300}$/)), (text) => {
        const seed = parseSeed(text, 33_000);
        return seed === undefined || (seed.port >= 1 && seed.port <= 65_535);
      }),
    );
  });
});
