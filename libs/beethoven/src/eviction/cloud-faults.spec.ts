import { describe, expect, it } from 'vitest';
import { AwsPlatform } from '../../../../test/metadata/aws-platform.js';
import { GooglePlatform } from '../../../../test/metadata/google-platform.js';
import type { Question, Reply } from '../../../../test/metadata/metadata-server.js';
import type { MetadataAnswer, MetadataRequest } from '../network/metadata.js';
import { Timeline } from '../testing/timeline.js';
import { AwsSpotNotices } from './aws-spot-notices.js';
import type { EvictionNotice, EvictionNoticeSource } from './eviction-notice.js';
import { GooglePreemptionNotices } from './google-preemption-notices.js';

/** A source and its cloud, in virtual time. */
class World {
  readonly timeline = new Timeline();
  readonly notices: EvictionNotice[] = [];
  /** Given once each, instead of what the cloud says. */
  faults: MetadataAnswer[] = [];
  asked = 0;

  constructor(
    private readonly cloud: { answer: (question: Question) => Reply },
    source: EvictionNoticeSource,
  ) {
    const ask = async (request: MetadataRequest) => {
      this.asked++;
      return this.faults.shift() ?? this.#answer(request);
    };
    source
      .watch({ clock: this.timeline.clock(), ask })
      .subscribe((notice) => this.notices.push(notice));
  }

  #answer({
    method = 'GET',
    path,
    headers = {},
    body: sent = '',
  }: MetadataRequest): MetadataAnswer {
    const lower = (names: object) =>
      Object.fromEntries(Object.entries(names).map(([name, text]) => [name.toLowerCase(), text]));
    const query = new URLSearchParams();
    const reply = this.cloud.answer({ method, path, query, headers: lower(headers), body: sent });
    const { status = 200, headers: given = {}, body = '' } = reply;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return { status, headers: lower(given), body: text };
  }
}

const page = (status: number, body = ''): MetadataAnswer => ({ status, headers: {}, body });

const nonsense: [string, MetadataAnswer][] = [
  ['400', page(400)],
  ['401', page(401)],
  ['410', page(410)],
  ['429', page(429)],
  ['500', page(500)],
  ['a redirect', page(301)],
  ['a page', page(200, '<html>')],
  ['JSON of another shape', page(200, '{"action":1}')],
  ['a time that is none', page(200, '{"action":"terminate","time":"soon"}')],
  ['nobody', { failed: 'unreachable' }],
  ['silence', { failed: 'timeout' }],
];

describe('a notice of AWS', () => {
  it.each(nonsense)('is not made of %s, and comes when AWS is well again', async (_what, fault) => {
    const aws = new AwsPlatform();
    const world = new World(aws, new AwsSpotNotices({ rebalance: true }));
    await world.timeline.advance(100);
    world.faults = [fault, fault, fault];
    await world.timeline.advance(20_000);
    expect(world.notices).toEqual([]);
    aws.spotAction = { action: 'terminate', time: '2026-01-01T00:02:00Z' };
    await world.timeline.advance(5_000);
    expect(world.notices).toEqual([
      { source: 'aws', event: 'terminate', notBefore: Date.UTC(2026, 0, 1, 0, 2) },
    ]);
  });

  it('is given once, for as long as it says the same', async () => {
    const aws = new AwsPlatform();
    const world = new World(aws, new AwsSpotNotices());
    aws.spotAction = { action: 'stop', time: '2026-01-01T00:02:00Z' };
    await world.timeline.advance(60_000);
    expect(world.notices).toHaveLength(1);
  });

  it('costs one request a second', async () => {
    const world = new World(new AwsPlatform(), new AwsSpotNotices());
    await world.timeline.advance(59_500);
    expect(world.asked).toBe(61); // and one for the token
  });
});

describe('a notice of Google', () => {
  it.each(nonsense)(
    'is not made of %s, and comes when Google is well again',
    async (_what, fault) => {
      const google = new GooglePlatform();
      const world = new World(google, new GooglePreemptionNotices());
      await world.timeline.advance(100);
      world.faults = [fault, fault, fault];
      await world.timeline.advance(20_000);
      expect(world.notices).toEqual([]);
      google.preempted = 'TRUE';
      await world.timeline.advance(5_000);
      expect(world.notices).toEqual([{ source: 'google', event: 'preempted' }]);
    },
  );
});
