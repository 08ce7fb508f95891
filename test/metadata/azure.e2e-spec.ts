import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { AzureService, BeaconService, BeethovenModule, CoreServerService } from 'nestjs-beethoven';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AzurePlatform } from './azure-platform.js';
import { MetadataServer, type Reply } from './metadata-server.js';

vi.spyOn(Logger.prototype, 'log').mockImplementation(() => {});
vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});

let azure: AzurePlatform;
let server: MetadataServer;
let app: TestingModule | undefined;
let nextPort = 32_000 + (process.pid % 500);

beforeEach(async () => {
  azure = new AzurePlatform();
  server = await MetadataServer.start((question) => azure.answer('shop_4', question));
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  await server.stop();
});

/** Starts an application; gives the time that Nest took to make it (ms). */
async function start(endpoint = server.endpoint, useAzNet = true): Promise<number> {
  const module = BeethovenModule.forRoot({
    useAzNet,
    metadataEndpoint: endpoint,
    listenerPort: nextPort++,
    hwMon: false,
  });
  const began = performance.now();
  app = await Test.createTestingModule({ imports: [module] }).compile();
  await app.init();
  return performance.now() - began;
}
const service = (): AzureService => app?.get(AzureService) as AzureService;
const expectNoAzure = (): void => {
  const { state, subnet, region } = {
    state: service().state(),
    subnet: service().subnet(),
    region: service().region(),
  };
  expect([state, subnet, region]).toEqual(['no_azure', 'no_azure', 'no_azure']);
};

describe('a node in Azure', () => {
  it('knows its machine, its region and the subnet of its primary interface', async () => {
    await start();
    expect(service().state()).toEqual({
      vm: 'shop_4',
      region: 'westeurope',
      zone: '2',
      scaleSet: 'shop',
      spot: true,
      subnet: { address: '127.0.0.0', prefix: 29 },
    });
    expect(service().region()).toBe('westeurope');
  });

  it('listens and searches in that subnet, and shows its machine to the others', async () => {
    azure.subnet = { address: '127.44.0.16', prefix: '28' };
    await start();
    expect(app?.get(BeaconService).address).toBe('127.44.0.17');
    expect(app?.get(CoreServerService).self.labels).toEqual({ 'beethoven.machine': 'shop_4' });
  });

  it.each([410, 429, 500, 503])('asks again after a %i', async (status) => {
    server.faults.push({ status }, { status });
    await start();
    expect(service().region()).toBe('westeurope');
    expect(server.questions).toHaveLength(3);
  });
});

describe('a node that is not in Azure', () => {
  const google = { instance: { name: 'vm', zone: 'projects/1/zones/europe-west1-b' } };
  it.each<[string, Reply]>([
    ['another page', { body: '<!doctype html><title>Log in</title>' }],
    ["another cloud's JSON", { body: google }],
    ['JSON of another shape', { body: [null, 'compute'] }],
    ['a subnet that is none', { body: { compute: {}, network: { interface: [] } } }],
    ['nothing', { body: '' }],
    ['a redirect', { status: 302, headers: { location: 'https://login.example.org/' } }],
    ['that there is no such page', { status: 404 }],
    ['that the request is bad', { status: 400, body: 'x' }],
    ['bytes', { body: '\u0000\u0001\u0002' }],
  ])('takes %s for an answer from elsewhere', async (_what, reply) => {
    server.faults.push(reply);
    await start();
    expectNoAzure();
    expect(server.questions).toHaveLength(1);
  });

  it.each<[string, Reply]>([
    ['nobody answers', { after: 5_000 }],
    ['the answer drips', { body: 'x'.repeat(1_000), drip: 20 }],
  ])('waits half a second, and no longer, where %s', async (_what, reply) => {
    server.faults.push(reply);
    // The rest is Nest's own start, and whatever else this machine is busy with.
    expect(await start()).toBeLessThan(1_500);
    expectNoAzure();
  });

  it('gives up on a service that is busy for ever', async () => {
    for (let i = 0; i < 20; i++) server.faults.push({ status: 429 });
    await start();
    expectNoAzure();
    expect(server.questions.length).toBeLessThanOrEqual(6);
  });

  it('does not crash where nobody listens', async () => {
    await start('http://127.0.0.1:9');
    expectNoAzure();
  });
});

describe('without useAzNet', () => {
  it('nothing is asked', async () => {
    await start(server.endpoint, false);
    expectNoAzure();
    expect(server.questions).toEqual([]);
  });
});
