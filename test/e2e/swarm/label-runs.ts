import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/generated/types.ts';
import { ensureBusyboxImage } from '../../rig/test-engine.ts';
import type { Bench } from '../harness.ts';
import { namesOf } from '../leftovers.ts';
import type { RecipeRepository } from '../recipes.ts';
import { enrolLabels, ensureBareImage, LABELS, type Labels, labelFiles, QUOTED_DUMP } from './label-recipe.ts';
import { stackBench } from './stack-bench.ts';
import { resultsOf, stageOf } from './stages.ts';

const RUN_MS = 180_000;

/** What is wrong with a pre-hook, and what the failure has to say. */
const BROKEN: Readonly<Record<string, { service: string; hook: string; exitCode: readonly number[]; said: string }>> = {
  'not-there': { service: 'files', hook: 'no-such-program --all', exitCode: [127], said: 'not found' },
  'no-program': { service: 'files', hook: '/uploads', exitCode: [126], said: 'ermission denied' },
  'no-shell': { service: 'bare', hook: 'true', exitCode: [126, 127], said: '/bin/sh' },
  'talks-long': {
    service: 'db',
    hook: 'yes "$(seq 1 400)" | head -c 9000000; echo so far; exit 3',
    exitCode: [3],
    said: 'so far',
  },
};

/** The labels with another pre-hook. */
function withHook(service: string, hook: string): Labels {
  return {
    ...LABELS,
    [service]: { 'backupbot.backup': 'true', ...LABELS[service], 'backupbot.backup.pre-hook': hook },
  };
}

/** A run of labels that choose, and those whose hooks fail or hang. */
export function labelRuns(): void {
  describe('backup labels in real containers', function () {
    this.timeout(2 * RUN_MS);
    let bench: Bench;
    let repository: RecipeRepository;

    before(async () => {
      ensureBusyboxImage();
      ensureBareImage();
      bench = stackBench('Swarm', 'lab', { maxRuns: 3 });
      repository = enrolLabels(bench);
      await bench.start();
      await bench.waitCondition({ kind: 'Canonical', name: 'labels' }, 'Accepted', 'True');
    });
    after(() => bench?.dispose());

    function start(name: string, labels: Labels, spec: object = {}): Promise<RunStatus> {
      repository.branch(name, labelFiles('1.0.0+1.0.0', labels));
      bench.apply('Run', name, { recipe: 'labels', ref: name, ...spec });
      return bench.waitOver(name, RUN_MS);
    }

    function logOf(run: string, log: string): string {
      const directory = namesOf(join(bench.state, 'runs')).find((name) => name.startsWith(`${run}-`)) ?? '';
      return readFileSync(join(bench.state, 'runs', directory, 'logs', `${log}.log`), 'utf8');
    }

    it('of both drafts on several services bring back what they choose, and nothing else', async () => {
      const status = await start('chosen', LABELS);
      expect(resultsOf(status), JSON.stringify(status)).to.include({
        Upgrade: 'Passed',
        Backup: 'Passed',
        Restore: 'Passed',
      });
      expect(logOf('chosen', 'upgrade-verify')).to.include('inner\nouter\npicture\nthumbnail\n');
      // Half of a volume by draft 1; a whole one; none of an excluded one; a dump that its hooks made and loaded.
      expect(logOf('chosen', 'restore-verify')).to.include(`inner\npicture\n${QUOTED_DUMP}${QUOTED_DUMP}`);
      expect(logOf('chosen', 'restore-verify')).not.to.match(/outer|thumbnail/);
    });

    it('whose hooks fail say which, in which service, and how', async () => {
      const all = Object.entries(BROKEN).map(async ([name, { service, hook, exitCode, said }]) => {
        const stage = stageOf(await start(name, withHook(service, hook)), 'Backup');
        expect(stage, JSON.stringify(stage)).to.include({ result: 'Failed', reason: 'HookFailed', service });
        expect(stage.exitCode).to.be.oneOf([...exitCode]);
        expect(stage.message).to.include(`backupbot.backup.pre-hook of service ${service}`).and.include(said);
        expect(JSON.stringify(stage).length).to.be.lessThan(16_000);
      });
      await Promise.all(all);
    });

    it('whose hook hangs end it before the time of the run is over, and say so', async () => {
      const status = await start('hangs', withHook('db', 'echo waiting; sleep 1000'), { timeouts: { total: '50s' } });
      const stage = stageOf(status, 'Backup');
      expect(stage, JSON.stringify(status)).to.include({ result: 'Failed', reason: 'HookFailed', service: 'db' });
      expect(stage.logTail).to.include('waiting');
      expect(status.blame).to.equal('Recipe');
    });

    it('leave nothing on the engine', () => bench.waitClean());
  });
}
