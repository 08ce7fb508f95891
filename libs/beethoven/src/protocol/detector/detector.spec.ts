import { describe, expect, it } from 'vitest';
import { beatKey, type Beat } from './beat.js';
import {
  ANSWERS_TO_STRANGERS,
  DATAGRAM_RETRY,
  LINK_PATIENCE,
  LOST_DATAGRAMS,
  PINGS_IN_FLIGHT,
} from './detector-config.js';
import {
  BORN,
  CONFIG,
  NOW,
  Subject,
  beatsTo,
  idOf,
  nameOf,
  said,
  verdicts,
  watchOf,
} from './detector.fixture.js';

/** Lets time pass until beats are missed. */
function untilAsked(subject: Subject): { readonly target: string; readonly ping: Beat } {
  for (;;) {
    for (const effect of subject.step()) {
      if (effect.kind !== 'send' || effect.beat.kind !== 'ping') continue;
      expect(effect.way).toBe('datagram');
      return { target: nameOf(effect.to), ping: effect.beat };
    }
  }
}

/** Lets time pass in which `heard` beat at their time. */
function passWith(subject: Subject, heard: readonly string[], span: number): string[] {
  const lines: string[] = [];
  for (let passed = 0; passed < span; passed += 10) {
    for (const name of heard) subject.hear(name, { kind: 'alive' });
    lines.push(...said(subject.pass(10)));
  }
  return lines;
}

describe('a turn', () => {
  it('has this node beat for one other, and asks nobody whose beats come', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    const lines = passWith(subject, ['a', 'b', 'c', 'd'], 3_000);
    expect(lines).toHaveLength(10);
    for (const line of lines) expect(line).toMatch(/^alive [a-d] by datagram$/);
  });

  it('asks the one whose beat stays away, and no other', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    passWith(subject, ['a', 'b', 'c', 'd'], 900);
    const lines = passWith(subject, ['a', 'c', 'd'], 3_000);
    const asked = lines.filter((line) => line.startsWith('ping') && !line.startsWith('ping-for'));
    expect(new Set(asked)).toEqual(new Set(['ping b by datagram', 'ping b by link']));
  });

  it('answers no beat but a question', () => {
    const subject = new Subject(['a']);
    expect(said(subject.hear('a', { kind: 'alive' }))).toEqual([]);
    expect(said(subject.hear('a', { kind: 'ping' }))).toEqual(['ack a by datagram']);
  });
});

describe('a probe', () => {
  it('goes by datagram, then over the link and through others, then accuses', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    const target = 'b';
    const others = ['a', 'c', 'd'];
    passWith(subject, ['b', ...others], 900);
    while (!passWith(subject, others, 10).includes('ping b by datagram')) continue;
    const lines = passWith(subject, others, 150);
    expect(lines).toContain(`ping ${target} by link`);
    const asked = others.map((name) => `ping-for-me ${name} by datagram`);
    expect(lines.filter((line) => line.startsWith('ping-for-me')).toSorted()).toEqual(asked);
    expect(passWith(subject, others, 150)).toContain(`suspect ${target}`);
  });

  it.each(['datagram', 'link'] as const)('that is answered by %s accuses nobody', (way) => {
    const subject = new Subject(['a']);
    const { ping } = untilAsked(subject);
    if (way === 'link') subject.pass(150);
    subject.hear('a', { kind: 'ack', sequence: ping.sequence }, way);
    expect(verdicts(subject.pass(149))).toEqual([]);
  });

  it('that another member passes on counts as answered, and is believed about the incarnation', () => {
    const subject = new Subject(['a', 'b']);
    const { target } = untilAsked(subject);
    const other = target === 'a' ? 'b' : 'a';
    const asked = beatsTo(subject.pass(150), other).find(({ kind }) => kind === 'ping-for-me')!;
    subject.hear(other, {
      kind: 'ack',
      sequence: asked.sequence,
      subject: beatKey(idOf(target)),
      subjectIncarnation: BORN + 5,
    });
    expect(verdicts(subject.pass(149))).toEqual([]);
    expect(verdicts(subject.accuse(target, other))).toEqual([`trust ${target}`]);
  });

  it('of a member that was heard meanwhile proves nothing', () => {
    const subject = new Subject(['a']);
    untilAsked(subject);
    subject.pass(150);
    subject.hear('a', { kind: 'alive' });
    expect(verdicts(subject.pass(150))).toEqual([]);
  });

  it('that this node sends meanwhile is no sign of life', () => {
    const subject = new Subject(['a']);
    expect(verdicts(subject.pass(1_500))).toContain('suspect a');
  });

  it('for another member passes its answer on, with the incarnation that it has now', () => {
    const subject = new Subject(['a', 'b']);
    const target = beatKey(idOf('b'));
    const asked = subject.hear('a', { kind: 'ping-for-me', sequence: 77, subject: target });
    const [ping] = beatsTo(asked, 'b');
    const passed = subject.hear('b', {
      kind: 'ack',
      sequence: ping!.sequence,
      incarnation: BORN + 3,
    });
    expect(beatsTo(passed, 'a')).toMatchObject([
      { kind: 'ack', sequence: 77, subject: target, subjectIncarnation: BORN + 3 },
    ]);
    expect(said(subject.hear('a', { kind: 'ping-for-me', subject: 99 }))).toEqual([]);
  });

  it('is one of a limited number, however many members ask for some', () => {
    const subject = new Subject(['a', 'b']);
    const target = beatKey(idOf('b'));
    for (let i = 0; i < 2 * PINGS_IN_FLIGHT; i++) {
      subject.hear('a', { kind: 'ping-for-me', sequence: i, subject: target });
    }
    const late = subject.hear('b', { kind: 'ack', sequence: 1 });
    expect(beatsTo(late, 'a')).toEqual([]);
    const known = subject.hear('b', { kind: 'ack', sequence: 2 * PINGS_IN_FLIGHT });
    expect(beatsTo(known, 'a')).toHaveLength(1);
  });
});

describe('where datagrams do not pass', () => {
  it('the links are used at once after a few, and a datagram tries the way now and then', () => {
    const subject = new Subject(['a']);
    const lines: string[] = [];
    for (let i = 0; i < 120; i++) {
      for (const effect of subject.step()) {
        lines.push(...said([effect]));
        if (effect.kind !== 'send' || effect.way !== 'link' || effect.beat.kind !== 'ping')
          continue;
        subject.hear('a', { kind: 'ack', sequence: effect.beat.sequence }, 'link');
      }
    }
    const used = lines.filter((line) => line.startsWith('alive'));
    const firstByLink = used.indexOf('alive a by link');
    expect(firstByLink).toBeLessThan(8);
    expect(used.slice(firstByLink)).not.toContain('alive a by datagram');
    const rest = lines.slice(lines.indexOf('alive a by link'));
    const tries = rest.filter((line) => line === 'ping a by datagram').length;
    expect(tries).toBeGreaterThan(0);
    expect(tries).toBeLessThan(used.length / (DATAGRAM_RETRY - 1));
  });

  it('a peer that asks over the link has not had the datagrams: its beats go there', () => {
    const subject = new Subject(['a']);
    for (let i = 0; i < LOST_DATAGRAMS; i++) subject.hear('a', { kind: 'ping' }, 'link');
    expect(said(subject.step())).toEqual(['alive a by link']);
  });

  it('a peer that does not answer over its link is asked by datagram, before it is accused and after', () => {
    const subject = new Subject(['a']);
    for (let i = 0; i < LOST_DATAGRAMS; i++) subject.hear('a', { kind: 'ping' }, 'link');
    const lines: string[] = [];
    while (lines.at(-1) !== 'suspect a') lines.push(...said(subject.step()));
    const asked = lines.filter((line) => line.startsWith('ping'));
    expect(asked.slice(0, 2)).toEqual(['ping a by link', 'ping a by datagram']);
    expect(said(subject.accuse('a', 'me'))).toEqual(['ping a by link', 'ping a by datagram']);
  });

  it('a node whose main thread is blocked beats by datagram all the same: its links carry nothing', () => {
    const subject = new Subject(['a']);
    for (let i = 0; i < LOST_DATAGRAMS; i++) subject.hear('a', { kind: 'ping' }, 'link');
    subject.detector.mainThread(subject.now, 1_500, 1);
    expect(said(subject.step())).toContain('alive a by datagram');
    subject.detector.mainThread(subject.now, 0, 2);
    expect(said(subject.step())).toContain('alive a by link');
  });

  it('no datagram is sent where this node has no socket for it', () => {
    const subject = new Subject(['a', 'b'], { datagrams: false });
    const lines = said(subject.pass(3_000));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => line.endsWith('datagram'))).toEqual([]);
  });

  it('a suspect is given more time: it may be its main thread that is blocked', () => {
    const times = (['link', 'datagram', undefined] as const).map((way) => {
      const subject = new Subject(['a', 'b', 'c', 'd', 'e']);
      if (way !== undefined) subject.hear('a', { kind: 'ping' }, way);
      subject.accuse('a', 'b');
      for (const accuser of ['c', 'd', 'e']) subject.accuse('a', accuser);
      for (;;) if (verdicts(subject.pass(10)).includes('down a')) return subject.now - NOW;
    });
    // Of most members of a large cluster nothing has come yet.
    expect(times).toEqual([LINK_PATIENCE * 600, 600, 600]);
  });
});

describe('a suspicion', () => {
  it('is told to the suspect at once, in every way', () => {
    const subject = new Subject(['a', 'b']);
    const effects = subject.accuse('a', 'b');
    expect(said(effects)).toEqual(['ping a by datagram', 'ping a by link']);
    for (const beat of beatsTo(effects, 'a')) {
      expect(beat).toMatchObject({ subject: beatKey(idOf('a')), subjectIncarnation: BORN });
    }
  });

  it('is confirmed by this node where the suspect does not answer it either', () => {
    const subject = new Subject(['a', 'b']);
    subject.accuse('a', 'b');
    expect(verdicts(subject.pass(150))).toContain('suspect a');
  });

  it('ends when the suspect answers with a higher incarnation, and with no other', () => {
    const subject = new Subject(['a', 'b']);
    subject.accuse('a', 'b');
    expect(verdicts(subject.hear('a', { kind: 'ping' }))).toEqual([]);
    const effects = subject.hear('a', { kind: 'ping', incarnation: BORN + 1 });
    expect(effects).toContainEqual({
      kind: 'trust',
      id: idOf('a'),
      startedAt: BORN,
      incarnation: BORN + 1,
    });
    expect(verdicts(subject.pass(140))).toEqual([]);
  });

  it('ends when the membership has heard the contradiction', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    subject.accuse('a', 'b');
    subject.detector.watch(subject.now, watchOf('a', 1));
    expect(verdicts(subject.pass(10_000))).not.toContain('down a');
  });

  it('has a short end where others are sure, unless the suspect answers', () => {
    const times = [false, true].map((condemned) => {
      const subject = new Subject(['a', 'b', 'c', 'd', 'e']);
      subject.accuse('a', 'b');
      subject.accuse('a', 'b', condemned);
      for (;;) if (verdicts(subject.pass(10)).includes('down a')) return subject.now - NOW;
    });
    expect(times[1]).toBeLessThan(times[0]! / 2);
    const subject = new Subject(['a', 'b', 'c', 'd', 'e']);
    subject.accuse('a', 'b', true);
    subject.hear('a', { kind: 'ping', incarnation: BORN + 1 });
    expect(verdicts(subject.pass(2_000))).not.toContain('down a');
  });

  it('of an incarnation that is known to be over is answered', () => {
    const subject = new Subject(['a', 'b']);
    subject.hear('a', { kind: 'ping', incarnation: BORN + 1 });
    expect(verdicts(subject.accuse('a', 'b'))).toEqual(['trust a']);
  });

  it('of somebody who is not watched, or not any more, is nothing', () => {
    const subject = new Subject(['a', 'b']);
    expect(said(subject.accuse('z', 'b'))).toEqual([]);
    subject.accuse('a', 'b');
    subject.detector.unwatch(idOf('a'));
    expect(verdicts(subject.pass(10_000))).not.toContain('down a');
  });

  it('of this node is contradicted in the answer', () => {
    const subject = new Subject(['a']);
    const beat = { kind: 'ping', subject: beatKey(idOf('me')), subjectIncarnation: BORN } as const;
    const effects = subject.hear('a', beat);
    expect(effects[0]).toEqual({ kind: 'raise', incarnation: BORN + 1 });
    expect(beatsTo(effects, 'a')).toMatchObject([{ kind: 'ack', incarnation: BORN + 1 }]);
    expect(said(subject.hear('a', beat))).toEqual(['ack a by datagram']);
  });

  it('cannot drive this node beyond the numbers there are', () => {
    const subject = new Subject(['a']);
    const subjectIncarnation = Number.MAX_SAFE_INTEGER;
    const beat = { kind: 'ping', subject: beatKey(idOf('me')), subjectIncarnation } as const;
    expect(verdicts(subject.hear('a', beat))).toEqual([]);
  });
});

describe('a node that hears little', () => {
  const pingsIn = (subject: Subject, span: number): number =>
    said(subject.pass(span)).filter((line) => /^ping . by datagram$/.test(line)).length;

  it('probes less and less often, and gives more time', () => {
    const subject = new Subject(['a', 'b', 'c', 'd', 'e']);
    const [first, later] = [pingsIn(subject, 6_000), pingsIn(subject, 6_000)];
    expect(later).toBeLessThan(first / 1.5);
  });

  it('is itself again once it is answered', () => {
    const subject = new Subject(['a', 'b', 'c', 'd', 'e']);
    subject.pass(10_000);
    for (let answers = 0; answers < 12;) {
      for (const effect of subject.step()) {
        if (effect.kind !== 'send' || effect.beat.kind !== 'ping') continue;
        subject.hear(nameOf(effect.to), { kind: 'ack', sequence: effect.beat.sequence });
        answers++;
      }
    }
    const before = subject.now;
    while (!said(subject.step()).some((line) => line.startsWith('alive'))) continue;
    expect(subject.now - before).toBeLessThanOrEqual(600);
  });
});

describe('a node that was stopped itself', () => {
  it('judges nobody by it, gives suspects the time back, and listens for an interval', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    subject.accuse('a', 'b');
    subject.now += 60_000;
    const effects = subject.detector.handleTimer(subject.now);
    expect(said(effects)).toEqual(['overslept']);
    expect(verdicts(subject.pass(299))).toEqual([]);
    expect(subject.detector.due).toBeGreaterThanOrEqual(subject.now);
  });

  it('does not hold the answers that it missed against anybody', () => {
    const subject = new Subject(['a', 'b', 'c']);
    subject.pass(320);
    subject.now += 60_000;
    subject.detector.handleTimer(subject.now);
    expect(said(subject.pass(299))).toEqual([]);
  });

  it('condemns nobody while its main thread does not hear what the links have to say', () => {
    const subject = new Subject(['a', 'b', 'c', 'd']);
    subject.accuse('a', 'b');
    const seen: string[] = [];
    for (let lag = 1_500; lag < 12_000; lag += 100) {
      subject.detector.mainThread(subject.now, lag, 1);
      seen.push(...verdicts(subject.pass(100)));
    }
    expect(seen).toEqual([]);
    subject.detector.mainThread(subject.now, 0, 2);
    expect(verdicts(subject.pass(299))).toEqual([]);
    expect(verdicts(subject.pass(10_000))).toContain('down a');
  });
});

describe('a beat', () => {
  it('carries what this node is: incarnation, digest, lag and phase', () => {
    const subject = new Subject(['a']);
    subject.detector.raise(BORN + 7, 2);
    subject.detector.digest = 42;
    subject.detector.mainThread(subject.now, 1_700, 3);
    const [ack] = beatsTo(subject.hear('a', { kind: 'ping', sequence: 9 }), 'a');
    expect(ack).toMatchObject({
      sequence: 9,
      incarnation: BORN + 7,
      digest: 42,
      lag: 1_700,
      phase: 3,
    });
  });

  it('of a stall, or of its end, is told once', () => {
    const subject = new Subject(['a']);
    const told = [1, 1, 2, 1].map((phase) => verdicts(subject.hear('a', { phase, lag: 1_500 })));
    expect(told).toEqual([['phase a'], [], ['phase a'], []]);
  });

  it('of a stranger is answered where it came from, if it asks by datagram, and teaches nothing', () => {
    const subject = new Subject(['a']);
    const [reply] = subject.hear('z', { sequence: 9, phase: 3, digest: 42 });
    expect(reply).toMatchObject({
      kind: 'reply',
      to: { key: beatKey(idOf('z')), startedAt: BORN },
      beat: { kind: 'ack', sequence: 9, subject: 0 },
    });
    expect(said(subject.hear('a', { startedAt: BORN + 1 }))).toEqual(['reply']);
    for (const kind of ['alive', 'ack', 'ping-for-me'] as const)
      expect(said(subject.hear('z', { kind }))).toEqual([]);
    expect(said(subject.hear('z', {}, 'link'))).toEqual([]);
    expect(subject.detector.strangers).toBe(6);
  });

  it('of a stranger that suspects this node is contradicted', () => {
    const accused = { subject: beatKey(idOf('me')), subjectIncarnation: BORN };
    const effects = new Subject([]).hear('z', accused);
    expect(effects).toMatchObject([{ kind: 'raise' }, { beat: { incarnation: BORN + 1 } }]);
  });

  it('of a stranger has no answer where many have asked in one turn', () => {
    const subject = new Subject([]);
    const ask = () => Array.from({ length: 99 }, () => subject.hear('z', {})).flat().length;
    expect(ask()).toBe(ANSWERS_TO_STRANGERS);
    expect(ask()).toBe(0);
    subject.pass(CONFIG.probeInterval);
    expect(ask()).toBe(ANSWERS_TO_STRANGERS);
  });

  it('shows a gap where the views differ twice in a row, unless one of the two is stalled', () => {
    const subject = new Subject(['a', 'b']);
    subject.detector.digest = 42;
    const differs = (digest: number, lag = 0) =>
      verdicts(subject.hear('a', { digest, lag })).length;
    expect([7, 42, 7, 7, 7].map((digest) => differs(digest))).toEqual([0, 0, 0, 1, 0]);
    expect([7, 7, 7].map((digest) => differs(digest, 1_500))).toEqual([0, 0, 0]);
  });
});
