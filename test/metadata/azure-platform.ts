import { randomUUID } from 'node:crypto';
import { stamp } from '../support/stamp.js';
import type { Question, Reply } from './metadata-server.js';

/** An event as Azure describes it. */
export interface PlatformEvent {
  EventId: string;
  EventType: 'Freeze' | 'Reboot' | 'Redeploy' | 'Preempt' | 'Terminate';
  ResourceType: 'VirtualMachine';
  Resources: string[];
  EventStatus: 'Scheduled' | 'Started';
  NotBefore: string;
  Description: string;
  EventSource: 'Platform' | 'User';
  DurationInSeconds: number;
}

/** The least time between the notice and the event (s), as documented. */
const NOTICE = { Freeze: 900, Reboot: 900, Redeploy: 600, Preempt: 30, Terminate: 300 };

/**
 * The machines of one placement group, as Azure's instance metadata and scheduled events describe them: built from the public
 * documentation (api-versions 2021-02-01 and 2020-07-01). All of its machines see the same events.
 */
export class AzurePlatform {
  #incarnation = 1;
  #events: PlatformEvent[] = [];
  readonly approvals: { readonly vm: string; readonly event: string; readonly at: number }[] = [];
  subnet = { address: '127.0.0.0', prefix: '29' };

  /** Announces an event; gives its id. */
  schedule(
    type: PlatformEvent['EventType'],
    resources: string[],
    more: Partial<PlatformEvent> = {},
  ): string {
    const event: PlatformEvent = {
      EventId: randomUUID().toUpperCase(),
      EventType: type,
      ResourceType: 'VirtualMachine',
      Resources: resources,
      EventStatus: 'Scheduled',
      NotBefore: new Date(Date.now() + NOTICE[type] * 1_000).toUTCString(),
      Description: '',
      EventSource: 'Platform',
      DurationInSeconds: -1,
      ...more,
    };
    this.#events.push(event);
    this.#incarnation++;
    return event.EventId;
  }

  begin(id: string): void {
    this.#events = this.#events.map((event) =>
      event.EventId === id ? { ...event, EventStatus: 'Started', NotBefore: '' } : event,
    );
    this.#incarnation++;
  }

  /** The event is over, or was called off: it is not listed any more. */
  end(id: string): void {
    this.#events = this.#events.filter(({ EventId }) => EventId !== id);
    this.#incarnation++;
  }

  /** What this machine is answered. */
  answer(vm: string, { method, path, query, headers, body }: Question): Reply {
    if (headers['metadata'] !== 'true' || headers['x-forwarded-for'] !== undefined)
      return {
        status: 400,
        body: { error: 'Bad request. Required metadata header not specified' },
      };
    const version = query.get('api-version');
    if (version === null) return { status: 400, body: { error: 'api-version was not specified' } };
    if (path === '/metadata/instance' && method === 'GET' && version === '2021-02-01')
      return { body: this.#instance(vm) };
    if (path !== '/metadata/scheduledevents' || version !== '2020-07-01')
      return { status: 404, body: { error: 'Not found' } };
    if (method === 'GET')
      return { body: { DocumentIncarnation: this.#incarnation, Events: this.#events } };
    return this.#approve(vm, body);
  }

  #approve(vm: string, body: string): Reply {
    try {
      const { StartRequests } = JSON.parse(body) as { StartRequests: { EventId: string }[] };
      for (const { EventId: event } of StartRequests) {
        if (!this.#events.some(({ EventId }) => EventId === event)) return { status: 400 };
        this.approvals.push({ vm, event, at: stamp() });
        this.begin(event);
      }
      return {};
    } catch {
      return { status: 400, body: { error: 'Bad request' } };
    }
  }

  #instance(vm: string) {
    return {
      compute: {
        azEnvironment: 'AzurePublicCloud',
        location: 'westeurope',
        name: vm,
        priority: 'Spot',
        vmScaleSetName: 'shop',
        zone: '2',
      },
      network: {
        interface: [
          {
            ipv4: {
              ipAddress: [{ privateIpAddress: '127.0.0.4', publicIpAddress: '' }],
              subnet: [this.subnet],
            },
            ipv6: { ipAddress: [] },
            macAddress: '0011AAFFBB22',
          },
          {
            ipv4: { ipAddress: [], subnet: [{ address: '10.9.9.0', prefix: '24' }] },
            ipv6: { ipAddress: [] },
            macAddress: '0011AAFFBB23',
          },
        ],
      },
    };
  }
}
