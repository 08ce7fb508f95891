import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from './beethoven.options.schema.js';
import type { BeethovenOptions } from './beethoven.options.js';
import { BeethovenConfigError } from './errors/beethoven-config.error.js';

class Mail {
  onRoleStart(): void {}
}

const faultsOf = (options: unknown) => {
  try {
    resolveOptions(options as BeethovenOptions, 'host-1');
  } catch (error) {
    if (error instanceof BeethovenConfigError) return error.faults;
    throw error;
  }
  return [];
};

describe('the options', () => {
  it('all have defaults', () => {
    expect(resolveOptions({}, 'host-1')).toEqual({
      clusterName: 'beethoven',
      nodeName: 'host-1',
      clusterNet: '127.0.0.0',
      clusterNetMask: 29,
      listenerAddress: undefined,
      listenerPort: 33_000,
      commonRandomBackoff: [150, 300],
      seekAttempts: 3,
      seeds: [],
      discovery: ['last-seen', 'seeds', 'range'],
      nameServers: [],
      dataDir: undefined,
      useAzNet: false,
      metadataEndpoint: 'http://169.254.169.254',
      evictionNotices: [],
      roles: [],
      failureDetection: {
        probeInterval: 250,
        probeTimeout: 150,
        indirectProbes: 3,
        suspicionMultiplier: 2,
        heartbeat: 'worker',
        stallTimeout: 10_000,
      },
      splitBrain: { strategy: 'keep-all' },
      hwMon: { interval: 1_000 },
      labels: {},
      secret: [],
      tls: undefined,
      allow: [],
      insecure: false,
    });
  });

  it('take the mask as text, as the original did', () => {
    expect(resolveOptions({ clusterNetMask: '24' }, 'n').clusterNetMask).toBe(24);
  });

  it('take one secret, or several', () => {
    expect(resolveOptions({ secret: 'one' }, 'n').secret).toEqual(['one']);
    expect(resolveOptions({ secret: ['new', 'old'] }, 'n').secret).toEqual(['new', 'old']);
  });

  it('take addresses and networks that may connect, and nothing else', () => {
    const allow = ['10.0.0.0/8', '192.0.2.7', '0.0.0.0/0'];
    expect(resolveOptions({ allow }, 'n').allow).toEqual(allow);
    const faulty = ['10.0.0.0/33', '10.0.0.0/', '10.0.0/8', '10.0.0.0/8/8', '::1', 'host', ''];
    for (const entry of faulty) expect(faultsOf({ allow: [entry] })[0]?.key).toBe('allow.0');
    expect(faultsOf({ allow: [] })[0]?.key).toBe('allow');
  });

  it('refuse secrets and certificates that are none, and never repeat what was given', () => {
    const many = Array.from({ length: 9 }, (_, i) => `hush-${i}`);
    for (const secret of ['', ' '.repeat(1_025), [], many, ['hush', 'hush'], ['hush', ''], 7]) {
      expect(faultsOf({ secret })[0]?.key).toMatch(/^secret/);
      expect(JSON.stringify(faultsOf({ secret }))).not.toContain('hush');
    }
    for (const tls of ['hush', { key: 'hush' }, { key: 'hush', cert: 'hush', ca: '' }]) {
      expect(faultsOf({ tls })[0]?.key).toMatch(/^tls/);
      expect(JSON.stringify(faultsOf({ tls }))).not.toContain('hush');
    }
  });

  it('take an undefined value, as from a missing environment variable, for the default', () => {
    expect(resolveOptions({ clusterName: undefined }, 'n').clusterName).toBe('beethoven');
  });

  it('that are wrong are all named in one error, with what they got and wanted', () => {
    const faults = faultsOf({
      clusterNetMask: 33,
      listenerPort: '33000',
      failureDetection: { indirectProbes: 99 },
      roles: [{ name: 'mail', role: class {}, instances: 0 }],
    });
    expect(faults.map(({ key }) => key)).toEqual([
      'clusterNetMask',
      'listenerPort',
      'roles.0.role',
      'roles.0.instances',
      'failureDetection.indirectProbes',
    ]);
    expect(faults[1]).toEqual({
      key: 'listenerPort',
      got: '"33000"',
      wanted: 'a port from 1 to 65535',
    });
    expect(new BeethovenConfigError(faults).message).toContain(
      'clusterNetMask: got 33, wanted a prefix length from 8 to 32',
    );
  });

  it('that nobody knows are refused, and their values not repeated', () => {
    const [fault] = faultsOf({ secert: 'hunter2' });
    expect(fault).toMatchObject({ key: 'secert', got: 'a value' });
  });

  it('keep the probe within a shorter interval', () => {
    const { failureDetection } = resolveOptions({ failureDetection: { probeInterval: 100 } }, 'n');
    expect(failureDetection.probeTimeout).toBe(100);
  });

  it('refuse a probe that may take longer than its interval', () => {
    const [fault] = faultsOf({ failureDetection: { probeInterval: 100, probeTimeout: 200 } });
    expect(fault?.key).toBe('failureDetection.probeTimeout');
  });

  it('refuse two roles of one name', () => {
    const mail = { name: 'mail', role: Mail, instances: 1 };
    expect(faultsOf({ roles: [mail, mail] })).toHaveLength(1);
    expect(faultsOf({ roles: [mail] })).toEqual([]);
  });

  it.each([
    { seeds: [1] },
    { seeds: ['host:99999'] },
    { seeds: ['a b'] },
    { seeds: ['10.0.4.256'] },
    { seeds: ['a..b'] },
    { commonRandomBackoff: [300, 150] },
    { hwMon: { interval: 1 } },
    { hwMon: true },
    { splitBrain: 'static-quorum' },
    { splitBrain: { strategy: 'keep-oldest' } },
    { splitBrain: { strategy: 'static-quorum' } },
    { splitBrain: { strategy: 'static-quorum', quorumSize: 0 } },
    { splitBrain: { strategy: 'keep-all', quorumSize: 2 } },
    { labels: { zone: 1 } },
    { clusterNet: '10.0.0' },
    { nodeName: '' },
    { nodeName: 'two\nlines' },
    { labels: { zone: 'a\u2028b' } },
  ])('refuse %j', (options) => {
    expect(faultsOf(options)).toHaveLength(1);
  });

  it('never end in anything but options or a BeethovenConfigError', () => {
    fc.assert(fc.property(fc.object(), (options) => void faultsOf(options)));
  });
});
