import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus, StageName } from '../../../lib/api/index.ts';
import { condition, stageOf } from './bench.ts';
import { HEALTHY, type Notes, notesBench } from './enrolled.ts';

describe('what a run stands on', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const start = (spec: object = {}) =>
    notes.bench.write('Run', 'r1', { recipe: 'notes', source: notes.recipe.directory, promotion: 'Never', ...spec });
  const reach = (stage: StageName, step: number) =>
    notes.bench.until(async () => {
      const cursor = (await notes.bench.journal('r1').catch(() => undefined))?.memory?.cursor;
      return cursor?.stage === stage && cursor.step === step;
    }, `${stage} ${step}`);
  const floor = (diskFloorBytes: number) => Object.assign(notes.bench.settings, { diskFloorBytes });
  const given = async (reason: string) =>
    notes.bench.until(async () => (await notes.bench.journal('r1')).attempts[0]?.reason === reason, reason);

  const conducts = [
    ['a stage that is about to begin', HEALTHY],
    ['an app that fails', { services: [{ name: 'app', conduct: 'CrashLoops' as const }] }],
  ] as const;
  for (const [what, behaviour] of conducts) {
    it(`T100 the disk floor in mid-run is the infrastructure's, with ${what}; the run goes on when there is room @nightly`, async () => {
      notes.bench.platform.behave(notes.head, behaviour);
      await start();
      await reach('Upgrade', behaviour === HEALTHY ? 0 : 1);
      floor(Number.MAX_SAFE_INTEGER);
      await given('InfraFault');
      await notes.bench.until(
        async () =>
          ((await notes.bench.status({ kind: 'Run', name: 'r1' })) as RunStatus).queue?.reason === 'DiskFloor',
        'waiting for room',
      );
      floor(0);
      notes.bench.platform.behave(notes.head, HEALTHY);
      const status = await notes.bench.finish('r1');
      expect(condition(status, 'Succeeded')).to.equal('True/Passed');
      expect(status.attempts).to.have.lengthOf(2);
    });
  }

  it('T60 keeps the last probe, the tasks and the logs where the time of the whole run is over', async () => {
    notes.bench.platform.behave(notes.base, { services: [{ name: 'app', conduct: 'NeverUp', logs: ['starting'] }] });
    await start({ timeouts: { total: '20s' } });
    const status = await notes.bench.finish('r1');
    expect(condition(status, 'Succeeded')).to.equal('False/TimedOut');
    const { message } = status.conditions.find(({ type }) => type === 'Succeeded') ?? {};
    expect(message).to.match(/whole run.*Install.*waited for .*app/);
    expect(stageOf(status, 'Install').message).to.match(/waited for .*app/);
    expect(stageOf(status, 'Install').logTail).to.deep.equal(['starting']);
    const logs = join(notes.bench.settings.stateDirectory, status.artifacts ?? '', 'logs');
    expect(await readdir(logs)).to.include.members(['install-service-app.log', 'install-tasks.json']);
    expect(await readFile(join(logs, 'install-service-app.log'), 'utf8')).to.include('starting');
  });

  it('R4 an app that went between two looks is no base to upgrade from: nothing is deployed afresh', async () => {
    await start();
    await reach('Upgrade', 1);
    const { domain = '' } = (await notes.bench.journal('r1')).attempts[0] ?? {};
    await notes.bench.platform.undeploy({ domain }, new AbortController().signal);
    const deploys = notes.bench.platform.count('deploy');
    const status = await notes.bench.finish('r1');
    expect(notes.bench.platform.count('deploy')).to.equal(deploys);
    expect(stageOf(status, 'Upgrade')).to.include({ result: 'Failed', reason: 'ChangedByOthers' });
    expect(status.blame).to.equal('Infra');
  });

  it('T100 a source that is not there in time is the infrastructure’s, and tried three times @nightly', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const source = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/notes.git`;
      await start({ source, timeouts: { deploy: '1s' } });
      const status = await notes.bench.finish('r1');
      expect(condition(status, 'Succeeded')).to.equal('False/InfraError');
      expect(status.blame).to.equal('Infra');
      expect(status.attempts).to.have.lengthOf(3);
    } finally {
      silent.closeAllConnections();
      await new Promise((resolve) => silent.close(resolve));
    }
  });
});
