import { expect, it } from 'vitest';
import { localAddresses } from './dormant-addresses.js';

it('the addresses of an interface without carrier are read from the table of the kernel', () => {
  const table = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.77.0.0/28 2 0 2
        |-- 10.77.0.0
           /28 link UNICAST
        |-- 10.77.0.1
           /32 host LOCAL
        |-- 10.77.0.15
           /32 link BROADCAST
Local:
  +-- 127.0.0.0/8 2 0 2
     |-- 127.0.0.0
        /8 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
  |-- 10.77.0.1
     /32 host LOCAL
`;
  expect(localAddresses(table)).toEqual(['10.77.0.1', '127.0.0.1']);
  expect(localAddresses('')).toEqual([]);
});
