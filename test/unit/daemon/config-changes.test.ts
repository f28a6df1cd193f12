import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigChanges, type PendingChanges } from '../../../controllers/config-changes.ts';
import { Heartbeat } from '../../../controllers/heartbeat.ts';
import { readControllerFile } from '../../../lib/cli/presence.ts';
import { loadConfig } from '../../../lib/config/load.ts';
import { CcError } from '../../../lib/errors.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';

describe('a configuration that changes while the controller runs', () => {
  let root: string;
  let log: FakeLog;
  let events: string[];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-config-'));
    log = new FakeLog();
    events = [];
  });
  afterEach(() => rm(root, { recursive: true }));

  const write = (text: string): Promise<void> => writeFile(join(root, 'cc-ci.yaml'), text);
  const reload = () =>
    loadConfig({ flags: { zone: 'of.the.flag' }, env: {}, cwd: root, systemFile: join(root, 'none') });
  const started = async (): Promise<ConfigChanges> =>
    new ConfigChanges({
      loaded: await reload(),
      reload,
      log,
      event: async ({ reason }) => void events.push(reason),
    });

  it('is told by the fields that a reload and a restart would change, once for a change, and that it is as before', async () => {
    await write('maxRuns: 2\nallowRecipeTests: [a]\n');
    const changes = await started();
    expect([await changes.look(), events]).to.deep.equal([{}, []]);
    await write('# by hand\nallowRecipeTests: [a, b]\nmaxRuns: 3\nresync: 5m\nzone: ci.example.org\n');
    const pending = { needsReload: ['maxRuns', 'allowRecipeTests'], needsRestart: ['resync'] };
    for (let look = 0; look < 2; look += 1) expect(await changes.look()).to.deep.equal(pending);
    await write('allowRecipeTests: [a]\nmaxRuns: 3\n');
    expect(await changes.look()).to.deep.equal({ needsReload: ['maxRuns'] });
    await write('allowRecipeTests: [a]\nmaxRuns: 2\n');
    expect(await changes.look()).to.deep.equal({});
    expect([events, log.take()]).to.deep.equal([
      ['RestartNeeded', 'ReloadNeeded', 'ConfigurationCurrent'],
      ['warn', 'warn', 'info'],
    ]);
  });

  it('is told where the controller would not start with it, and where it is gone', async () => {
    await write('maxRuns: 2\n');
    const changes = await started();
    await write('maxRuns: many\n');
    await changes.look();
    await rm(join(root, 'cc-ci.yaml'));
    expect(await changes.look()).to.deep.equal({ needsReload: ['maxRuns'] });
    expect(events).to.deep.equal(['ConfigurationInvalid', 'ReloadNeeded']);
  });

  describe('and is reloaded', () => {
    const runs: number[] = [];
    const following = async (): Promise<ConfigChanges> => {
      const changes = await started();
      changes.follow([{ fields: ['maxRuns'], take: (config) => void runs.push(config.maxRuns) }]);
      return changes;
    };
    beforeEach(() => runs.splice(0));

    it('is taken where it can be, and named where only a restart does; a flag stands whatever the file says', async () => {
      await write('maxRuns: 2\n');
      const changes = await following();
      await write('maxRuns: 3\nresync: 5m\nzone: ci.example.org\n');
      await changes.reload();
      expect([runs, events, await changes.look()]).to.deep.equal([
        [3],
        ['RestartNeeded'],
        { needsRestart: ['resync'] },
      ]);
      expect(log.lines[0]?.message).to.match(/took maxRuns; restart .* to take resync; set by a flag .*: zone$/);
      await write('maxRuns: 3\n');
      await changes.reload();
      expect([runs, events.at(-1), await changes.look()]).to.deep.equal([[3], 'ConfigurationReloaded', {}]);
    });

    it('is not taken at all where a field of it is wrong, and is once that is mended', async () => {
      await write('maxRuns: 2\n');
      const changes = await following();
      await write('maxRuns: 3\nresync: often\n');
      await changes.reload();
      await write('maxRuns: 3\n');
      expect([runs, events]).to.deep.equal([[], ['ConfigurationInvalid']]);
      await changes.reload();
      expect([runs, events.at(-1)]).to.deep.equal([[3], 'ConfigurationReloaded']);
    });

    it('is what nobody takes while nobody follows: it stays to be taken', async () => {
      await write('maxRuns: 2\n');
      const changes = await started();
      await write('maxRuns: 3\n');
      await changes.reload();
      expect(await changes.look()).to.deep.equal({ needsReload: ['maxRuns'] });
    });

    it('is not called faulty where what was taken cannot be written down', async () => {
      await write('maxRuns: 2\n');
      const full = new CcError('NoSpace', 'no room');
      const event = (): Promise<void> => Promise.reject(full);
      const changes = new ConfigChanges({ loaded: await reload(), reload, log, event });
      changes.follow([{ fields: ['maxRuns'], take: (config) => void runs.push(config.maxRuns) }]);
      await write('maxRuns: 3\n');
      const fault = await changes.reload().catch((error: unknown) => error);
      expect(fault).to.equal(full);
      expect([runs, log.take()]).to.deep.equal([[3], ['info']]);
    });

    it('is a file that comes where there was none', async () => {
      const changes = await following();
      await write('maxRuns: 3\n');
      await changes.reload();
      expect(runs).to.deep.equal([3]);
    });
  });

  it('is not looked for where there is no file', async () => {
    const changes = await started();
    await write('maxRuns: 3\n');
    expect([await changes.look(), events]).to.deep.equal([{}, []]);
  });

  it('stands in the record of the controller, which beats on where it cannot be looked at', async () => {
    const clock = new FakeClock();
    const facts = { stateDirectory: root, specDirectory: root, platform: 'Process', pid: 1, version: '1' };
    const faults: unknown[] = [];
    let answer = async (): Promise<PendingChanges> => ({ needsRestart: ['zone'], needsReload: ['maxRuns'] });
    const onFault = (error: unknown): void => void faults.push(error);
    const heartbeat = new Heartbeat(facts, clock, onFault, () => answer());
    await heartbeat.start();
    const record = async () => await readControllerFile(root);
    const beatUntil = async (holds: () => Promise<boolean>): Promise<void> => {
      while (!(await holds())) await clock.advance(5_000);
    };
    expect(await record()).to.not.have.property('needsRestart');
    await beatUntil(async () => (await record())?.needsRestart?.[0] === 'zone');
    answer = () => Promise.reject(new Error('no'));
    await beatUntil(async () => faults.length > 0);
    const before = (await record())?.heartbeat;
    await beatUntil(async () => (await record())?.heartbeat !== before);
    await heartbeat.stop();
    expect((await record())?.needsReload).to.deep.equal(['maxRuns']);
  });
});
