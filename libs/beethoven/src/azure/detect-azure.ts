import { pause, type Clock } from '../network/clock.js';
import type { MetadataAnswer, MetadataRequest } from '../network/metadata.js';
import type { Millis } from '../protocol/terms.js';
import { parseInstance, type AzureInstance } from './azure-instance.js';

/** The start of a node is held up this long at most, whatever the network answers. */
export const DETECTION_TIME: Millis = 500;

/** The pause before a question is repeated that Azure was too busy to answer. */
const PAUSE: Millis = 100;

const REQUEST = {
  path: '/metadata/instance?api-version=2021-02-01',
  headers: { Metadata: 'true' },
} as const;

/** What a machine learned when it asked whether it is one of Azure's. */
export type Detection =
  | { readonly azure: AzureInstance }
  /** `why`, for a log line. */
  | { readonly azure: 'no_azure'; readonly why: string };

/** Asks the instance metadata service where this machine is. Never rejects, and takes {@link DETECTION_TIME} at most. */
export async function detectAzure(
  ask: (request: MetadataRequest) => Promise<MetadataAnswer>,
  clock: Clock,
): Promise<Detection> {
  const end = clock.now() + DETECTION_TIME;
  for (;;) {
    const answer = await ask({ ...REQUEST, timeout: end - clock.now() });
    if ('failed' in answer) return { azure: 'no_azure', why: answer.failed };
    const { status, body } = answer;
    if (status === 200) {
      const azure = parseInstance(body);
      return azure === undefined
        ? { azure: 'no_azure', why: 'what answers is not Azure' }
        : { azure };
    }
    if (!isPassing(status) || clock.now() + PAUSE >= end)
      return { azure: 'no_azure', why: `status ${status}` };
    await pause(clock, PAUSE);
  }
}

/**
 * Whether the service asks to be asked again: 410 while it is being updated, 429 beyond its rate limit (5 a second for a machine), and its own
 * failures. Source: Azure's documentation of the instance metadata service.
 */
export function isPassing(status: number): boolean {
  return status === 410 || status === 429 || status >= 500;
}
