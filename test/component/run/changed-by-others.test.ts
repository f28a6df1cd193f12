import { expect } from 'chai';
import type { RunStatus, StageName } from '../../../lib/api/index.ts';
import { AppHome } from '../../../lib/app/app-home.ts';
import { CcError } from '../../../lib/errors.ts';
import { condition, stageOf } from './bench.ts';
import { CANONICAL_DOMAIN, enrol, HEALTHY, type Notes, notesBench } from './enrolled.ts';

const WHAT = 'service app was scaled to 0 by somebody else';

describe('an app that somebody else changes in mid-run', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const journal = () => notes.bench.journal('r1').catch(() => undefined);
  const start = (spec: object = {}) =>
    notes.bench.write('Run', 'r1', { recipe: 'notes', source: notes.recipe.directory, ...spec });
  const reach = (stage: StageName, step: number) =>
    notes.bench.until(async () => {
      const cursor = (await journal())?.memory?.cursor;
      return cursor?.stage === stage && cursor.step === step;
    }, `${stage} ${step}`);
  const domain = async () => (await notes.bench.journal('r1')).attempts[0]?.domain ?? '';
  const expectInfra = (status: RunStatus, stage: StageName) => {
    expect(stageOf(status, stage)).to.include({ result: 'Failed', reason: 'ChangedByOthers' });
    expect(condition(status, 'Succeeded')).to.equal('False/Failed');
    expect(status.blame).to.equal('Infra');
    expect(status.attempts).to.have.lengthOf(1);
    expect(condition(status, 'TornDown')).to.equal('True/Verified');
  };

  it('ends the run while it comes up: Infra, no second attempt, nothing left', async () => {
    await start();
    await reach('Install', 2);
    notes.bench.platform.meddle(await domain(), WHAT);
    const status = await notes.bench.finish('r1');
    expectInfra(status, 'Install');
    expect(stageOf(status, 'Install').message).to.equal(WHAT);
    expect(await notes.bench.store.claims.list()).to.deep.equal([]);
  });

  it('I13 what an upgrade is to bring is not written before it is deployed, nor where it is refused', async () => {
    await enrol(notes, { ci: { upgrade: { env: { GREETING: 'of head' } } } });
    await start();
    await reach('Upgrade', 1);
    const home = new AppHome(notes.bench.settings.stateDirectory, await domain());
    expect(await home.readEnv())
      .to.include('DOMAIN')
      .and.not.to.include('GREETING');
    notes.bench.platform.meddle(home.domain, WHAT, 'Gone');
    await notes.bench.until(async () => (await journal())?.step !== 'Testing', 'the end of the tests');
    expect(await home.readEnv()).not.to.include('GREETING');
    expectInfra(await notes.bench.finish('r1'), 'Upgrade');
  });

  const failing = { ci: { tests: [{ name: 'fails', command: ['./fails.sh'], from: 'Profile' as const }] } };

  for (const left of ['Something', 'Gone'] as const) {
    it(`explains a test that failed, and keeps what failed first in the message: ${left} @nightly`, async () => {
      await notes.bench.profile('notes', 'fails.sh', '#!/bin/sh\necho no answer; exit 1\n');
      await enrol(notes, failing);
      await start();
      await reach('Custom', 0);
      notes.bench.platform.meddle(await domain(), WHAT, left);
      const status = await notes.bench.finish('r1');
      expectInfra(status, 'Custom');
      expect(stageOf(status, 'Custom').message)
        .to.include(left === 'Gone' ? 'gone' : WHAT)
        .and.include('TestsFailed');
    });
  }

  it('a test that passes on a changed app proves nothing; what comes after it is not tried', async () => {
    const tests = [{ name: 'passes', command: ['true'], from: 'Profile' as const }];
    await enrol(notes, { ci: { tests } });
    await start();
    await reach('Custom', 0);
    notes.bench.platform.meddle(await domain(), WHAT);
    const status = await notes.bench.finish('r1');
    expectInfra(status, 'Custom');
    expect(stageOf(status, 'Custom').message).to.equal(WHAT);
    expect(status.promotion).to.include({ result: 'Skipped', reason: 'NotGreen' });
  });

  it('a fault that the change made ends the run, as the change would have @nightly', async () => {
    await enrol(notes);
    await start();
    await reach('Backup', 2);
    notes.bench.platform.meddle(await domain(), WHAT);
    notes.bench.platform.failNext('volumes', new CcError('Conflict', 'the volume is in use'));
    const status = await notes.bench.finish('r1');
    expectInfra(status, 'Backup');
    expect(stageOf(status, 'Backup').message).to.include(WHAT).and.include('in use');
    expect(stageOf(status, 'Custom').result).to.equal('Skipped');
  });

  for (const [verify, script] of [
    ['passes', 'exit 0'],
    ['fails', 'exit 1'],
  ] as const) {
    it(`I4 what somebody else changed while it was promoted never becomes known-good, though verify ${verify} @nightly`, async () => {
      const verifyHook = { command: ['./once.sh'], from: 'Profile' as const };
      const only = `#!/bin/sh\n[ "$CCCI_DOMAIN" != ${CANONICAL_DOMAIN} ] || { ${script}; }\n`;
      await notes.bench.profile('notes', 'once.sh', only);
      await enrol(notes, { ci: { data: { verify: verifyHook } } });
      await start();
      const steps = async (): Promise<readonly string[]> => (await journal())?.promotionMemory?.steps?.done ?? [];
      await notes.bench.until(async () => (await steps()).includes('AwaitHealth'), 'the promotion is up');
      notes.bench.platform.meddle(CANONICAL_DOMAIN, WHAT);
      const status = await notes.bench.finish('r1');
      expect(status.verdict).to.equal('Passed');
      expect(status.promotion).to.include({ result: 'Failed' });
      expect(stageOf(status, 'Promote').message).to.include('ChangedByOthers').and.include(WHAT);
      expect(await notes.bench.knownGood('notes').pointer()).to.equal(undefined);
    });
  }

  it('explains a deadline', async () => {
    notes.bench.platform.behave(notes.base, { ...HEALTHY, services: [{ name: 'app', conduct: 'NeverUp' }] });
    await start({ timeouts: { health: '10s' } });
    await reach('Install', 2);
    notes.bench.platform.meddle(await domain(), WHAT, 'Gone');
    const status = await notes.bench.finish('r1');
    expectInfra(status, 'Install');
    expect(stageOf(status, 'Install').message).to.include('DeadlineExceeded');
  });

  it('says nothing about an app that nobody touched @nightly', async () => {
    await notes.bench.profile('notes', 'fails.sh', '#!/bin/sh\nexit 1\n');
    await enrol(notes, failing);
    await start();
    const status = await notes.bench.finish('r1');
    expect(stageOf(status, 'Custom').reason).to.equal('TestsFailed');
    expect(status.blame).to.equal('Recipe');
  });

  it('a test that fails while the engine is gone is an infrastructure fault: tried again @nightly', async () => {
    const flag = `${notes.bench.root}/failed-once`;
    await notes.bench.profile('notes', 'fails.sh', `#!/bin/sh\ntest -e ${flag} || { touch ${flag}; exit 1; }\n`);
    await enrol(notes, failing);
    await start();
    await reach('Custom', 0);
    notes.bench.platform.failNext('observe', new CcError('Unreachable', 'the engine does not answer'));
    const status = await notes.bench.finish('r1');
    expect(status.attempts?.map(({ reason }) => reason)).to.deep.equal(['InfraFault', undefined]);
    expect(status.verdict).to.equal('Passed');
  });
});
