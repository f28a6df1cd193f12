import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { CcError } from '../../../lib/errors.ts';
import type { ExecOptions, ExecResult } from '../../../lib/platform/platform.ts';
import { releaseRecipe } from '../../builders/recipe.ts';
import type { FakeBehaviour } from '../../fakes/fake-app.ts';
import { Bench, condition, stageOf } from './bench.ts';

const HOOK = `printf "it's %s" 'a "dump"' | tee /data/$FILE && true`;
const LABELS = [
  'backupbot.backup=true',
  `backupbot.backup.pre-hook=${HOOK.replaceAll('"', '\\"').replaceAll('$', '$$$$')}`,
  'backupbot.backup.volumes.data.path=dump.sql',
  'backupbot.restore.post-hook=load',
];

/** What the hook of a backup finds: it may write into the volume and change the app. */
type Hook = (at: { volume: string; options: ExecOptions; domain: string }) => Promise<Partial<ExecResult>>;

describe('the hooks of a backup', () => {
  let bench: Bench;
  let called: (readonly string[])[];

  beforeEach(async () => {
    bench = await Bench.open();
    called = [];
  });
  afterEach(() => bench.close());

  /** A run of a recipe whose pre-hook does that; other hooks end well. */
  async function run(hook: Hook, spec: object = {}): Promise<RunStatus> {
    await start(hook, spec);
    return bench.finish('r1');
  }

  async function start(hook: Hook, spec: object): Promise<void> {
    const recipe = await bench.repository();
    const commit = await releaseRecipe(recipe, { version: '1.0.0+1.0.0', labels: LABELS });
    const exec: FakeBehaviour['exec'] = async (_service, argv, options) => {
      // The look for servers in the service, which has arguments.
      if (argv.length > 3) return { exitCode: 0, stdout: '', stderr: '', outcome: 'Exited' };
      called.push(argv);
      const domain = (await bench.journal('r1')).attempts.at(-1)?.domain ?? '';
      const volume = join(bench.platform.directory, domain, 'data');
      const result = argv.at(-1) === 'load' ? {} : await hook({ volume, options, domain });
      return { exitCode: 0, stdout: '', stderr: '', outcome: 'Exited', ...result };
    };
    bench.platform.behave(commit, { services: [{ name: 'app' }], exec });
    await bench.write('Run', 'r1', { recipe: 'notes', source: recipe.directory, ...spec });
  }

  const dump =
    (text: string): Hook =>
    async ({ volume }) => {
      await writeFile(join(volume, 'dump.sql'), text);
      return {};
    };
  const expectFailed = (status: RunStatus, reason: string): void => {
    expect(stageOf(status, 'Backup'), JSON.stringify(status.stages)).to.include({
      result: 'Failed',
      reason,
      service: 'app',
    });
    expect(stageOf(status, 'Restore')).to.include({ result: 'Skipped', reason: 'BackupFailed' });
    expect(status.blame).to.equal('Recipe');
    expect(condition(status, 'TornDown')).to.equal('True/Verified');
  };

  it('are given to the shell of the service as they stand in the label', async () => {
    const status = await run(dump('rows'));
    expect(stageOf(status, 'Backup').result).to.equal('Passed');
    expect(called[0]).to.deep.equal(['/bin/sh', '-c', HOOK]);
    expect(called.at(-1)).to.deep.equal(['/bin/sh', '-c', 'load']);
  });

  it('T38 that leave a dump which breaks off make no backup', async () => {
    const status = await run(dump('-- PostgreSQL database dump\nINSERT INTO no'));
    expectFailed(status, 'BackupIncomplete');
    expect(stageOf(status, 'Backup').message).to.include('dump.sql');
  });

  it('T38 that pass while their service is restarted make no backup, however the dump looks', async () => {
    const status = await run(async ({ volume, domain }) => {
      await writeFile(join(volume, 'dump.sql'), 'rows');
      bench.platform.crash(domain);
      return {};
    });
    expectFailed(status, 'BackupIncomplete');
  });

  for (const exitCode of [1, 126, 127, 137]) {
    it(`that end with ${exitCode} fail with the label, the service and their last words @nightly`, async () => {
      const status = await run(async () => ({ exitCode, stderr: 'first\nlast words\n\n' }));
      expectFailed(status, 'HookFailed');
      const stage = stageOf(status, 'Backup');
      expect(stage).to.deep.include({ exitCode, logTail: ['first', 'last words'] });
      for (const part of ['backupbot.backup.pre-hook', 'service app', String(exitCode), 'last words'])
        expect(stage.message).to.include(part);
    });
  }

  it('T100 make an artifact whose bytes change afterwards: the disk is at fault, and the run starts over @nightly', async () => {
    await start(dump('rows'), {});
    const cursor = async () => (await bench.journal('r1').catch(() => undefined))?.memory?.cursor;
    await bench.until(async () => (await cursor())?.stage === 'Restore', 'the restore');
    const backups = (await readdir(bench.root, { recursive: true })).filter((path) =>
      /\/backup\/.*dump\.sql$/.test(path),
    );
    expect(backups).to.have.lengthOf(1);
    await writeFile(join(bench.root, backups[0] ?? ''), 'rots');
    const status = await bench.finish('r1');
    expect(status.attempts?.map(({ reason }) => reason)).to.deep.equal(['InfraFault', undefined]);
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
  });

  it('that print without end keep short last lines @nightly', async () => {
    const line = `${'x'.repeat(100_000)}\n`;
    const status = await run(async () => ({ exitCode: 1, stdout: line.repeat(10) }));
    expectFailed(status, 'HookFailed');
    expect(JSON.stringify(stageOf(status, 'Backup')).length).to.be.lessThan(8_000);
  });

  it('whose service does not run fail with its name: it is the recipe that wants them there @nightly', async () => {
    const status = await run(async () => {
      throw new CcError('NotFound', 'no task of service app runs');
    });
    expectFailed(status, 'HookFailed');
  });

  it('that hang are ended in time for the failure to name them @nightly', async () => {
    const hangs: Hook = async ({ options }) => {
      expect(options.timeoutMs).to.be.greaterThan(0).and.lessThan(60_000);
      return { outcome: 'TimedOut', exitCode: 137 };
    };
    expectFailed(await run(hangs, { timeouts: { total: '1m' } }), 'HookFailed');
  });

  it('that are cut off by a shutdown are judged by nobody', async () => {
    const shutdown = new AbortController();
    await start(async () => {
      shutdown.abort();
      return { outcome: 'Aborted', exitCode: 137 };
    }, {});
    const key = { kind: 'Run', name: 'r1' } as const;
    const error = await bench
      .until(async () => {
        await bench.step(shutdown.signal);
        return shutdown.signal.aborted;
      }, 'the hook')
      .catch((caught: unknown) => caught);
    expect(error).to.equal(undefined);
    const { stages = [] } = (await bench.status(key)) as RunStatus;
    expect(stages.find(({ name }) => name === 'Backup')?.result).not.to.equal('Failed');
  });
});
