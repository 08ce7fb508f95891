import { expect, it } from 'vitest';
import { allowList } from './allow-list.js';

it('an empty list allows everybody', () => {
  expect(allowList([])('203.0.113.9')).toBe(true);
});

it('a list allows its addresses and networks, and nobody else', () => {
  const allows = allowList(['10.0.4.0/24', '192.0.2.7', '198.51.100.77/31']);
  for (const address of ['10.0.4.0', '10.0.4.255', '192.0.2.7', '198.51.100.76'])
    expect(allows(address)).toBe(true);
  for (const address of ['10.0.5.0', '192.0.2.8', '198.51.100.78', '127.0.0.1', '', 'x'])
    expect(allows(address)).toBe(false);
});
