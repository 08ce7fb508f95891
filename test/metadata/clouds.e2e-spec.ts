import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  AwsSpotNotices,
  BeethovenModule,
  BeethovenService,
  GooglePreemptionNotices,
  type DrainReason,
  type EvictionNoticeSource,
} from 'nestjs-beethoven';
import { firstValueFrom } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AwsPlatform } from './aws-platform.js';
import { GooglePlatform } from './google-platform.js';
import { MetadataServer, type Question, type Reply } from './metadata-server.js';

vi.spyOn(Logger.prototype, 'log').mockImplementation(() => {});

let server: MetadataServer | undefined;
let app: TestingModule | undefined;
let nextPort = 31_000 + (process.pid % 500);

afterEach(async () => {
  await app?.close();
  await server?.stop();
});

/** Starts a node on a machine of this cloud. */
async function start(
  cloud: { answer: (question: Question) => Reply },
  source: EvictionNoticeSource,
): Promise<MetadataServer> {
  server = await MetadataServer.start((question) => cloud.answer(question));
  const module = BeethovenModule.forRoot({
    evictionNotices: [source],
    metadataEndpoint: server.endpoint,
    listenerPort: nextPort++,
    hwMon: false,
  });
  app = await Test.createTestingModule({ imports: [module] }).compile();
  await app.init();
  await service().untilReady(30_000);
  return server;
}
const service = (): BeethovenService => app?.get(BeethovenService) as BeethovenService;

/** Why the node drains, once it does. */
const drained = (): Promise<DrainReason> => firstValueFrom(service().drained$);

/** Resolves when the cloud has been asked so many times more. */
async function asked(times: number): Promise<void> {
  const wanted = (server?.questions.length ?? 0) + times;
  while ((server?.questions.length ?? 0) < wanted)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

const in2Minutes = (): string => new Date(Date.now() + 120_000).toISOString();

describe('a spot instance of AWS', { timeout: 60_000 }, () => {
  it('is calm while there is no page about its end, and drains when there is', async () => {
    const aws = new AwsPlatform();
    await start(aws, new AwsSpotNotices());
    await asked(3);
    expect(service().isReady()).toBe(true);
    const time = in2Minutes();
    aws.spotAction = { action: 'terminate', time };
    expect(await drained()).toMatchObject({
      cause: 'eviction',
      notice: { source: 'aws', event: 'terminate', notBefore: Date.parse(time) },
    });
    expect(service().isReady()).toBe(false);
  });

  it('gets itself a new token when the old one is over', async () => {
    const aws = new AwsPlatform();
    const { questions } = await start(aws, new AwsSpotNotices());
    await asked(2);
    aws.expireTokens();
    aws.spotAction = { action: 'stop', time: in2Minutes() };
    expect(await drained()).toMatchObject({ notice: { event: 'stop' } });
    expect(questions.filter(({ method }) => method === 'PUT')).toHaveLength(2);
  });

  it('leaves a recommendation alone, unless it was told to heed it', async () => {
    const aws = new AwsPlatform();
    aws.rebalance = { noticeTime: new Date().toISOString() };
    await start(aws, new AwsSpotNotices());
    await asked(3);
    expect(service().isReady()).toBe(true);
    await app?.close();
    await server?.stop();
    await start(aws, new AwsSpotNotices({ rebalance: true }));
    expect(await drained()).toMatchObject({ notice: { source: 'aws', event: 'rebalance' } });
  });
});

describe('a machine of Google', { timeout: 60_000 }, () => {
  it('drains when it is preempted', async () => {
    const google = new GooglePlatform();
    await start(google, new GooglePreemptionNotices());
    google.preempted = 'TRUE';
    expect(await drained()).toMatchObject({ notice: { source: 'google', event: 'preempted' } });
  });

  it('drains when it is stopped for maintenance, and not when it is moved', async () => {
    const google = new GooglePlatform();
    google.maintenance = 'MIGRATE_ON_HOST_MAINTENANCE';
    await start(google, new GooglePreemptionNotices());
    await asked(4);
    expect(service().isReady()).toBe(true);
    google.maintenance = 'TERMINATE_ON_HOST_MAINTENANCE';
    expect(await drained()).toMatchObject({ notice: { event: 'maintenance' } });
  });

  it('does not believe an answer that is not signed as one of Google', async () => {
    const impostor = { answer: () => ({ body: 'TRUE' }) };
    await start(impostor, new GooglePreemptionNotices());
    await asked(2);
    expect(service().isReady()).toBe(true);
  });
});
