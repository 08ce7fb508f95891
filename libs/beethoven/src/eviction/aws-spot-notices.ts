import { distinctUntilChanged, filter, type Observable } from 'rxjs';
import * as v from 'valibot';
import type { MetadataAnswer } from '../network/metadata.js';
import type { Millis } from '../protocol/terms.js';
import type {
  EvictionNotice,
  EvictionNoticeSource,
  EvictionSurroundings,
} from './eviction-notice.js';
import { poll } from './poll.js';

const ANSWER: Millis = 2_000;
const TOKEN_PATH = '/latest/api/token';
const TOKEN_SECONDS = '21600';
const SPOT_PATH = '/latest/meta-data/spot/instance-action';
const REBALANCE_PATH = '/latest/meta-data/events/recommendations/rebalance';

const time = v.pipe(v.string(), v.maxLength(64), v.transform(Date.parse), v.number());
const json = v.pipe(v.string(), v.parseJson());
const spotAction = v.pipe(json, v.object({ action: v.pipe(v.string(), v.maxLength(64)), time }));
const recommendation = v.pipe(json, v.object({ noticeTime: time }));

export interface AwsSpotOptions {
  /**
   * Drains on a rebalance recommendation too. It may come long before the two minutes of an interruption, but is no more than a raised
   * risk, and may come for many machines at once: only where a replacement is started for each machine that drains.
   * @default false
   */
  readonly rebalance?: boolean | undefined;
}

/**
 * Interruption notices of EC2 spot instances: two minutes before the machine is stopped, hibernated or terminated. From the
 * instance metadata service, version 2, with its session token.
 *
 * @example
 * ```ts
 * BeethovenModule.forRoot({ evictionNotices: [new AwsSpotNotices()] });
 * ```
 */
export class AwsSpotNotices implements EvictionNoticeSource {
  readonly name = 'aws';

  constructor(private readonly options: AwsSpotOptions = {}) {}

  watch({ clock, ask }: EvictionSurroundings): Observable<EvictionNotice> {
    let token: string | undefined;
    const get = async (path: string, signal: AbortSignal): Promise<MetadataAnswer> => {
      if (token === undefined) {
        const headers = { 'X-aws-ec2-metadata-token-ttl-seconds': TOKEN_SECONDS };
        const to = { path: TOKEN_PATH, method: 'PUT', headers, timeout: ANSWER, signal } as const;
        const answer = await ask(to);
        if (!('status' in answer) || answer.status !== 200) return answer;
        token = answer.body;
      }
      const headers = { 'X-aws-ec2-metadata-token': token };
      const answer = await ask({ path, headers, timeout: ANSWER, signal });
      if ('status' in answer && answer.status === 401) token = undefined; // it has expired
      return answer;
    };
    return poll(clock, async (signal) => {
      const spot = spotNotice(await get(SPOT_PATH, signal));
      if (spot !== 'nothing' || this.options.rebalance !== true) return spot;
      return rebalanceNotice(await get(REBALANCE_PATH, signal));
    }).pipe(
      filter((seen) => seen !== 'nothing'),
      distinctUntilChanged((a, b) => a.event === b.event && a.notBefore === b.notBefore),
    );
  }
}

/** `undefined` where the answer makes no sense. There is no such page for as long as there is nothing to say. */
function spotNotice(answer: MetadataAnswer): EvictionNotice | 'nothing' | undefined {
  if (!('status' in answer) || answer.status !== 200) return withoutPage(answer);
  const { success, output } = v.safeParse(spotAction, answer.body);
  return success ? { source: 'aws', event: output.action, notBefore: output.time } : undefined;
}

function rebalanceNotice(answer: MetadataAnswer): EvictionNotice | 'nothing' | undefined {
  if (!('status' in answer) || answer.status !== 200) return withoutPage(answer);
  const isAdvice = v.safeParse(recommendation, answer.body).success;
  return isAdvice ? { source: 'aws', event: 'rebalance' } : undefined;
}

function withoutPage(answer: MetadataAnswer): 'nothing' | undefined {
  return 'status' in answer && answer.status === 404 ? 'nothing' : undefined;
}
