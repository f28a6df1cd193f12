import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import type { AppSpec, LogLine, Revision } from '../../../lib/platform/platform.ts';
import { deployTo } from '../../contract/platform/deploy-to.ts';
import { codeOf, settled } from '../../contract/platform/platform-contract.ts';
import { FakePlatform } from '../../fakes/fake-platform.ts';

const never = new AbortController().signal;
const app: AppSpec = { domain: 'a.example', recipe: 'a', composeFiles: ['compose.yml'], env: {}, secrets: {} };
const revision = (commit: string): Revision => ({ commit, directory: `/nowhere/${commit}` });

describe('FakePlatform on demand', () => {
  let platform: FakePlatform;

  beforeEach(async () => {
    platform = await new FakePlatform({ clock: systemClock }).open();
  });

  afterEach(async () => {
    await platform.close();
  });

  it('fails the next call only, before any effect, and counts it', async () => {
    platform.failNext('deploy', new CcError('Unreachable', 'the engine is away'));
    expect(await codeOf(deployTo(platform, app, revision('a1')))).to.equal('Unreachable');
    expect(await platform.apps(never)).to.deep.equal([]);
    await deployTo(platform, app, revision('a1'));
    expect(platform.count('deploy')).to.equal(2);
    expect(platform.calls.filter(({ method, commit }) => method === 'deploy' && commit === 'a1')).to.have.lengthOf(2);
  });

  it('hangs until the signal', async () => {
    platform.hangNext('undeploy');
    const stop = new AbortController();
    const hanging = platform.undeploy(app, stop.signal);
    expect(await Promise.race([hanging.then(() => 'ended'), systemClock.sleep(20).then(() => 'hangs')])).to.equal(
      'hangs',
    );
    stop.abort();
    expect(await codeOf(hanging)).to.equal('Aborted');
  });

  it('writes into the volumes at a start, as a migration would', async () => {
    const seen: string[] = [];
    platform.behave('a1', {
      volumes: ['data'],
      onStart: async (volumes) => void seen.push(...volumes.map(({ name }) => name)),
    });
    await deployTo(platform, app, revision('a1'));
    expect(seen).to.deep.equal(['data']);
  });

  it('a half-way deploy claims no commit', async () => {
    platform.dieHalfway('deploy');
    expect(await codeOf(deployTo(platform, app, revision('a1')))).to.equal('Internal');
    const seen = await platform.observe(app, never);
    expect(seen).to.include({ deployed: true });
    expect(seen).to.not.have.property('commit');
  });

  it('a crash and a lost volume are seen', async () => {
    await deployTo(platform, app, revision('a1'));
    platform.crash(app.domain);
    expect((await platform.observe(app, never)).services[0]?.tasks[0]).to.include({ state: 'Exited', exitCode: 137 });
    await platform.loseVolume(app.domain, 'data');
    expect(await platform.volumes(app, never)).to.deep.equal([]);
    expect(await codeOf(deployTo(platform, app, revision('b2')))).to.equal('DataMissing');
  });

  it('logs the last lines of each service', async () => {
    platform.behave('a1', { services: [{ name: 'app', logs: ['1', '2', '3'] }] });
    await deployTo(platform, app, revision('a1'));
    const lines: LogLine[] = [];
    for await (const line of platform.logs(app, { tail: 2 })) lines.push(line);
    expect(lines.map(({ text }) => text)).to.deep.equal(['2', '3']);
  });

  for (const [conduct, reason] of [
    ['Rejected', 'TaskRejected'],
    ['CrashLoops', 'CrashLoop'],
  ] as const) {
    it(`${conduct} is ${reason}`, async () => {
      platform.behave('a1', { services: [{ name: 'app', conduct }] });
      await deployTo(platform, app, revision('a1'));
      expect(await settled(platform, app.domain)).to.include({ reason });
    });
  }
});
