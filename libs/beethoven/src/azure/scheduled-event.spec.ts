import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvents } from './scheduled-event.js';

const raw = {
  EventId: 'C7061BAC',
  EventType: 'Freeze',
  ResourceType: 'VirtualMachine',
  Resources: ['WestNO_0', 'WestNO_1'],
  EventStatus: 'Scheduled',
  NotBefore: 'Mon, 19 Sep 2016 18:29:47 GMT',
  Description: 'why',
  EventSource: 'Platform',
  DurationInSeconds: 5,
};
const parse = (more: object = {}) =>
  parseEvents(
    JSON.stringify({ DocumentIncarnation: 2, Events: [{ ...raw, ...more }] }),
    'westno_1',
  );

describe('a document of scheduled events', () => {
  it('is read whole', () => {
    expect(parse()).toEqual({
      incarnation: 2,
      events: [
        {
          id: 'C7061BAC',
          type: 'Freeze',
          status: 'Scheduled',
          machines: ['WestNO_0', 'WestNO_1'],
          mine: true,
          notBefore: Date.UTC(2016, 8, 19, 18, 29, 47),
          duration: 5_000,
          description: 'why',
          requestedBy: 'Platform',
        },
      ],
    });
  });

  it('may leave out what is not known, or not yet, or not any more', () => {
    const [event] = parse({ NotBefore: '', DurationInSeconds: -1 })?.events ?? [];
    expect(event).toMatchObject({ notBefore: undefined, duration: undefined });
    expect(parse({ EventSource: 'Moon', EventType: 'New', Resources: [] })?.events).toMatchObject([
      { type: 'New', mine: false, requestedBy: undefined },
    ]);
  });

  it.each([
    ['no JSON', '<html>'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['no events', '{"DocumentIncarnation":1}'],
    ['an event without an id', JSON.stringify({ DocumentIncarnation: 1, Events: [{}] })],
  ])('is not made of %s', (_what, body) => {
    expect(parseEvents(body, 'vm')).toBeUndefined();
  });

  it('never throws, whatever its body', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        parseEvents(body, 'vm');
      }),
    );
  });
});
