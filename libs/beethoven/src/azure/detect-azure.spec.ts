import { describe, expect, it } from 'vitest';
import type { MetadataAnswer, MetadataRequest } from '../network/metadata.js';
import { Timeline } from '../testing/timeline.js';
import { DETECTION_TIME, detectAzure, type Detection } from './detect-azure.js';

const ok = (body: unknown): MetadataAnswer => ({
  status: 200,
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

function instance(address = '10.0.4.7', prefix = '24') {
  return {
    compute: { name: 'vm', location: 'westeurope', unknown: 1 },
    network: { interface: [{ ipv4: { subnet: [{ address, prefix }] } }] },
  };
}

async function detect(
  answer: (request: MetadataRequest) => MetadataAnswer,
  takes = 1,
): Promise<{ found: Detection | undefined; took: number; questions: number }> {
  const timeline = new Timeline();
  const begin = timeline.now;
  let found: Detection | undefined;
  let questions = 0;
  const ask = async (request: MetadataRequest): Promise<MetadataAnswer> => {
    questions++;
    const late = takes >= request.timeout;
    await new Promise<void>(
      (resolve) => void timeline.schedule(Math.min(takes, request.timeout), resolve),
    );
    return late ? { failed: 'timeout' } : answer(request);
  };
  void detectAzure(ask, timeline.clock()).then((result) => (found = result));
  await timeline.until(() => found !== undefined, 60_000);
  return { found, took: timeline.now - begin, questions };
}

describe('the question whether this is Azure', () => {
  it('carries the header without which Azure does not answer', async () => {
    let headers: unknown;
    await detect((request) => {
      headers = request.headers;
      return ok(instance());
    });
    expect(headers).toEqual({ Metadata: 'true' });
  });

  it('is answered with the subnet, whatever else the document says', async () => {
    const { found } = await detect(() => ok(instance()));
    expect(found?.azure).toMatchObject({ vm: 'vm', subnet: { address: '10.0.4.7', prefix: 24 } });
  });

  it.each([
    ['10.0.4.256', '24'],
    ['10.0.4.0', '7'],
    ['10.0.4.0', '33'],
    ['fd00::', '64'],
    ['', ''],
  ])('does not take %s/%s for a subnet', async (address, prefix) => {
    expect((await detect(() => ok(instance(address, prefix)))).found?.azure).toBe('no_azure');
  });

  it('takes half a second at most, however slow and busy the service is', async () => {
    for (const takes of [1, 90, 240, 450, 5_000]) {
      const { found, took } = await detect(() => ({ status: 500, headers: {}, body: '' }), takes);
      expect(found?.azure).toBe('no_azure');
      expect(took).toBeLessThanOrEqual(DETECTION_TIME);
    }
  });

  it('is not repeated where nobody listens', async () => {
    const { questions } = await detect(() => ({ failed: 'unreachable' }));
    expect(questions).toBe(1);
  });
});
