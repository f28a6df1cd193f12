import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/generated/types.ts';
import { stackNameOf } from '../../../lib/recipe/compose.ts';
import { demoCanonical } from '../demo-canonical.ts';
import { type Bench, conditionOf } from '../harness.ts';
import { type StackKind, stackBench } from './stack-bench.ts';
import { overlap, resultsOf, stageOf } from './stages.ts';
import { type Stranger, startStranger } from './stranger.ts';

const RUN_MS = 150_000;
/** Branches that have to fail, with what the Run's spec adds. */
const BROKEN = {
  'crash-loop': {},
  'never-healthy': { timeouts: { health: '15s' } },
  'loses-data': {},
  'failing-test': {},
} as const;

/** Enrolment, good and broken changes, promotion, two at once, with strangers beside them. */
export function coldRuns(kind: StackKind): void {
  describe(`cold runs of an enrolled recipe on ${kind}`, function () {
    this.timeout(240_000);
    let bench: Bench;
    let stranger: Stranger;
    let untouched: unknown;

    /** One file enrols the recipe: it seeds by itself. The stranger's stack begins like the canonical's. */
    before(async () => {
      bench = stackBench(kind, 'cold', { maxRuns: 2 });
      stranger = startStranger(bench, `${stackNameOf(`warm-canon-notes.${bench.zone}`)}_old`);
      const spec = await demoCanonical(bench, 'notes');
      await bench.start();
      bench.apply('Canonical', 'notes', spec);
      await bench.waitCondition({ kind: 'Canonical', name: 'notes' }, 'Ready', 'True', RUN_MS);
      await bench.waitClean();
      untouched = stranger.look();
    });
    after(() => bench?.dispose());

    it('seeds and promotes by itself once a file enrols it, by an upgrade to the newest release', async () => {
      const { knownGood, volumes, domain, platform } = await bench.canonicalStatus('notes');
      expect(platform).to.equal(kind);
      expect(knownGood?.version).to.equal('2.0.0+2.0.0');
      expect(volumes).to.deep.equal({ state: 'Clean', generation: knownGood?.generation });
      expect(domain).to.equal(`warm-canon-notes.${bench.zone}`);
      const seed = await bench.runStatus(knownGood?.run ?? '');
      expect(seed).to.include({ verdict: 'Passed', level: 5, platform: kind });
      expect(seed.version).to.deep.equal({ base: '1.1.0+1.1.0', head: '2.0.0+2.0.0' });
      expect(seed.deploys).to.deep.equal({ count: 1, expected: 1 });
      expect(seed.promotion).to.include({ result: 'Promoted', generation: knownGood?.generation });
    });

    it('two of one recipe do not disturb each other, nor the stranger whose stack is named like theirs', async () => {
      bench.apply('Run', 'older', { recipe: 'notes', ref: '1.1.0+1.1.0', promotion: 'Never' });
      bench.apply('Run', 'newest', { recipe: 'notes', ref: 'main' });
      const domain = await bench.waitFor('a domain', async () => (await bench.runStatus('older')).domain);
      const beside = startStranger(bench, `${stackNameOf(domain)}_b`);
      const [older, newest] = (await Promise.all(['older', 'newest'].map((name) => bench.waitOver(name, RUN_MS)))) as [
        RunStatus,
        RunStatus,
      ];
      expect(older, JSON.stringify(older)).to.include({ verdict: 'Passed', level: 5 });
      expect(older.version).to.deep.equal({ base: '1.0.0+1.0.0', head: '1.1.0+1.1.0' });
      expect(older.promotion).to.include({ result: 'Skipped', reason: 'PromotionNever' });
      expect(newest, JSON.stringify(newest)).to.include({ verdict: 'Passed', level: 5 });
      expect(newest.promotion?.result).to.equal('Promoted');
      expect((await bench.canonicalStatus('notes')).knownGood?.generation).to.equal(newest.promotion?.generation);
      expect(older.domain).not.to.equal(newest.domain);
      expect(overlap(older, newest)).to.equal(true);
      for (const status of [older, newest]) expect(conditionOf(status, 'TornDown')?.status).to.equal('True');
      await bench.waitClean();
      expect((beside.look() as { things: unknown[] }).things).to.have.length.greaterThan(4);
    });

    it('R5 R6 broken changes are red at the right stage, with blame and the last words of the app', async () => {
      for (const [name, spec] of Object.entries(BROKEN))
        bench.apply('Run', name, { recipe: 'notes', ref: `broken/${name}`, ...spec });
      const crash = await red('crash-loop');
      // The engine takes the update back at the first failure; which of the two is seen first depends on the moment.
      expect(stageOf(crash, 'Upgrade').reason).to.be.oneOf(['CrashLoop', 'RolledBack']);
      expect(stageOf(crash, 'Upgrade')).to.include({ result: 'Failed', service: 'app', exitCode: 3 });
      expect(stageOf(crash, 'Upgrade').logTail?.join('\n')).to.include('THEME is missing');
      expect(crash).to.include({ blame: 'Recipe', level: 1 });

      const sick = await red('never-healthy');
      expect(stageOf(sick, 'Upgrade').reason).to.be.oneOf(['DeadlineExceeded', 'RolledBack']);
      expect(stageOf(sick, 'Upgrade')).to.include({ result: 'Failed', service: 'app' });
      expect(stageOf(sick, 'Upgrade').logTail?.join('\n')).to.include('listening');
      expect(sick).to.include({ blame: 'Recipe', level: 1 });

      const lossy = await red('loses-data');
      expect(stageOf(lossy, 'Upgrade')).to.include({ result: 'Failed', reason: 'DataLost' });
      expect(stageOf(lossy, 'Upgrade').logTail).to.be.an('array').that.is.not.empty;
      expect(resultsOf(lossy)).to.include({ Backup: 'Passed', Restore: 'Failed', Custom: 'Passed' });
      expect(lossy).to.include({ blame: 'Recipe', level: 1 });

      const failing = await red('failing-test');
      expect(stageOf(failing, 'Custom')).to.include({ result: 'Failed', reason: 'TestsFailed' });
      expect(stageOf(failing, 'Custom').tests?.find(({ name }) => name === 'roundtrip')?.result).to.equal('Failed');
      expect(stageOf(failing, 'Custom').logTail?.join('\n')).to.include('not ok');
      expect(failing).to.include({ blame: 'Recipe', level: 3 });
    });

    it('leaves nothing behind, by name and label, and the stranger as it was', async () => {
      await bench.waitClean();
      expect(stranger.look()).to.deep.equal(untouched);
      expect((untouched as { things: { kind: string }[] }).things.map(({ kind: one }) => one)).to.have.members([
        'service',
        'container',
        'network',
        'secret',
        'volume',
      ]);
    });

    /** The end of the run of the branch `broken/<name>`, which has to fail. */
    async function red(name: keyof typeof BROKEN): Promise<RunStatus> {
      const status = await bench.waitOver(name, RUN_MS);
      expect(conditionOf(status, 'Succeeded'), JSON.stringify(status)).to.include({
        status: 'False',
        reason: 'Failed',
      });
      expect(conditionOf(status, 'TornDown')?.status).to.equal('True');
      expect(status.promotion).to.include({ result: 'Skipped', reason: 'NotGreen' });
      return status;
    }
  });
}
