import * as v from 'valibot';
import type { BeethovenOptions, ResolvedOptions } from './beethoven.options.js';
import { BeethovenConfigError, type ConfigFault } from './errors/beethoven-config.error.js';
import type { EvictionNoticeSource } from './eviction/eviction-notice.js';
import { METADATA_ENDPOINT } from './network/metadata.js';
import type { DiscoverySource } from './locator/discovery-source.js';
import { parseIpv4 } from './protocol/ipv4.js';
import { parseSeed } from './protocol/locator/seed.js';

// Lengths are in characters; a node id travels in every hello, so its parts are kept short.
// Control characters and line separators would let one node write lines into another's log.
const PRINTABLE = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u;
const text = (wanted: string, max: number) =>
  v.pipe(
    v.string(wanted),
    v.minLength(1, wanted),
    v.maxLength(max, wanted),
    v.regex(PRINTABLE, wanted),
  );
const integer = (wanted: string, min: number, max: number) =>
  v.pipe(v.number(wanted), v.integer(wanted), v.minValue(min, wanted), v.maxValue(max, wanted));
const ipv4 = (wanted: string) =>
  v.pipe(
    v.string(wanted),
    v.check((address) => parseIpv4(address) !== undefined, wanted),
  );

const MASK = 'a prefix length from 8 to 32';
const BACKOFF = 'two whole numbers of milliseconds from 0 to 60000, the smaller first';
const ROLE =
  '{ name, role: a class with onRoleStart(), instances: at least 1, args? } with a name no other entry has';
const SEED = 'host:port with a port from 1 to 65535, or a host name or IPv4 address alone';
const ENDPOINT = 'an http: URL without a path, such as http://169.254.169.254';
const DISCOVERY =
  "a list of 'last-seen', 'seeds', 'multicast-dns', 'range' and { name, addresses() }";
const SERVER = 'an IPv4 address, or address:port';
const NOTICES = 'a list of { name, watch() }';
const SECRET = 'a text of 1 to 1024 characters, or a list of 1 to 8 different ones';
const TLS = '{ key, cert, ca } in PEM, as text or bytes';
const ALLOW =
  'a list of 1 to 256 IPv4 addresses, and networks with a prefix length from 0 to 32, such as 10.0.0.0/8';
const LABELS = 'at most 32 keys with string values, each at most 256 printable characters';

const role = v.strictObject(
  {
    name: text(ROLE, 128),
    role: v.custom<ResolvedOptions['roles'][number]['role']>(
      (value) =>
        typeof value === 'function' &&
        typeof (value.prototype as Record<string, unknown> | undefined)?.['onRoleStart'] ===
          'function',
      ROLE,
    ),
    args: v.optional(v.unknown()),
    instances: integer(ROLE, 1, 10_000),
  },
  ROLE,
);

const failureDetection = v.strictObject({
  probeInterval: v.optional(
    integer('milliseconds, a whole number from 50 to 60000', 50, 60_000),
    250,
  ),
  probeTimeout: v.optional(
    integer('milliseconds, a whole number from 10 up to probeInterval', 10, 60_000),
  ),
  indirectProbes: v.optional(integer('a whole number from 0 to 10', 0, 10), 3),
  suspicionMultiplier: v.optional(integer('a whole number from 1 to 20', 1, 20), 2),
  heartbeat: v.optional(v.picklist(['worker', 'main'], "'worker' or 'main'"), 'worker'),
  stallTimeout: v.optional(
    integer('milliseconds, a whole number from 1000 to 3600000', 1_000, 3_600_000),
    10_000,
  ),
});

const oneSecret = v.pipe(v.string(SECRET), v.minLength(1, SECRET), v.maxLength(1_024, SECRET));

const pem = v.union([v.pipe(v.string(TLS), v.minLength(1, TLS)), v.instance(Uint8Array, TLS)], TLS);

const SPLIT_BRAIN =
  "{ strategy: 'keep-all' }, { strategy: 'keep-majority' }, or { strategy: 'static-quorum', quorumSize: a whole number from 1 to 10000 }";

const splitBrain = v.variant(
  'strategy',
  [
    v.strictObject({ strategy: v.picklist(['keep-all', 'keep-majority']) }),
    v.strictObject({
      strategy: v.literal('static-quorum'),
      quorumSize: integer('a whole number from 1 to 10000', 1, 10_000),
    }),
  ],
  SPLIT_BRAIN,
);

const schema = v.strictObject({
  clusterName: v.optional(text('a name of 1 to 128 printable characters', 128), 'beethoven'),
  nodeName: v.optional(text('a name of 1 to 128 printable characters', 128)),
  clusterNet: v.optional(ipv4('an IPv4 network such as 10.0.4.0'), '127.0.0.0'),
  clusterNetMask: v.optional(
    v.pipe(
      v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,2}$/), v.transform(Number))], MASK),
      v.integer(MASK),
      v.minValue(8, MASK),
      v.maxValue(32, MASK),
    ),
    29,
  ),
  listenerAddress: v.optional(ipv4('an IPv4 address of this machine')),
  listenerPort: v.optional(integer('a port from 1 to 65535', 1, 65_535), 33_000),
  commonRandomBackoff: v.optional(
    v.pipe(
      v.tuple([integer(BACKOFF, 0, 60_000), integer(BACKOFF, 0, 60_000)], BACKOFF),
      v.check(([min, max]) => min <= max, BACKOFF),
    ),
    [150, 300],
  ),
  seekAttempts: v.optional(integer('a whole number from 1 to 100', 1, 100), 3),
  seeds: v.optional(
    v.array(
      v.pipe(
        v.string(SEED),
        v.check((seed) => parseSeed(seed, 1) !== undefined, SEED),
      ),
      'a list of seeds',
    ),
    [],
  ),
  discovery: v.optional(
    v.array(
      v.union(
        [
          v.picklist(['last-seen', 'seeds', 'multicast-dns', 'range'], DISCOVERY),
          v.custom<DiscoverySource>(isSource, DISCOVERY),
        ],
        DISCOVERY,
      ),
      DISCOVERY,
    ),
    ['last-seen', 'seeds', 'range'],
  ),
  nameServers: v.optional(
    v.array(
      v.pipe(
        v.string(SERVER),
        v.check((server) => isNameServer(server), SERVER),
      ),
      'a list of name servers',
    ),
    [],
  ),
  dataDir: v.optional(text('the path of a directory', 4_096)),
  useAzNet: v.optional(v.boolean('true or false'), false),
  metadataEndpoint: v.optional(
    v.pipe(v.string(ENDPOINT), v.check(isEndpoint, ENDPOINT)),
    METADATA_ENDPOINT,
  ),
  evictionNotices: v.optional(
    v.array(
      v.custom<EvictionNoticeSource>(
        (value) => typeof (value as Partial<EvictionNoticeSource> | null)?.watch === 'function',
        NOTICES,
      ),
      NOTICES,
    ),
    [],
  ),
  roles: v.optional(
    v.pipe(
      v.array(role, 'a list of roles'),
      v.check((roles) => new Set(roles.map(({ name }) => name)).size === roles.length, ROLE),
    ),
    [],
  ),
  failureDetection: v.optional(
    v.pipe(
      failureDetection,
      v.forward(
        v.check(
          ({ probeTimeout = 0, probeInterval }) => probeTimeout <= probeInterval,
          'milliseconds, a whole number from 10 up to probeInterval',
        ),
        ['probeTimeout'],
      ),
      v.transform(({ probeTimeout, ...rest }) => ({
        ...rest,
        probeTimeout: probeTimeout ?? Math.min(150, rest.probeInterval),
      })),
    ),
    {},
  ),
  hwMon: v.optional(
    v.union(
      [
        v.literal(false),
        v.strictObject({
          interval: v.optional(
            integer('milliseconds, a whole number from 100 to 3600000', 100, 3_600_000),
            1_000,
          ),
        }),
      ],
      'false, or { interval: milliseconds from 100 to 3600000 }',
    ),
    {},
  ),
  splitBrain: v.optional(splitBrain, { strategy: 'keep-all' }),
  labels: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(LABELS), v.maxLength(256, LABELS), v.regex(PRINTABLE, LABELS)),
        v.pipe(v.string(LABELS), v.maxLength(256, LABELS), v.regex(PRINTABLE, LABELS)),
        LABELS,
      ),
      v.check((labels) => Object.keys(labels).length <= 32, LABELS),
    ),
    {},
  ),
  secret: v.optional(
    v.union(
      [
        oneSecret,
        v.pipe(
          v.array(oneSecret, SECRET),
          v.minLength(1, SECRET),
          v.maxLength(8, SECRET),
          v.check((secrets) => new Set(secrets).size === secrets.length, SECRET),
        ),
      ],
      SECRET,
    ),
  ),
  tls: v.optional(
    v.strictObject({ key: pem, cert: pem, ca: v.union([pem, v.array(pem, TLS)], TLS) }, TLS),
  ),
  allow: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(ALLOW), v.check(isNetwork, ALLOW)), ALLOW),
      v.minLength(1, ALLOW),
      v.maxLength(256, ALLOW),
    ),
  ),
  insecure: v.optional(v.boolean('true or false'), false),
});

/**
 * Fills in the defaults.
 *
 * @throws {@link BeethovenConfigError} naming every bad key at once.
 */
export function resolveOptions(options: BeethovenOptions, defaultName: string): ResolvedOptions {
  const result = v.safeParse(schema, options);
  if (!result.success) throw new BeethovenConfigError(result.issues.map(faultOf));
  const {
    nodeName = defaultName,
    listenerAddress,
    dataDir,
    tls,
    allow = [],
    ...rest
  } = result.output;
  const secret = typeof rest.secret === 'string' ? [rest.secret] : (rest.secret ?? []);
  return { ...rest, nodeName, listenerAddress, dataDir, secret, tls, allow };
}

function isSource(value: unknown): boolean {
  const { name, addresses } = (value ?? {}) as Partial<DiscoverySource>;
  return typeof name === 'string' && typeof addresses === 'function';
}

function isNetwork(cidr: string): boolean {
  const [address = '', prefix, ...rest] = cidr.split('/');
  const isPrefix = prefix === undefined || (/^\d{1,2}$/.test(prefix) && Number(prefix) <= 32);
  return parseIpv4(address) !== undefined && isPrefix && rest.length === 0;
}

function isNameServer(server: string): boolean {
  return parseIpv4(server.split(':')[0] ?? '') !== undefined && parseSeed(server, 53) !== undefined;
}

function isEndpoint(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, pathname, search, hash } = new URL(url);
  return protocol === 'http:' && username === '' && pathname + search + hash === '/';
}

/** Options whose values are in no message. */
const PRIVATE: ReadonlySet<string> = new Set(['secret', 'tls']);

function faultOf(issue: v.BaseIssue<unknown>): ConfigFault {
  const key = v.getDotPath(issue) ?? 'options';
  // An unknown key may hold a secret under a misspelt name: its value is not repeated.
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return { key, got: 'a value', wanted: 'no such option: remove it, or correct its name' };
  }
  const isPrivate = PRIVATE.has(key.split('.', 1)[0] ?? '');
  return { key, got: isPrivate ? 'something else' : shortened(issue.input), wanted: issue.message };
}

function shortened(value: unknown): string {
  const shown =
    typeof value === 'function' ? `class ${value.name}` : (JSON.stringify(value) ?? String(value));
  return shown.length <= 60 ? shown : `${shown.slice(0, 59)}…`;
}
