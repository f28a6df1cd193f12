import { expect } from 'chai';
import { changedByOthers, lookAtService, observeService } from '../../../../lib/platform/process/observation.ts';
import type { AppliedService } from '../../../../lib/platform/process/record.ts';
import type { SupervisorRecord } from '../../../../lib/platform/process/supervisor/supervisor-record.ts';

const SERVICE: AppliedService = {
  name: 'init',
  image: 'example/init:1',
  replicas: 1,
  launch: {
    command: ['./init'],
    directory: '/',
    environment: {},
    restart: 'Never',
    stopGraceMs: 1000,
    maskFiles: [],
  },
};
const supervisor = (pid: number) => ({ pid, startTicks: 1, bootId: 'boot' });
const RUNNING: SupervisorRecord = {
  token: 'first',
  specId: 'spec',
  state: 'Running',
  supervisor: supervisor(7),
  process: { pid: 8, startedAt: 100 },
  health: 'None',
  exits: [],
};
const { process: _ended, ...atRest } = RUNNING;
const ENDED: SupervisorRecord = {
  ...atRest,
  state: 'Ended',
  exits: [{ specId: 'spec', startedAt: 100, endedAt: 200, exitCode: 1 }],
};

/** Answers the reads in this order, the last one for ever; alive are the supervisors with these pids. */
const lookOf = (records: SupervisorRecord[], alive: number[] = []) => {
  const left = [...records];
  return {
    read: async () => (left.length > 1 ? left.shift() : left[0]),
    isAlive: async (record: SupervisorRecord | undefined) => alive.includes(record?.supervisor?.pid ?? 0),
  };
};

describe('lookAtService', () => {
  const applied = { specId: 'spec', state: 'Deployed', endpoints: [] } as unknown as Parameters<
    typeof observeService
  >[0];

  it('a supervisor that ends between the two looks: what it recorded last counts', async () => {
    const seen = await lookAtService(SERVICE, 'record', lookOf([RUNNING, ENDED]));
    expect(seen).to.deep.equal({ service: SERVICE, record: ENDED, alive: false });
    expect(observeService(applied, seen).tasks).to.deep.equal([
      { state: 'Exited', current: true, startedAt: 100, endedAt: 200, exitCode: 1 },
    ]);
  });

  it('a supervisor that was killed: its last record says that the task ran, and that is over', async () => {
    const seen = await lookAtService(SERVICE, 'record', lookOf([RUNNING]));
    expect(observeService(applied, seen).tasks).to.deep.equal([
      { state: 'Exited', current: true, startedAt: 100, message: 'its supervisor is gone' },
    ]);
  });

  it('one that takes over between the two looks is alive', async () => {
    const { supervisor: _none, ...launching } = ENDED;
    const seen = await lookAtService(SERVICE, 'record', lookOf([{ ...launching, state: 'Launching' }, RUNNING], [7]));
    expect(seen).to.deep.equal({ service: SERVICE, record: RUNNING, alive: true });
  });

  it('another launch between the two looks is looked at anew', async () => {
    const next = { ...RUNNING, token: 'second', supervisor: supervisor(9) };
    const seen = await lookAtService(SERVICE, 'record', lookOf([RUNNING, next], [9]));
    expect(seen).to.deep.equal({ service: SERVICE, record: next, alive: true });
  });
});

describe('observeService', () => {
  const endpoint = { service: 'init', name: '', host: '127.0.0.1', port: 20_000 };
  const health = { command: ['true'], intervalMs: 1, timeoutMs: 1, retries: 1, startPeriodMs: 0 };
  const seen = (launch: object, endpoints: object[] = []) => {
    const applied = { specId: 'spec', state: 'Deployed', endpoints } as unknown as Parameters<typeof observeService>[0];
    const service = { ...SERVICE, launch: { ...SERVICE.launch, ...launch } };
    return observeService(applied, { service, record: RUNNING, alive: true });
  };

  it('T91 a port or a health check says that a service is to go on', () => {
    expect(seen({})).to.not.have.property('serves');
    expect(seen({}, [endpoint])).to.include({ serves: true });
    expect(seen({}, [{ ...endpoint, service: 'app' }])).to.not.have.property('serves');
    expect(seen({ health })).to.include({ serves: true });
  });

  it('T91 tells the rest that a recipe asks for', () => {
    expect(seen({ restartDelayMs: 30_000 })).to.include({ restartDelayMs: 30_000 });
  });
});

describe('changedByOthers', () => {
  const GONE = 'the supervisor of service init is gone';
  const { supervisor: _none, process: _no, ...launching } = RUNNING;
  type Row = [string, { record?: SupervisorRecord; alive?: boolean; state?: string; replicas?: number }, string?];
  const ROWS: readonly Row[] = [
    ['its supervisor lives', { record: RUNNING, alive: true }],
    ['its supervisor was killed, or the machine started anew', { record: RUNNING }, GONE],
    ['its supervisor was ended', { record: { ...ENDED, state: 'Stopped' } }, GONE],
    ['its supervisor was killed while it waited to start it again', { record: { ...ENDED, state: 'Waiting' } }, GONE],
    ['it ended, and may not be started again', { record: ENDED }],
    ['its launch is under way', { record: { ...launching, state: 'Launching' } }],
    ['another spec is about to take its place', { record: { ...RUNNING, specId: 'before' } }],
    ['it was never launched', {}],
    ['it is to have no task', { record: RUNNING, replicas: 0 }],
    ['it was stopped by us', { record: { ...ENDED, state: 'Stopped' }, state: 'Stopped' }],
    ['it is being taken down', { record: RUNNING, state: 'Removing' }],
  ];

  for (const [name, { record, alive = false, state = 'Deployed', replicas = 1 }, wanted] of ROWS)
    it(name, () => {
      const applied = { specId: 'spec', state, endpoints: [] } as unknown as Parameters<typeof changedByOthers>[0];
      const service = { ...SERVICE, replicas };
      expect(changedByOthers(applied, [{ service, record, alive }])).to.equal(wanted);
    });

  it('names each of them, sorted', () => {
    const applied = { specId: 'spec', state: 'Deployed', endpoints: [] } as unknown as Parameters<
      typeof changedByOthers
    >[0];
    const of = (name: string) => ({ service: { ...SERVICE, name }, record: RUNNING, alive: false });
    expect(changedByOthers(applied, [of('web'), of('db')])).to.equal(
      'the supervisor of service db is gone; the supervisor of service web is gone',
    );
  });
});
