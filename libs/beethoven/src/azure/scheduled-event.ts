import * as v from 'valibot';
import type { Millis } from '../protocol/terms.js';

/** Something that Azure is about to do with one or several virtual machines of this machine's group. */
export interface ScheduledEvent {
  readonly id: string;
  /**
   * `'Freeze'`: stands still for some seconds. `'Reboot'`, `'Redeploy'`: starts again, here or elsewhere. `'Preempt'`: a spot machine is
   * taken back. `'Terminate'`: deleted. Azure may invent others.
   */
  readonly type: string;
  readonly status: 'Scheduled' | 'Started';
  /** The virtual machines that it is about. */
  readonly machines: readonly string[];
  /** Whether this machine is among them. */
  readonly mine: boolean;
  /** It does not start before (ms since the epoch); absent once it has. */
  readonly notBefore: Millis | undefined;
  /** How long the machines stand still (ms); absent where nobody knows. */
  readonly duration: Millis | undefined;
  readonly description: string;
  /** Who wants it. */
  readonly requestedBy: 'Platform' | 'User' | undefined;
}

const text = v.pipe(v.string(), v.maxLength(4_096));

const event = v.pipe(
  v.object({
    EventId: v.pipe(text, v.minLength(1)),
    EventType: text,
    EventStatus: v.picklist(['Scheduled', 'Started']),
    Resources: v.pipe(v.array(text), v.maxLength(10_000)),
    NotBefore: v.optional(text, ''),
    Description: v.optional(text, ''),
    EventSource: v.fallback(v.optional(v.picklist(['Platform', 'User'])), undefined),
    DurationInSeconds: v.optional(v.number(), -1),
  }),
  v.transform((seen) => {
    const notBefore = Date.parse(seen.NotBefore);
    return {
      id: seen.EventId,
      type: seen.EventType,
      status: seen.EventStatus,
      machines: seen.Resources,
      notBefore: Number.isNaN(notBefore) ? undefined : notBefore,
      duration: seen.DurationInSeconds < 0 ? undefined : seen.DurationInSeconds * 1_000,
      description: seen.Description,
      requestedBy: seen.EventSource,
    };
  }),
);

const document = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ DocumentIncarnation: v.number(), Events: v.pipe(v.array(event), v.maxLength(1_000)) }),
);

/** Two documents with one incarnation hold the same events. */
export interface EventsDocument {
  readonly incarnation: number;
  readonly events: readonly ScheduledEvent[];
}

/** Reads the answer of the scheduled events service; `undefined` where it is none. */
export function parseEvents(body: string, machine: string): EventsDocument | undefined {
  const result = v.safeParse(document, body);
  if (!result.success) return undefined;
  const events = result.output.Events.map((each) => {
    return { ...each, mine: each.machines.some((other) => isSameMachine(other, machine)) };
  });
  return { incarnation: result.output.DocumentIncarnation, events };
}

/** Azure does not tell upper from lower case in names. */
export function isSameMachine(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
