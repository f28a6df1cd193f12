import { expect } from 'chai';
import fc from 'fast-check';
import type { FailureReason } from '../../../lib/alerts/alert.ts';
import {
  afterDecision,
  afterRepair,
  type Decision,
  decide,
  decideRepair,
  FLAP_REPAIRS,
  FLAP_WINDOW_MS,
  failureKey,
  type Happening,
  type History,
  NO_HISTORY,
  REMIND_MS,
} from '../../../lib/alerts/history.ts';

const DAY = REMIND_MS;
const failure = (id: string, key = 'a', reason: FailureReason = 'UpgradeRolledBack'): Happening => ({
  sort: 'Failure',
  id,
  reason,
  failure: key,
});
const recovery = (id: string, of: FailureReason[] = ['UpgradeRolledBack']): Happening => ({ sort: 'Recovery', id, of });

/** Carries happenings out in their order, each at a time. */
function told(steps: readonly (readonly [Happening, number])[]): { acts: string[]; history: History } {
  let history = NO_HISTORY;
  const acts = steps.map(([happening, nowMs]) => {
    const decision = decide(history, happening, nowMs);
    history = afterDecision(history, happening, decision, nowMs);
    return decision.act;
  });
  return { acts, history };
}

describe('what people are told', () => {
  const rows: [string, (readonly [Happening, number])[], string[]][] = [
    ['a failure is told at once', [[failure('1'), 0]], ['Tell']],
    [
      'the same failure again is muted',
      [
        [failure('1'), 0],
        [failure('2'), DAY - 1],
      ],
      ['Tell', 'Mute'],
    ],
    [
      'another one is told at once',
      [
        [failure('1'), 0],
        [failure('2', 'b'), 1],
      ],
      ['Tell', 'Tell'],
    ],
    [
      'it is reminded of daily',
      [
        [failure('1'), 0],
        [failure('2'), DAY],
        [failure('3'), DAY + 1],
        [failure('4'), 2 * DAY],
      ],
      ['Tell', 'Remind', 'Mute', 'Remind'],
    ],
    [
      'an id that was told is the same alert, however late',
      [
        [failure('1'), 0],
        [failure('1'), 3 * DAY],
      ],
      ['Tell', 'Tell'],
    ],
    [
      'a reminder that was cut off is made again',
      [
        [failure('1'), 0],
        [failure('2'), DAY],
        [failure('2'), DAY + 1],
      ],
      ['Tell', 'Remind', 'Remind'],
    ],
    [
      'a recovery is told once',
      [
        [failure('1'), 0],
        [recovery('2'), 1],
        [recovery('3'), 2],
      ],
      ['Tell', 'Tell', 'Mute'],
    ],
    ['no recovery of what was not told', [[recovery('1'), 0]], ['Mute']],
    [
      'no recovery of another reason',
      [
        [failure('1', 'a', 'UpgradeHeld'), 0],
        [recovery('2'), 1],
      ],
      ['Tell', 'Mute'],
    ],
    [
      'after a recovery the same failure is told at once',
      [
        [failure('1'), 0],
        [recovery('2'), 1],
        [failure('3'), 2],
      ],
      ['Tell', 'Tell', 'Tell'],
    ],
    [
      'T63 running time that was lost: rather too much',
      [
        [failure('1'), 9 * DAY],
        [failure('2'), 0],
        [failure('3'), 1],
      ],
      ['Tell', 'Remind', 'Mute'],
    ],
    [
      'a crash that forgot seconds of running time changes nothing',
      [
        [failure('1'), 5_000],
        [failure('2'), 0],
      ],
      ['Tell', 'Mute'],
    ],
  ];
  for (const [title, steps, acts] of rows) {
    it(title, () => {
      expect(told(steps).acts).to.deep.equal(acts);
    });
  }

  it('a reminder names the first alert, and how often it was muted', () => {
    const { history } = told([
      [failure('1'), 0],
      [failure('2'), 1],
      [failure('3'), 2],
      [failure('3'), 2],
    ]);
    expect(decide(history, failure('4'), DAY)).to.deep.equal({ act: 'Remind', reminds: { id: '1', muted: 2 } });
  });

  it('a recovery names the alerts that it takes back, and leaves the others', () => {
    const held: FailureReason = 'UpgradeHeld';
    const { history } = told([
      [failure('1'), 0],
      [failure('2', 'b'), 0],
      [failure('3', 'c', held), 0],
    ]);
    const decision = decide(history, recovery('4'), 1);
    expect(decision).to.deep.equal({ act: 'Tell', recovers: ['1', '2'] });
    expect(Object.keys(afterDecision(history, recovery('4'), decision, 1).failures)).to.deep.equal(['c']);
  });

  it('remembers a bounded number of failures, the newest', () => {
    const steps = Array.from({ length: 200 }, (_, n) => [failure(`${n}`, `f${n}`), n] as const);
    const { history } = told(steps);
    expect(Object.keys(history.failures).length).to.be.at.most(50).and.at.least(10);
    expect(decide(history, failure('x', 'f199'), 200).act).to.equal('Mute');
  });

  it('the same failure: reason, version, commit, cause and rules; not the words, the set, or the order of rules', () => {
    const facts = {
      attempted: { version: '1', commit: 'c' },
      reason: 'Unhealthy',
      held: [
        { code: 'A', message: 'x' },
        { code: 'B', message: 'y' },
      ],
    };
    const key = failureKey('UpgradeHeld', facts);
    const same = {
      ...facts,
      held: [
        { code: 'B', message: 'z' },
        { code: 'A', message: '' },
      ],
      failedSet: 's',
      recovered: true,
    };
    expect(failureKey('UpgradeHeld', same)).to.equal(key);
    for (const other of [
      { attempted: { version: '2', commit: 'c' } },
      { attempted: { version: '1', commit: 'd' } },
      { reason: 'DeployFailed' },
      { held: [] },
    ])
      expect(failureKey('UpgradeHeld', { ...facts, ...other })).to.not.equal(key);
    expect(failureKey('UpgradeRolledBack', facts)).to.not.equal(key);
  });
});

/** Days without end, ids that come again, losses of running time, restarts between: anything that may happen. */
const step = fc.record({
  happening: fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .record({ id: fc.integer({ min: 0, max: 30 }).map(String), key: fc.constantFrom('a', 'b', 'c') })
        .map(({ id, key }) => failure(`${key}${id}`, key)),
    },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 30 }).map((id) => recovery(`r${id}`)) },
  ),
  afterMs: fc.oneof(fc.integer({ min: 0, max: DAY / 4 }), fc.integer({ min: 0, max: 3 * DAY })),
});
const sequence = fc.array(step, { maxLength: 60 });

interface Carried {
  happening: Happening;
  decision: Decision;
  nowMs: number;
  before: History;
  after: History;
}

function carry(steps: readonly { happening: Happening; afterMs: number }[]): Carried[] {
  let history = NO_HISTORY;
  let nowMs = 0;
  return steps.map(({ happening, afterMs }) => {
    nowMs += afterMs;
    const before = history;
    const decision = decide(before, happening, nowMs);
    history = JSON.parse(JSON.stringify(afterDecision(before, happening, decision, nowMs))) as History;
    return { happening, decision, nowMs, before, after: history };
  });
}

/** The carried failures of one key from one recovery that was told to the next. */
function runsOf(steps: Parameters<typeof carry>[0]): Carried[][] {
  const runs: Carried[][] = [];
  let open = new Map<string, Carried[]>();
  for (const one of carry(steps)) {
    const { happening, decision } = one;
    if (happening.sort === 'Recovery') {
      if (decision.act === 'Tell') open = new Map();
      continue;
    }
    const run = open.get(happening.failure) ?? [];
    if (run.length === 0) runs.push(run);
    run.push(one);
    open.set(happening.failure, run);
  }
  return runs;
}

const acting = (run: readonly Carried[], ...acts: string[]): Carried[] =>
  run.filter(({ decision }) => acts.includes(decision.act));

describe('what people are told, whatever happens in whatever order', () => {
  it('a failure that is not known is told, and nothing is muted for longer than a day', () => {
    fc.assert(
      fc.property(sequence, (steps) => {
        for (const run of runsOf(steps)) {
          expect(run[0]?.decision.act).to.equal('Tell');
          for (const { nowMs } of acting(run, 'Mute')) {
            const last = acting(run, 'Tell', 'Remind')
              .filter((one) => one.nowMs <= nowMs)
              .at(-1);
            expect(nowMs - (last?.nowMs ?? -DAY)).to.be.below(DAY);
          }
        }
      }),
    );
  });

  it('a failure is told by one id, and reminded of at most once a day', () => {
    fc.assert(
      fc.property(sequence, (steps) => {
        for (const run of runsOf(steps)) {
          expect(new Set(acting(run, 'Tell').map(({ happening }) => happening.id)).size).to.equal(1);
          const reminders = acting(run, 'Remind');
          const first = reminders.filter(({ happening }, n) => reminders[n - 1]?.happening.id !== happening.id);
          for (const [n, { nowMs }] of first.entries())
            if (n > 0) expect(nowMs - (first[n - 1]?.nowMs ?? 0)).to.be.at.least(DAY);
        }
      }),
    );
  });

  it('a happening that is carried out again, as after a crash, decides and remembers the same', () => {
    fc.assert(
      fc.property(sequence, (steps) => {
        for (const { happening, decision, nowMs, after } of carry(steps)) {
          const again = decide(after, happening, nowMs);
          expect(afterDecision(after, happening, again, nowMs)).to.deep.equal(after);
          if (happening.sort === 'Failure') expect(again.act).to.equal(decision.act);
        }
      }),
    );
  });

  it('a recovery takes back every alert that was told and not taken back, or says nothing', () => {
    fc.assert(
      fc.property(sequence, (steps) => {
        for (const { happening, decision, before, after } of carry(steps)) {
          if (happening.sort !== 'Recovery') continue;
          const open = Object.values(before.failures).map(({ first }) => first);
          expect(decision).to.deep.equal(open.length > 0 ? { act: 'Tell', recovers: open } : { act: 'Mute' });
          expect(after.failures).to.deep.equal({});
        }
      }),
    );
  });
});

describe('an app that flaps', () => {
  function repairs(times: readonly number[], from: History = NO_HISTORY): { acts: string[]; history: History } {
    let history = from;
    const acts = times.map((nowMs, n) => {
      const decision = decideRepair(history, `r${n}-${nowMs}`, nowMs);
      history = afterRepair(history, `r${n}-${nowMs}`, decision, nowMs);
      return decision.act;
    });
    return { acts, history };
  }

  it('is left alone after five repairs in five minutes, and stays so', () => {
    const { acts, history } = repairs([0, 1, 2, 3, 4, 5, 10 * FLAP_WINDOW_MS]);
    expect(acts).to.deep.equal([...Array(FLAP_REPAIRS).fill('Repair'), 'LeaveAlone', 'LeaveAlone']);
    expect(history.flapping).to.equal(true);
  });

  it('is repaired on where five repairs take longer', () => {
    expect(repairs([0, 1, 2, 3, 4, FLAP_WINDOW_MS, FLAP_WINDOW_MS + 1]).acts).to.deep.equal(Array(7).fill('Repair'));
  });

  it('the flapping is named by the fifth repair, however often it is found', () => {
    const { history } = repairs([0, 1, 2, 3, 4]);
    expect(decideRepair(history, 'six', 5)).to.deep.equal({ act: 'LeaveAlone', fifth: 'r4-4' });
    expect(decideRepair(history, 'seven', 9)).to.deep.equal({ act: 'LeaveAlone', fifth: 'r4-4' });
  });

  it('the same repair again, as after a crash, is not counted twice', () => {
    let history = NO_HISTORY;
    for (let n = 0; n < 20; n += 1) {
      const decision = decideRepair(history, 'one', n);
      expect(decision.act).to.equal('Repair');
      history = afterRepair(history, 'one', decision, n);
    }
  });

  it('T63 repairs of a running time that was lost do not count', () => {
    const { history } = repairs([9e9, 9e9 + 1, 9e9 + 2, 9e9 + 3, 9e9 + 4]);
    expect(decideRepair(history, 'x', 0)).to.deep.equal({ act: 'Repair' });
  });

  it('never more than five repairs within any five minutes, and never left alone for less', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: FLAP_WINDOW_MS }), { maxLength: 40 }), (gaps) => {
        let nowMs = 0;
        const times = gaps.map((gap) => {
          nowMs += gap;
          return nowMs;
        });
        const { acts } = repairs(times);
        const made = times.filter((_, n) => acts[n] === 'Repair');
        const within = (end: number): number => made.filter((at) => at <= end && end - at < FLAP_WINDOW_MS).length;
        for (const at of made) expect(within(at)).to.be.at.most(FLAP_REPAIRS);
        const left = acts.indexOf('LeaveAlone');
        if (left >= 0) expect(within(times[left] ?? 0)).to.equal(FLAP_REPAIRS);
        if (left >= 0) expect(acts.slice(left)).to.not.include('Repair');
      }),
    );
  });
});
