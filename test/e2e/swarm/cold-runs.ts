import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/generated/types.ts';
import { stackNameOf } from '../../../lib/recipe/compose.ts';
import { demoCanonical } from '../demo-canonical.ts';
import { type Bench, conditionOf } from '../harness.ts';
import { type StackKind, stackBench } from './stack-bench.ts';
import { overlap, resultsOf, stageOf } from './stages.ts';
import { type Stranger, type StrangerThings, startStranger } from './stranger.ts';

const RUN_MS = 150_000;
/** Branches that have to fail, with what the Run's spec adds. */
const SPECS = {
  'crash-loop': {},
  'never-healthy': { timeouts: { health: '15s' } },
  'loses-data': {},
  'failing-test': {},
} as const;
export type Broken = keyof typeof SPECS;
export const BROKEN = Object.keys(SPECS) as Broken[];

/** The right stage, with blame and the last words of the app. */
const EXPECTED: Record<Broken, (status: RunStatus) => void> = {
  'crash-loop'(status) {
    // The engine takes the update back at the first failure; which of the two is seen first depends on the moment.
    expect(stageOf(status, 'Upgrade').reason).to.be.oneOf(['CrashLoop', 'RolledBack']);
    expect(stageOf(status, 'Upgrade')).to.include({ result: 'Failed', service: 'app', exitCode: 3 });
    expect(stageOf(status, 'Upgrade').logTail?.join('\n')).to.include('THEME is missing');
    expect(status).to.include({ blame: 'Recipe', level: 1 });
  },
  'never-healthy'(status) {
    expect(stageOf(status, 'Upgrade').reason).to.be.oneOf(['DeadlineExceeded', 'RolledBack']);
    expect(stageOf(status, 'Upgrade')).to.include({ result: 'Failed', service: 'app' });
    expect(stageOf(status, 'Upgrade').logTail?.join('\n')).to.include('listening');
    expect(status).to.include({ blame: 'Recipe', level: 1 });
  },
  'loses-data'(status) {
    expect(stageOf(status, 'Upgrade')).to.include({ result: 'Failed', reason: 'DataLost' });
    expect(stageOf(status, 'Upgrade').logTail).to.be.an('array').that.is.not.empty;
    expect(resultsOf(status)).to.include({ Backup: 'Passed', Restore: 'Failed', Custom: 'Passed' });
    expect(status).to.include({ blame: 'Recipe', level: 1 });
  },
  'failing-test'(status) {
    expect(stageOf(status, 'Custom')).to.include({ result: 'Failed', reason: 'TestsFailed' });
    expect(stageOf(status, 'Custom').tests?.find(({ name }) => name === 'roundtrip')?.result).to.equal('Failed');
    expect(stageOf(status, 'Custom').logTail?.join('\n')).to.include('not ok');
    expect(status).to.include({ blame: 'Recipe', level: 3 });
  },
};

/** What is tried beyond the enrolment. */
export interface ColdRuns {
  broken: readonly Broken[];
  /** Whether two green runs of the recipe are beside each other too. */
  green: 'Enrolment' | 'TwoAtOnce';
}

/** Enrolment, promotion, broken changes and good ones at once, with strangers beside them. */
export function coldRuns(kind: StackKind, { broken, green }: ColdRuns): void {
  describe(`cold runs of an enrolled recipe on ${kind}`, function () {
    this.timeout(240_000);
    let bench: Bench;
    let stranger: Stranger;
    let untouched: StrangerThings;

    /** One file enrols the recipe: it seeds by itself. The stranger's stack begins like the canonical's. */
    before(async () => {
      bench = stackBench(kind, 'cold', { maxRuns: 2 });
      stranger = startStranger(bench, `${stackNameOf(`warm-canon-notes.${bench.zone}`)}_old`);
      const spec = await demoCanonical(bench, 'notes');
      await bench.start();
      bench.apply('Canonical', 'notes', spec);
      await bench.waitCondition({ kind: 'Canonical', name: 'notes' }, 'Ready', 'True', RUN_MS);
      await bench.waitClean();
      untouched = await stranger.look();
    });
    after(() => bench?.dispose());

    it('seeds and promotes by itself once a file enrols it, by an upgrade to the newest release', async () => {
      const { knownGood, volumes, domain, platform } = await bench.canonicalStatus('notes');
      expect(platform).to.equal(kind);
      expect(knownGood?.version).to.equal('2.0.0+2.0.0');
      expect(volumes).to.deep.equal({ state: 'Clean', generation: knownGood?.generation });
      expect(domain).to.equal(`warm-canon-notes.${bench.zone}`);
      // The canonical is ready a moment before its run has told so.
      const seed = await bench.waitOver(knownGood?.run ?? '');
      expect(seed).to.include({ verdict: 'Passed', level: 5, platform: kind });
      expect(seed.version).to.deep.equal({ base: '1.1.0+1.1.0', head: '2.0.0+2.0.0' });
      expect(seed.deploys).to.deep.equal({ count: 1, expected: 1 });
      expect(seed.promotion).to.include({ result: 'Promoted', generation: knownGood?.generation });
    });

    if (green === 'TwoAtOnce') {
      it('two of one recipe do not disturb each other, nor the stranger whose stack is named like theirs', async () => {
        bench.apply('Run', 'older', { recipe: 'notes', ref: '1.1.0+1.1.0', promotion: 'Never' });
        bench.apply('Run', 'newest', { recipe: 'notes', ref: 'main' });
        const domain = await bench.waitFor('a domain', async () => (await bench.runStatus('older')).domain);
        const beside = startStranger(bench, `${stackNameOf(domain)}_b`);
        const [older, newest] = (await Promise.all(
          ['older', 'newest'].map((name) => bench.waitOver(name, RUN_MS)),
        )) as [RunStatus, RunStatus];
        expect(older, JSON.stringify(older)).to.include({ verdict: 'Passed', level: 5 });
        expect(older.version).to.deep.equal({ base: '1.0.0+1.0.0', head: '1.1.0+1.1.0' });
        expect(older.promotion).to.include({ result: 'Skipped', reason: 'PromotionNever' });
        expect(newest, JSON.stringify(newest)).to.include({ verdict: 'Passed', level: 5 });
        expect(newest.promotion?.result).to.equal('Promoted');
        await bench.waitFor('the canonical to tell of what was promoted', async () => {
          return (await bench.canonicalStatus('notes')).knownGood?.generation === newest.promotion?.generation;
        });
        expect(older.domain).not.to.equal(newest.domain);
        expect(overlap(older, newest)).to.equal(true);
        for (const status of [older, newest]) expect(conditionOf(status, 'TornDown')?.status).to.equal('True');
        await bench.waitClean();
        expect((await beside.look()).things).to.have.length.greaterThan(4);
      });
    }

    describe('of broken changes', () => {
      before(() => {
        for (const name of broken) bench.apply('Run', name, { recipe: 'notes', ref: `broken/${name}`, ...SPECS[name] });
      });

      for (const name of broken) {
        it(`R5 R6 ${name}: are red at the right stage, with blame and the last words of the app`, async () => {
          const status = await bench.waitOver(name, RUN_MS);
          expect(conditionOf(status, 'Succeeded'), JSON.stringify(status)).to.include({
            status: 'False',
            reason: 'Failed',
          });
          expect(conditionOf(status, 'TornDown')?.status).to.equal('True');
          expect(status.promotion).to.include({ result: 'Skipped', reason: 'NotGreen' });
          EXPECTED[name](status);
        });
      }

      it('leave nothing behind, by name and label, and the stranger as it was', async () => {
        await bench.waitClean();
        expect(await stranger.look()).to.deep.equal(untouched);
        expect(untouched.things.map(({ kind: one }) => one)).to.have.members([
          'service',
          'container',
          'network',
          'secret',
          'volume',
        ]);
      });
    });
  });
}
