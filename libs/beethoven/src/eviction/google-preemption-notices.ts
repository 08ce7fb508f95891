import { distinctUntilChanged, filter, type Observable } from 'rxjs';
import type { Millis } from '../protocol/terms.js';
import type {
  EvictionNotice,
  EvictionNoticeSource,
  EvictionSurroundings,
} from './eviction-notice.js';
import { poll } from './poll.js';

const ANSWER: Millis = 2_000;
const FLAVOR = { 'Metadata-Flavor': 'Google' };
const PREEMPTED_PATH = '/computeMetadata/v1/instance/preempted';
const MAINTENANCE_PATH = '/computeMetadata/v1/instance/maintenance-event';

/**
 * Notices of Google Compute Engine: a spot machine is preempted in 30 seconds, or one that cannot be moved is stopped for maintenance, in 60.
 * A live migration is none: it is over in less time than a failure takes to be noticed.
 *
 * @example
 * ```ts
 * BeethovenModule.forRoot({ evictionNotices: [new GooglePreemptionNotices()] });
 * ```
 */
export class GooglePreemptionNotices implements EvictionNoticeSource {
  readonly name = 'google';

  watch({ clock, ask }: EvictionSurroundings): Observable<EvictionNotice> {
    const get = async (path: string, signal: AbortSignal): Promise<string | undefined> => {
      const answer = await ask({ path, headers: FLAVOR, timeout: ANSWER, signal });
      if (!('status' in answer) || answer.status !== 200) return undefined;
      return answer.headers['metadata-flavor'] === 'Google' ? answer.body.trim() : undefined;
    };
    return poll(clock, async (signal) => {
      const preempted = await get(PREEMPTED_PATH, signal);
      if (preempted === 'TRUE') return notice('preempted');
      if (preempted !== 'FALSE') return undefined;
      const maintenance = await get(MAINTENANCE_PATH, signal);
      if (maintenance === undefined) return undefined;
      return maintenance === 'TERMINATE_ON_HOST_MAINTENANCE' ? notice('maintenance') : 'nothing';
    }).pipe(
      filter((seen) => seen !== 'nothing'),
      distinctUntilChanged((a, b) => a.event === b.event),
    );
  }
}

function notice(event: string): EvictionNotice {
  return { source: 'google', event };
}
