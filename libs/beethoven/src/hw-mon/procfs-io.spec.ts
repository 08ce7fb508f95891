import { describe, expect, it } from 'vitest';
import { parseDiskstats, parseNetDev, procfsIo } from './procfs-io.js';

/** A line of /proc/diskstats with so many sectors read and written. */
const disk = (name: string, read: number, written: number): string =>
  ` 254       0 ${name} 10 0 ${read} 5 20 0 ${written} 7 0 0 0 0 0 0 0 0 0\n`;

describe('/proc/diskstats', () => {
  it('counts in sectors of 512 bytes, over all disks', () => {
    expect(parseDiskstats(disk('vda', 2, 4) + disk('nvme0n1', 1, 0))).toEqual({
      read: 1_536,
      written: 2_048,
    });
  });

  it('counts a partition with its disk and not once more', () => {
    const text =
      disk('sda', 10, 0) +
      disk('sda1', 10, 0) +
      disk('nvme0n1', 10, 0) +
      disk('nvme0n1p2', 10, 0) +
      disk('mmcblk0', 10, 0) +
      disk('mmcblk0p1', 10, 0);
    expect(parseDiskstats(text)?.read).toBe(30 * 512);
  });

  it('counts a partition whose disk is not listed, as some hypervisors show them', () => {
    expect(parseDiskstats(disk('xvda1', 1, 1))?.read).toBe(512);
  });

  it('leaves out what is made of other disks or of memory', () => {
    const text = ['loop0', 'ram3', 'zram0', 'dm-1', 'md127', 'sr0', 'nvme0c0n1']
      .map((name) => disk(name, 5, 5))
      .join('');
    expect(parseDiskstats(text)).toEqual({ read: 0, written: 0 });
  });

  it.each(['', 'nonsense\n', ' 8 0 sda\n'])('says nothing where it lists nothing: %j', (text) => {
    expect(parseDiskstats(text)).toBeUndefined();
  });
});

const HEADER = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;
const wire = (name: string, received: number, sent: number): string =>
  `${name.padStart(6)}: ${received} 6047 0 0 0 0 0 0 ${sent} 3513 0 0 0 0 0 0\n`;

describe('/proc/net/dev', () => {
  it('is summed over the interfaces, loopback excluded', () => {
    const text = HEADER + wire('lo', 9, 9) + wire('eth0', 100, 20) + wire('enp3s0', 1, 2);
    expect(parseNetDev(text)).toEqual({ received: 101, sent: 22 });
  });

  it('leaves out interfaces whose traffic another one carries as well', () => {
    const text = ['docker0', 'br-12ab', 'br0', 'veth12', 'bond0', 'eth0.100', 'wg0', 'ifb1']
      .map((name) => wire(name, 5, 5))
      .join('');
    expect(parseNetDev(HEADER + text + wire('eth0', 1, 2))).toEqual({ received: 1, sent: 2 });
  });

  it('is read where no blank follows the name', () => {
    expect(parseNetDev('  eth0:7 0 0 0 0 0 0 0 8 0 0 0 0 0 0 0\n')).toEqual({
      received: 7,
      sent: 8,
    });
  });

  it.each(['', HEADER, 'eth0: 1 2 3\n'])('says nothing where it lists nothing: %j', (text) => {
    expect(parseNetDev(text)).toBeUndefined();
  });
});

it.runIf(process.platform === 'linux')('this machine tells its counters', async () => {
  const { disk: disks, net } = await procfsIo.read();
  for (const bytes of [disks?.read, disks?.written, net?.received, net?.sent])
    expect(bytes ?? 0).toBeGreaterThanOrEqual(0);
  expect(disks ?? net).toBeDefined();
});
