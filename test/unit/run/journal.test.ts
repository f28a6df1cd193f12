import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { journalOf, newJournal, type RunJournal, resourcesOf, saveRun } from '../../../controllers/run/journal.ts';
import { CcError } from '../../../lib/errors.ts';
import { DamagedRecord } from '../../../lib/store/damaged-record.ts';
import { endedJournal, runProgress } from '../../builders/run-facts.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { RunWorld } from './run-world.ts';

describe('the journal of a run', () => {
  let world: RunWorld;

  beforeEach(() => {
    world = new RunWorld();
  });
  afterEach(() => world.close());

  const shown = () => join(world.directories.root, 'progress.json');
  const written = () => JSON.parse(readFileSync(shown(), 'utf8')).stages[0].result;

  it('T85 holds the stages, which are shown beside it only after that, and only where they differ', async () => {
    const pass = world.pass();
    world.fail('write journal', new CcError('NoSpace', 'full'));
    expect(await codeOf(saveRun(pass))).to.equal('NoSpace');
    expect([existsSync(shown()), pass.shown]).to.deep.equal([false, undefined]);
    await saveRun(pass);
    expect([world.journal.progress, written()]).to.deep.equal([world.progress, 'Pending']);
    writeFileSync(shown(), 'ours');
    await saveRun(pass);
    expect(readFileSync(shown(), 'utf8'), 'nothing differs').to.equal('ours');
    Object.assign(world.stage('Prepare') ?? {}, { result: 'Running' });
    await saveRun(pass);
    expect(written()).to.equal('Running');
    expect(pass.shown).to.equal(JSON.stringify(world.progress));
  });

  it('of a run that was collected holds no stages, nor shows them', async () => {
    world.journal = { ...endedJournal(), progress: runProgress() };
    await saveRun(world.pass());
    expect(world.journal).to.not.have.property('progress');
    world.journal = { ...endedJournal({ collected: false }), progress: runProgress() };
    world.progress = undefined;
    await saveRun(world.pass());
    expect(world.journal).to.not.have.property('progress');
    expect([existsSync(shown()), world.took()]).to.deep.equal([false, ['write journal', 'write journal']]);
  });

  describe('that is read', () => {
    const KEY = { kind: 'Run', name: 'notes' } as const;
    const read = (journal?: RunJournal) => {
      const store = { readJournal: async <T>() => journal as T | undefined };
      return journalOf(store, KEY, { session: 'this', runDirectory: world.directories.root });
    };

    it('is what was written, or a new one', async () => {
      const journal = endedJournal();
      expect(await read(journal)).to.equal(journal);
      expect(await read()).to.deep.equal({
        ...{ format: 1, step: 'Pending', session: 'this', attempts: [], crashes: 0, infraRetries: 0, tornDown: true },
      });
      expect(newJournal('s').session).to.equal('s');
    });

    for (const [what, arrange, isLost] of [
      ['results', () => writeFileSync(join(world.directories.root, 'results.json'), '{}'), true],
      ['a stage that ran', () => writeFileSync(shown(), JSON.stringify(runProgress({ Prepare: 'Running' }))), true],
      ['stages that never ran', () => writeFileSync(shown(), JSON.stringify(runProgress())), false],
      ['stages that cannot be read', () => writeFileSync(shown(), '{'), false],
    ] as const) {
      it(`T84 I19 beside ${what} is ${isLost ? 'lost: no run is tested twice' : 'new'}`, async () => {
        arrange();
        const error = await read().catch((caught: unknown) => caught);
        if (isLost) expect(error).to.be.instanceOf(DamagedRecord);
        else expect(error).to.deep.include({ step: 'Pending' });
      });
    }

    it('T81 is not new where the system cannot tell now', async () => {
      writeFileSync(shown(), '{}');
      const calls = await FileCalls.on(world.root);
      try {
        calls.failNext(/^readFile .*progress.json$/, 'EIO');
        expect(await codeOf(read())).to.equal('EIO');
      } finally {
        calls.stop();
      }
    });
  });

  it('names what an attempt made; one of an older version made an app', () => {
    const attempt = { number: 1, domain: 'd', startTime: '' };
    expect(resourcesOf(attempt)).to.deep.equal([{ kind: 'App', domain: 'd' }]);
    expect(resourcesOf({ ...attempt, resources: [] })).to.deep.equal([]);
  });
});
