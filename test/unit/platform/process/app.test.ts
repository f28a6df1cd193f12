import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { identityOf } from '../../../../lib/exec/process-identity.ts';
import { ProcessApp } from '../../../../lib/platform/process/app.ts';
import { ProcessLayout } from '../../../../lib/platform/process/layout.ts';
import { appliedRevision, observeService } from '../../../../lib/platform/process/observation.ts';
import { appliedOf } from '../../../../lib/platform/process/plan.ts';
import {
  type AppliedService,
  type AppliedSpec,
  emptyApplied,
  readApplied,
} from '../../../../lib/platform/process/record.ts';
import { type SupervisorRecord, writeRecord } from '../../../../lib/platform/process/supervisor/supervisor-record.ts';
import { codeOf } from '../../../rig/code-of.ts';

const DOMAIN = 'a.example';
const { signal } = new AbortController();

const service = (name: string, changes: Partial<AppliedService> = {}): AppliedService => ({
  ...{ name, image: `x/${name}:1`, replicas: 1, volumes: [] },
  launch: {
    ...{ command: [name], directory: '/c', environment: {}, restart: 'Always', stopGraceMs: 1, maskFiles: [] },
  },
  ...changes,
});
const endpoint = { service: 'app', name: '', host: '127.0.0.1', port: 20_001 };
const deployed = (changes: Partial<AppliedSpec> = {}): AppliedSpec => ({
  ...emptyApplied('mine'),
  ...{ state: 'Deployed', specId: 'two', commit: 'c2', services: [service('app')], endpoints: [endpoint] },
  ...{ volumes: ['data'], mounted: ['data'] },
  ...changes,
});
const record = (changes: Partial<SupervisorRecord> = {}): SupervisorRecord => ({
  ...{ token: 't', specId: 'two', commit: 'c2', state: 'Running', health: 'None', exits: [] },
  ...changes,
});

describe('one app of the process platform', () => {
  let root: string;
  let layout: ProcessLayout;
  let app: ProcessApp;
  /** What is asked of processes and ports, with the state on disk at that moment. */
  let asked: string[];
  let busy: number[];

  const stateNow = async (): Promise<string> => {
    const applied = await readApplied(layout.app(DOMAIN).applied);
    return applied === undefined ? 'none' : `${applied.state} ${applied.specId}`.trim();
  };
  const told = async (): Promise<boolean> => (await readdir(layout.changes).catch((): string[] => [])).includes(DOMAIN);

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-app-')));
    layout = new ProcessLayout(root);
    asked = [];
    busy = [];
    const processes = {
      stop: async (domain: string, applied: AppliedSpec | undefined) =>
        void asked.push(`stop ${domain} ${applied?.specId} while ${await stateNow()}`),
      launch: async (_domain: string, applied: AppliedSpec, { name }: AppliedService) => {
        asked.push(`launch ${name} of ${applied.specId}`);
        await rm(layout.change(DOMAIN), { force: true });
      },
    };
    const launchAfterStop = async (_domain: string, { specId }: AppliedSpec, { name }: AppliedService) =>
      void asked.push(`launch ${name} of ${specId} after the stop`);
    Object.assign(processes, { launchAfterStop });
    const ports = {
      waitUntilFree: async (wanted: readonly number[], ms: number) => {
        asked.push(`ports ${wanted} ${ms}`);
        return busy;
      },
    };
    app = new ProcessApp({ domain: DOMAIN, instanceId: 'mine', layout, processes, ports } as never);
  });
  afterEach(() => rm(root, { recursive: true }));

  const putRecord = (name: string, changes: Partial<SupervisorRecord>) =>
    writeRecord(layout.app(DOMAIN).service(name).record, record(changes));

  it('is read as what was applied; nothing applied is an app without processes', async () => {
    expect(await app.read()).to.equal(undefined);
    expect(await app.readOrEmpty()).to.deep.equal(emptyApplied('mine'));
    await app.write(deployed());
    expect(await app.read()).to.deep.equal(deployed());
    expect(await app.readOrEmpty()).to.deep.equal(deployed());
  });

  it('I17 of another instance is refused by every call that would touch it', async () => {
    await app.write(deployed({ engineId: 'theirs' }));
    for (const work of [() => app.read(), () => app.readOrEmpty(), () => app.takeDown(signal)]) {
      expect(await codeOf(work())).to.equal('Refused');
    }
    expect([asked, await stateNow()]).to.deep.equal([[], 'Deployed two']);
  });

  it('is replaced on disk before anything ends, so that nothing of before can start again', async () => {
    const before = deployed({ specId: 'one', services: [service('app'), service('old')] });
    await app.write(before);
    for (const name of ['app', 'old']) await putRecord(name, { specId: 'one' });
    await app.replace(before, deployed(), signal);
    expect(asked).to.deep.equal(['stop a.example one while Deployed two', 'ports 20001 10000']);
    expect(JSON.parse(await readFile(layout.app(DOMAIN).ports, 'utf8'))).to.deep.equal({ app: 20_001 });
    expect(await readdir(layout.app(DOMAIN).services)).to.deep.equal(['app']);
  });

  it('T25 whose port is not free again in time has missed its deadline', async () => {
    busy = [20_001];
    expect(await codeOf(app.stopProcesses(deployed(), signal))).to.equal('DeadlineExceeded');
    busy = [];
    await app.stopProcesses(undefined, signal);
    expect(asked.at(-1)).to.equal('ports  10000');
  });

  it('I8 is being removed from the first act on, and keeps its volumes and nothing else', async () => {
    await app.write(deployed());
    await app.takeDown(signal);
    expect(asked[0]).to.equal('stop a.example two while Removing two');
    expect(await app.read()).to.deep.equal({ ...emptyApplied('mine'), volumes: ['data'] });
    expect(await told()).to.equal(true);
  });

  it('that is undeployed, or never was, is looked for all the same, and its record stays', async () => {
    await app.takeDown(signal);
    expect([asked, await stateNow(), await told()]).to.deep.equal([
      ...[['stop a.example undefined while none', 'ports  10000'], 'none', false],
    ]);
    const empty = { ...emptyApplied('mine'), volumes: ['data'] };
    await app.write(empty);
    await app.takeDown(signal);
    expect([asked[2], await app.read(), await told()]).to.deep.equal([
      'stop a.example  while Undeployed',
      empty,
      false,
    ]);
  });

  it('T50 a removal that was cut off is ended by the next one', async () => {
    await app.write(deployed());
    busy = [20_001];
    expect(await codeOf(app.takeDown(signal))).to.equal('DeadlineExceeded');
    expect(await stateNow()).to.equal('Removing two');
    busy = [];
    await app.takeDown(signal);
    expect(await stateNow()).to.equal('Undeployed');
  });

  it('starts what has no living supervisor; what ended for good, or is wanted zero times, is left', async () => {
    const supervisor = await identityOf(process.pid);
    const names = ['alive', 'dead', 'ended', 'older', 'never'];
    const services = [...names.map((name) => service(name)), service('zero', { replicas: 0 })];
    await putRecord('alive', { supervisor });
    await putRecord('dead', { supervisor: { ...supervisor, startTicks: 1 } });
    await putRecord('ended', { state: 'Ended' });
    await putRecord('older', { state: 'Ended', specId: 'one' });
    await mkdir(layout.app(DOMAIN).services, { recursive: true });
    await app.launchMissing(deployed({ services }), 'Nothing', signal);
    expect(asked.sort()).to.deep.equal(['launch dead of two', 'launch never of two', 'launch older of two']);
    expect(await told()).to.equal(true);
    expect((await stat(layout.change(DOMAIN))).size).to.equal(0);
  });

  it('is stopped before another spec of it starts, and only missing services start where it is the same', async () => {
    const [before, supervisor] = [deployed({ specId: 'one' }), await identityOf(process.pid)];
    await app.run(before, deployed(), signal);
    const stopped = ['stop a.example one while Deployed two', 'ports 20001 10000'];
    expect(asked.splice(0)).to.deep.equal([...stopped, 'launch app of two after the stop']);
    const same = deployed();
    await app.run(same, same, signal);
    expect(asked.splice(0)).to.deep.equal(['launch app of two']);
    await putRecord('app', { specId: 'one', supervisor });
    await app.run(same, same, signal);
    expect(asked.slice(0, 1)).to.deep.equal(['stop a.example two while Deployed two']);
  });

  it('T50 is torn while something of another spec lives, or lies there', async () => {
    const supervisor = await identityOf(process.pid);
    const isTorn = () => app.isTorn(deployed());
    expect(await isTorn()).to.equal(false);
    await putRecord('app', { specId: 'one' });
    expect(await isTorn()).to.equal(false);
    await putRecord('app', { specId: 'one', supervisor });
    expect(await isTorn()).to.equal(true);
    await putRecord('app', { supervisor });
    expect(await isTorn()).to.equal(false);
    await putRecord('old', {});
    expect(await isTorn()).to.equal(true);
  });
});

describe('the record of an app that is to run', () => {
  const resolved = { services: [service('app')], endpoints: [endpoint], volumes: ['data'], ignored: ['app.user'] };
  const revision = { commit: 'c2', version: '1.0.0', directory: '/c' };
  const of = (secrets: Record<string, string>, changes: object = {}) =>
    appliedOf({ engineId: 'mine' }, {
      ...{ app: { secrets }, revision, resolved, volumes: ['data', 'old'] },
      ...changes,
    } as never);

  it('has a spec of its own each time, and the digest of all that it depends on, secrets by their values', async () => {
    const root = await mkdtemp(join(tmpdir(), 'ccci-applied-'));
    try {
      const secret = join(root, 'key');
      const write = (text: string) => writeFile(secret, text);
      await write('one');
      const [first, second] = [await of({ key: secret }), await of({ key: secret })];
      expect(first).to.deep.include({
        ...{ engineId: 'mine', state: 'Deployed', commit: 'c2', version: '1.0.0', services: resolved.services },
        ...{ endpoints: [endpoint], volumes: ['data', 'old'], mounted: ['data'], ignored: ['app.user'] },
      });
      expect(second.digest).to.equal(first.digest);
      expect(second.specId).to.not.equal(first.specId);
      await write('two');
      expect((await of({ key: secret })).digest).to.not.equal(first.digest);
      expect((await of({})).digest).to.not.equal(first.digest);
      const other = { revision: { ...revision, commit: 'c3' } };
      expect((await of({}, other)).digest).to.not.equal((await of({})).digest);
      const { version: _, ...plain } = revision;
      expect(await of({}, { revision: plain })).to.not.have.property('version');
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

describe('what is seen of a service', () => {
  const supervisor = { pid: 7, startTicks: 1, bootId: 'b' };
  const running = record({ supervisor, process: { pid: 8, startedAt: 100 } });
  const observed = (
    changes: Partial<SupervisorRecord>,
    more: { alive?: boolean; applied?: Partial<AppliedSpec> } = {},
  ) =>
    observeService(deployed(more.applied), {
      service: service('app', { launch: { ...service('app').launch, restart: 'OnFailure' } }),
      record: { ...running, ...changes },
      alive: more.alive ?? true,
    });
  const states = (...args: Parameters<typeof observed>) =>
    observed(...args).tasks.map(({ state, current }) => `${state} ${current}`);

  it('is the task of its record, of this spec or of one before, and those that ended', () => {
    expect(states({})).to.deep.equal(['Running true']);
    expect(states({ health: 'Healthy' })).to.deep.equal(['Running true']);
    expect(states({ health: 'Starting' })).to.deep.equal(['Starting true']);
    expect(states({ health: 'Unhealthy' })).to.deep.equal(['Starting true']);
    expect(states({ specId: 'one' })).to.deep.equal(['Running false']);
    expect(states({}, { alive: false })).to.deep.equal(['Exited true']);
    const exits = [
      { specId: 'two', startedAt: 1, endedAt: 2, exitCode: 3, message: 'm' },
      { specId: 'one', startedAt: 0, endedAt: 1, exitCode: 0 },
    ];
    expect(observed({ exits }).tasks.slice(1)).to.deep.equal([
      { state: 'Exited', current: true, startedAt: 1, endedAt: 2, exitCode: 3, message: 'm' },
      { state: 'Exited', current: false, startedAt: 0, endedAt: 1, exitCode: 0 },
    ]);
  });

  it('is not started again once its attempts are used up', () => {
    const exits = (exitCode: number) => [{ specId: 'two', startedAt: 1, endedAt: 2, exitCode }];
    expect(observed({ state: 'Ended', exits: exits(1) }).restart).to.equal('Never');
    expect(observed({ state: 'Ended', exits: exits(0) }).restart).to.equal('OnFailure');
    expect(observed({ state: 'Waiting', exits: exits(1) }).restart).to.equal('OnFailure');
  });

  it('is updating while the supervisor of what was applied has not taken over', () => {
    expect(observed({}).update).to.equal('None');
    expect(observed({ specId: 'one' }).update).to.equal('Updating');
    expect(observed({ specId: 'one' }, { applied: { state: 'Stopped' } }).update).to.equal('None');
    const none = { service: service('app', { replicas: 0 }), record: undefined, alive: false };
    expect(observeService(deployed(), none)).to.deep.include({ update: 'None', tasks: [], replicas: 0 });
    expect(observeService(deployed(), { ...none, service: service('app') })).to.include({ update: 'Updating' });
  });

  it('tells a commit only where all that run have the same one', () => {
    const one = (commit: string | undefined, replicas = 1, version?: string) => ({
      service: service('app', { replicas }),
      record: commit === undefined ? undefined : record({ commit, ...(version && { version }) }),
      alive: true,
    });
    const revision = (...services: ReturnType<typeof one>[]) => appliedRevision(deployed(), services);
    expect(revision(one('c1'), one('c1'))).to.deep.equal({ commit: 'c1' });
    expect(revision(one('c1', 1, 'v1'), one('c1'))).to.deep.equal({ commit: 'c1', version: 'v1' });
    expect(revision(one('c1'), one('c2'))).to.deep.equal({});
    expect(revision(one('c1'), one(undefined))).to.deep.equal({});
    expect(revision(one('c1'), one('c2', 0))).to.deep.equal({ commit: 'c1' });
    expect(revision(one('c1', 0))).to.deep.equal({ commit: 'c2' });
  });
});
