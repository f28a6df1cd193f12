import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  type NextPromotionStep,
  nextPromotionStep,
  PROMOTION,
  PROMOTION_STEPS,
  type PromotionFacts,
  type PromotionJournal,
  type PromotionStep,
} from '../../../lib/known-good/promotion-steps.ts';

const upTo = (last: PromotionStep): PromotionStep[] => PROMOTION_STEPS.slice(0, PROMOTION_STEPS.indexOf(last) + 1);

function journal(changes: Partial<PromotionJournal> = {}): PromotionJournal {
  return { operation: 'op-1', process: 'p1', begun: 1, done: [], undone: [], ...changes };
}

function facts(changes: Partial<PromotionFacts> = {}): PromotionFacts {
  return {
    runUid: 'me',
    process: 'p1',
    knownGood: { id: 'old', runUid: 'earlier' },
    generation: 'Absent',
    lease: 'Mine',
    volumes: { state: 'Dirty', generation: 'old' },
    enrolled: true,
    cancelled: false,
    eligibility: { eligible: true },
    faults: 0,
    ...changes,
  };
}

const fresh = (changes: Partial<PromotionFacts> = {}): PromotionFacts => {
  const { knownGood: _none, ...rest } = facts(changes);
  return rest;
};
const promoted = { id: 'op-1', runUid: 'me' };
const older = { eligible: false, reason: 'OlderThanKnownGood' } as const;
const text = (next: NextPromotionStep): string =>
  Object.entries(next)
    .filter(([key]) => key !== 'operation')
    .map(([, value]) => String(value))
    .join(' ');

describe('nextPromotionStep', () => {
  const rows: readonly (readonly [string, PromotionFacts, string])[] = [
    ['the lease is free', facts({ lease: 'Free' }), 'AcquireLease'],
    ['another has the lease', facts({ lease: 'Other' }), 'AcquireLease'],
    ['the lease is held', facts(), 'Begin'],
    ['not eligible before the lease', facts({ lease: 'Free', eligibility: older }), 'Over Skipped OlderThanKnownGood'],
    ['no more eligible with the lease', facts({ eligibility: older }), 'SkipAndRelease OlderThanKnownGood'],
    ['begun', facts({ journal: journal() }), 'Step MarkDirty'],
    ['made dirty', facts({ journal: journal({ done: upTo('MarkDirty') }) }), 'Step Restore'],
    ['healthy', facts({ journal: journal({ done: upTo('AwaitHealth') }) }), 'Step VerifyData'],
    ['met faults that may pass', facts({ journal: journal(), faults: PROMOTION.faults }), 'Step MarkDirty'],
    ['met too many before the lease', fresh({ lease: 'Free', faults: PROMOTION.faults + 1 }), 'Fail Failed'],
    [
      'met too many while it begins again',
      facts({ process: 'p2', journal: journal({ done: upTo('Deploy') }), faults: PROMOTION.faults + 1 }),
      'Fail Failed',
    ],
    ['met one more', facts({ journal: journal(), faults: PROMOTION.faults + 1 }), 'Fail Failed'],
    ['cancelled before it begins', facts({ lease: 'Free', cancelled: true }), 'Fail Cancelled'],
    [
      'cancelled in the middle',
      facts({ journal: journal({ done: upTo('Deploy') }), cancelled: true }),
      'Fail Cancelled',
    ],
    [
      'cancelled before the swap, all there',
      facts({ journal: journal({ done: upTo('MakeGeneration') }), generation: 'Complete', cancelled: true }),
      'Fail Cancelled',
    ],
    [
      'cancelled on its way back',
      facts({ journal: journal({ failure: 'Failed', undone: ['SaveEvidence'] }), cancelled: true }),
      'Undo Undeploy',
    ],
    [
      'cancelled after the swap',
      facts({ journal: journal({ done: upTo('Swap') }), knownGood: promoted, cancelled: true }),
      'Step MarkClean',
    ],
    ['a step is late', facts({ journal: journal(), late: true }), 'Fail DeadlineExceeded MarkDirty'],
    [
      'late once it is promoted',
      facts({ journal: journal({ done: upTo('Swap') }), knownGood: promoted, late: true, faults: 99 }),
      'Step MarkClean',
    ],
    [
      'late on its way back',
      facts({ journal: journal({ failure: 'Failed' }), late: true, faults: 99 }),
      'Undo SaveEvidence',
    ],
    ['undeployed', facts({ journal: journal({ done: upTo('Undeploy') }) }), 'Step MakeGeneration'],
    [
      'a generation is complete',
      facts({ journal: journal({ done: upTo('MakeGeneration') }), generation: 'Complete' }),
      'Step Swap',
    ],
    [
      'crash: a complete generation goes on at the swap',
      facts({ journal: journal({ done: upTo('Undeploy') }), generation: 'Complete', process: 'p2' }),
      'Step Swap',
    ],
    [
      'crash: a complete generation, lease lost',
      facts({ journal: journal({ done: upTo('Undeploy') }), generation: 'Complete', process: 'p2', lease: 'Free' }),
      'AcquireLease',
    ],
    [
      'I12 the pointer went further meanwhile',
      facts({ journal: journal({ done: upTo('Undeploy') }), generation: 'Complete', eligibility: older }),
      'Fail NotEligible',
    ],
    [
      'T12 the generation that was journaled is not there',
      facts({ journal: journal({ done: upTo('MakeGeneration') }) }),
      'Fail Failed',
    ],
    [
      'T12 the swap that was journaled is not on disk',
      facts({ journal: journal({ done: upTo('Swap') }) }),
      'Fail Failed',
    ],
    ['crash before anything', facts({ journal: journal(), process: 'p2' }), 'Step MarkDirty'],
    ['first crash in the middle', facts({ journal: journal({ done: upTo('Deploy') }), process: 'p2' }), 'BeginAgain 2'],
    [
      'third crash in the middle',
      facts({ journal: journal({ done: upTo('Deploy'), begun: 3 }), process: 'p2' }),
      'Fail CrashBudget',
    ],
    [
      'no more eligible when begun again',
      facts({ journal: journal({ begun: 2 }), eligibility: older }),
      'Fail NotEligible',
    ],
    ['the lease was taken away', facts({ journal: journal({ done: upTo('Deploy') }), lease: 'Other' }), 'Fail Failed'],
    ['T17 failed', facts({ journal: journal({ done: upTo('Deploy'), failure: 'Failed' }) }), 'Undo SaveEvidence'],
    [
      'T17 failed, its logs kept',
      facts({ journal: journal({ done: upTo('Deploy'), failure: 'Failed', undone: ['SaveEvidence'] }) }),
      'Undo Undeploy',
    ],
    [
      'T17 failed without the lease',
      facts({ journal: journal({ done: upTo('Deploy'), failure: 'Failed' }), lease: 'Free' }),
      'AcquireLease',
    ],
    [
      'failed and down',
      facts({ journal: journal({ done: upTo('Deploy'), failure: 'Failed', undone: ['Undeploy'] }) }),
      'Undo SettleVolumes MarkDirty',
    ],
    [
      'failed and down, no generation yet',
      fresh({
        journal: journal({ done: upTo('Deploy'), failure: 'Failed', undone: ['Undeploy'] }),
        volumes: { state: 'Dirty' },
      }),
      'Undo SettleVolumes DestroyAndMarkMissing',
    ],
    [
      'T81 failed and down, no pointer, and data that descends from something',
      fresh({ journal: journal({ done: upTo('MarkDirty'), failure: 'Failed', undone: ['Undeploy'] }) }),
      'Undo SettleVolumes MarkDirty',
    ],
    [
      'T81 failed and down, no pointer, and nobody knows what the data is',
      fresh({
        journal: journal({ done: upTo('MarkDirty'), failure: 'Failed', undone: ['Undeploy'] }),
        volumes: { state: 'Unknown' },
      }),
      'Undo SettleVolumes MarkDirty',
    ],
    ['T72 not enrolled any more, nothing begun', facts({ enrolled: false }), 'SkipAndRelease NotEnrolled'],
    ['T72 not enrolled any more, nothing held', facts({ enrolled: false, lease: 'Free' }), 'Over Skipped NotEnrolled'],
    [
      'T72 not enrolled any more in the middle',
      facts({ enrolled: false, journal: journal({ done: upTo('Deploy') }) }),
      'Fail NotEnrolled',
    ],
    [
      'T72 not enrolled any more, the generation complete',
      facts({ enrolled: false, journal: journal({ done: upTo('MakeGeneration') }), generation: 'Complete' }),
      'Fail NotEnrolled',
    ],
    [
      'T72 not enrolled any more, failed',
      facts({ enrolled: false, journal: journal({ done: upTo('Deploy'), failure: 'NotEnrolled' }) }),
      'Undo SaveEvidence',
    ],
    [
      'T72 I17 not enrolled any more, the first data is left to who owns it then',
      fresh({
        enrolled: false,
        journal: journal({ done: upTo('Deploy'), failure: 'NotEnrolled', undone: ['Undeploy'] }),
        volumes: { state: 'Dirty' },
      }),
      'Undo SettleVolumes MarkDirty',
    ],
    [
      'failed and settled',
      facts({ journal: journal({ done: upTo('Deploy'), failure: 'Failed', undone: ['Undeploy', 'SettleVolumes'] }) }),
      'Undo ReleaseLease',
    ],
    [
      'failed, all undone',
      facts({
        journal: journal({
          done: upTo('Deploy'),
          failure: 'CrashBudget',
          undone: ['Undeploy', 'SettleVolumes', 'ReleaseLease'],
        }),
        lease: 'Other',
      }),
      'Over Failed CrashBudget',
    ],
    [
      'cancelled while it waited for the lease',
      facts({ journal: journal({ begun: 0, failure: 'Cancelled' }), lease: 'Other' }),
      'Over Failed Cancelled',
    ],
    [
      'cancelled before anything was touched',
      facts({ journal: journal({ failure: 'Cancelled' }), volumes: { state: 'Clean', generation: 'old' } }),
      'Undo ReleaseLease',
    ],
    ['skipped, lease held', facts({ journal: journal({ skipped: 'TagMoved' }) }), 'SkipAndRelease TagMoved'],
    ['skipped', facts({ journal: journal({ skipped: 'TagMoved' }), lease: 'Free' }), 'Over Skipped TagMoved'],
    [
      'T12 the pointer names me, whatever the journal says',
      facts({ knownGood: promoted, journal: journal({ done: upTo('Undeploy'), failure: 'Cancelled' }), process: 'p2' }),
      'Step MarkClean',
    ],
    [
      'swapped and clean',
      facts({ knownGood: promoted, journal: journal(), volumes: { state: 'Clean', generation: 'op-1' } }),
      'Step Collect',
    ],
    [
      'swapped, but clean of another generation',
      facts({ knownGood: promoted, journal: journal(), volumes: { state: 'Clean', generation: 'old' } }),
      'Step MarkClean',
    ],
    [
      'collected',
      facts({
        knownGood: promoted,
        journal: journal({ done: upTo('Collect') }),
        volumes: { state: 'Clean', generation: 'op-1' },
      }),
      'Step ReleaseLease',
    ],
    ['swapped and released', facts({ knownGood: promoted, lease: 'Free' }), 'Over Done op-1'],
  ];
  for (const [what, given, expected] of rows) {
    it(`${what} → ${expected}`, () => expect(text(nextPromotionStep(given))).to.equal(expected));
  }
});

/** A canonical and a run, as simple as can be: what the steps do to the world, with faults between any two of them. */
class World {
  deployed = false;
  pointer: PromotionFacts['knownGood'];
  generations = new Set<string>();
  lease: PromotionFacts['lease'] = 'Free';
  volumes: PromotionFacts['volumes'] = { state: 'Missing' };
  journal: PromotionJournal | undefined;
  process = 0;
  operations = 0;
  healthyOnce = false;

  constructor(withKnownGood: 'KnownGood' | 'None') {
    if (withKnownGood === 'None') return;
    this.pointer = { id: 'old', runUid: 'earlier' };
    this.volumes = { state: 'Clean', generation: 'old' };
  }

  facts(): PromotionFacts {
    return {
      runUid: 'me',
      process: `p${this.process}`,
      ...(this.pointer ? { knownGood: this.pointer } : {}),
      ...(this.journal ? { journal: this.journal } : {}),
      generation: this.journal && this.generations.has(this.journal.operation) ? 'Complete' : 'Absent',
      lease: this.lease,
      volumes: this.volumes,
      enrolled: true,
      cancelled: false,
      eligibility: { eligible: true },
      faults: 0,
    };
  }

  /** Does the side effect, and journals it unless the crash comes in between. */
  apply(next: NextPromotionStep, fault: 'None' | 'Fails' | 'CrashBefore' | 'CrashAfter'): void {
    if (fault === 'CrashBefore') this.process += 1;
    else if (fault === 'Fails' && next.next === 'Step' && this.pointer?.runUid !== 'me')
      this.note({ failure: 'Failed' });
    else {
      this.act(next);
      if (fault === 'CrashAfter') this.process += 1;
      else this.record(next);
    }
  }

  act(next: NextPromotionStep): void {
    if (next.next === 'AcquireLease') this.lease = 'Mine';
    if (next.next === 'BeginAgain') this.deployed = false;
    if (next.next === 'Step') this.step(next.step, next.operation);
    if (next.next === 'Undo' && next.step === 'Undeploy') this.deployed = false;
    if (next.next === 'Undo' && next.step === 'ReleaseLease') this.lease = 'Free';
    if (next.next === 'Undo' && next.step === 'SettleVolumes') {
      this.volumes = { state: next.how === 'MarkDirty' ? 'Dirty' : 'Missing' };
    }
  }

  step(step: PromotionStep, operation: string): void {
    expect(this.lease, step).to.equal('Mine');
    if (step === 'MarkDirty') this.volumes = { state: 'Dirty' };
    if (step === 'Restore') expect([this.deployed, this.volumes.state]).to.deep.equal([false, 'Dirty']);
    if (step === 'Deploy') this.deployed = true;
    if (step === 'AwaitHealth') this.healthyOnce = true;
    if (step === 'Undeploy') this.deployed = false;
    if (step === 'MakeGeneration') {
      expect(this.deployed).to.equal(false);
      this.generations.add(operation);
    }
    if (step === 'Swap') {
      expect([this.generations.has(operation), this.healthyOnce]).to.deep.equal([true, true]);
      this.pointer = { id: operation, runUid: 'me' };
    }
    if (step === 'MarkClean') this.volumes = { state: 'Clean', generation: operation };
    if (step === 'ReleaseLease') this.lease = 'Free';
  }

  record(next: NextPromotionStep): void {
    if (next.next === 'Begin') this.begin(1);
    if (next.next === 'BeginAgain') this.begin(next.begun);
    if (next.next === 'Fail') this.note({ failure: next.reason });
    if (next.next === 'Step') this.note({ done: [...(this.journal?.done ?? []), next.step] });
    if (next.next === 'Undo') this.note({ undone: [...(this.journal?.undone ?? []), next.step] });
  }

  begin(begun: number): void {
    this.operations += 1;
    const process = `p${this.process}`;
    this.journal = { operation: `op-${this.operations}`, process, begun, done: [], undone: [] };
  }

  note(changes: Partial<PromotionJournal>): void {
    if (this.journal) this.journal = { ...this.journal, ...changes };
  }
}

describe('a promotion with faults at any point', () => {
  const fault = fc.constantFrom('None', 'None', 'None', 'Fails', 'CrashBefore', 'CrashAfter');
  const start = fc.constantFrom('KnownGood', 'None');

  it('I4 I8 ends, says what is on disk, leaves nothing deployed and no lease', () => {
    fc.assert(
      fc.property(start, fc.array(fault, { maxLength: 40 }), (withKnownGood, faults) => {
        const world = new World(withKnownGood);
        for (let turn = 0; turn < 200; turn += 1) {
          const next = nextPromotionStep(world.facts());
          if (next.next === 'Over') return checkEnd(world, next, withKnownGood);
          world.apply(next, faults[turn] ?? 'None');
          expect(world.operations).to.be.at.most(PROMOTION.begins);
        }
        throw new Error('it does not end');
      }),
      { numRuns: 3000 },
    );
  });

  it('promotes when nothing goes wrong, in the order of the steps', () => {
    const world = new World('None');
    const steps: string[] = [];
    for (;;) {
      const next = nextPromotionStep(world.facts());
      if (next.next === 'Over') break;
      if (next.next === 'Step') steps.push(next.step);
      world.apply(next, 'None');
    }
    expect(steps).to.deep.equal([...PROMOTION_STEPS]);
    expect(world.pointer).to.deep.equal({ id: 'op-1', runUid: 'me' });
  });

  function checkEnd(world: World, end: NextPromotionStep & { next: 'Over' }, start: 'KnownGood' | 'None'): void {
    expect(world.deployed).to.equal(false);
    expect(world.lease).to.equal('Free');
    const mine = world.pointer?.runUid === 'me';
    expect(end.outcome).to.equal(mine ? 'Done' : 'Failed');
    if (mine) expect(world.volumes).to.deep.equal({ state: 'Clean', generation: world.pointer?.id });
    else expect(world.pointer?.id).to.equal(start === 'None' ? undefined : 'old');
    if (!mine) expect(world.volumes.state).to.be.oneOf(start === 'None' ? ['Missing'] : ['Dirty', 'Clean']);
  }
});
