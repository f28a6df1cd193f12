import { expect } from 'chai';
import fc from 'fast-check';
import { type Convergence, convergence, UNPLACEABLE_AFTER_MS } from '../../../lib/platform/convergence.ts';
import type { AppObservation, ServiceObservation, TaskObservation } from '../../../lib/platform/platform.ts';

const NOW = 1_000_000;
const SINCE = NOW - 20_000;

function task(of: Partial<TaskObservation> = {}): TaskObservation {
  return { state: 'Running', current: true, startedAt: NOW - 1000, ...of };
}

function exited(exitCode: number, agoMs = 1000, of: Partial<TaskObservation> = {}): TaskObservation {
  return task({ state: 'Exited', exitCode, startedAt: NOW - agoMs - 10, endedAt: NOW - agoMs, ...of });
}

function service(of: Partial<ServiceObservation> = {}): ServiceObservation {
  return { name: 'app', image: 'i:1', replicas: 1, restart: 'Always', tasks: [task()], update: 'None', ...of };
}

function observation(...services: ServiceObservation[]): AppObservation {
  return { deployed: true, commit: 'c', services, volumes: [], endpoints: [], ignored: [] };
}

function verdict(of: Partial<ServiceObservation>, sinceMs = SINCE): Convergence {
  return convergence(observation(service(of)), { sinceMs, now: NOW });
}

function short(found: Convergence): string {
  return found.state === 'Failed' ? found.reason : found.state;
}

const LACK = { what: 'the path /srv/x', remedy: 'Make it.' };

const rows: { why: string; of: Partial<ServiceObservation>; is: string; sinceMs?: number }[] = [
  { why: 'a running task', of: {}, is: 'Up' },
  { why: 'no task yet', of: { tasks: [] }, is: 'Converging' },
  { why: 'starting', of: { tasks: [task({ state: 'Starting' })] }, is: 'Converging' },
  { why: 'only a task of the spec before', of: { tasks: [task({ current: false })] }, is: 'Converging' },
  { why: 'one of two replicas', of: { replicas: 2 }, is: 'Converging' },
  { why: 'T20 wanted tasks run, an update is in flight', of: { update: 'Updating' }, is: 'Converging' },
  { why: 'T22 a rollback in flight is not waited for', of: { update: 'RollingBack' }, is: 'RolledBack' },
  { why: 'T21 paused for ever on a healthy service', of: { update: 'Paused' }, is: 'Up' },
  { why: 'T22 rolled back, the old task answers', of: { update: 'RolledBack' }, is: 'RolledBack' },
  { why: 'T24 two exits, then running', of: { tasks: [task(), exited(1), exited(1)] }, is: 'Up' },
  { why: 'T24 two exits, waiting', of: { tasks: [exited(1), exited(1)] }, is: 'Converging' },
  { why: 'T26 the update paused, two exits', of: { update: 'Paused', tasks: [exited(1), exited(1)] }, is: 'CrashLoop' },
  { why: 'T21 paused, one exit', of: { update: 'Paused', tasks: [exited(1)] }, is: 'Converging' },
  {
    why: 'T21 paused, two exits, then running',
    of: { update: 'Paused', tasks: [task(), exited(1), exited(1)] },
    is: 'Up',
  },
  { why: 'T26 three exits', of: { tasks: [exited(1), exited(1), exited(1)] }, is: 'CrashLoop' },
  {
    why: 'T26 three exits, between two crashes',
    of: { tasks: [task(), exited(1), exited(1), exited(1)] },
    is: 'CrashLoop',
  },
  { why: 'T26 three clean exits of a service', of: { tasks: [exited(0), exited(0), exited(0)] }, is: 'CrashLoop' },
  {
    why: 'T27 failures of the spec before',
    of: { tasks: [task(), ...[1, 2, 3].map(() => exited(1, 5, { current: false }))] },
    is: 'Up',
  },
  {
    why: 'T27 failures from before the apply',
    of: { tasks: [task(), ...[1, 2, 3].map(() => exited(1, 25_000))] },
    is: 'Up',
  },
  { why: 'T28 no replicas wanted', of: { replicas: 0, tasks: [] }, is: 'Up' },
  {
    why: 'T28 no replicas wanted, failures of before',
    of: { replicas: 0, tasks: [exited(1), exited(1), exited(1)] },
    is: 'Up',
  },
  {
    why: 'T30 paused with nothing to roll back to: its crash loop tells',
    of: { update: 'Paused', tasks: [exited(1), exited(1), exited(1)] },
    is: 'CrashLoop',
  },
  { why: 'one-shot, done, never', of: { restart: 'Never', tasks: [exited(0)] }, is: 'Up' },
  { why: 'one-shot, done, on failure', of: { restart: 'OnFailure', tasks: [exited(0)] }, is: 'Up' },
  { why: 'one-shot, failed once, may try again', of: { restart: 'OnFailure', tasks: [exited(1)] }, is: 'Converging' },
  {
    why: 'one-shot, failed twice, then done',
    of: { restart: 'OnFailure', tasks: [exited(0), exited(1), exited(1)] },
    is: 'Up',
  },
  { why: 'one-shot that may not restart', of: { restart: 'Never', tasks: [exited(2)] }, is: 'ExitedForGood' },
  { why: 'T91 a one-shot that still runs', of: { restart: 'Never' }, is: 'Converging' },
  { why: 'T91 on failure, still runs', of: { restart: 'OnFailure' }, is: 'Converging' },
  { why: 'T91 on failure, runs beside a port', of: { restart: 'OnFailure', serves: true }, is: 'Up' },
  {
    why: 'T91 on failure, has run for so long that it is a service',
    of: { restart: 'OnFailure', tasks: [task({ startedAt: NOW - 10_000 })] },
    is: 'Up',
  },
  {
    why: 'T91 a one-shot on a node whose clock is ahead',
    of: { restart: 'Never', tasks: [task({ startedAt: NOW + 60_000 })] },
    is: 'Up',
  },
  { why: 'T91 a one-shot that nobody wants', of: { restart: 'Never', replicas: 0 }, is: 'Up' },
  {
    why: 'T91 a one-shot that did its work before an update left it alone',
    of: { restart: 'OnFailure', tasks: [exited(0, 25_000)] },
    is: 'Up',
  },
  {
    why: 'T91 a periodic service between two runs',
    of: { restartDelayMs: 30_000, tasks: [task({ state: 'Starting' }), exited(0), exited(0, 35_000)] },
    is: 'Up',
  },
  {
    why: 'T91 a periodic service of many runs',
    of: { restartDelayMs: 15_000, tasks: [exited(0), exited(0, 5_000), exited(0, 10_000)] },
    is: 'Up',
  },
  {
    why: 'T91 a periodic service that fails',
    of: { restartDelayMs: 15_000, tasks: [exited(1), exited(1, 5_000), exited(1, 10_000)] },
    is: 'CrashLoop',
  },
  {
    why: 'T26 three ends with the delay that the recipe asks for between them',
    of: { restartDelayMs: 60_000, tasks: [exited(1, 5_000), exited(1, 70_000), exited(1, 135_000)] },
    sinceMs: NOW - 200_000,
    is: 'CrashLoop',
  },
  {
    why: 'T26 the same, of a service that began to run again',
    of: { restartDelayMs: 30_000, tasks: [task(), exited(1, 2_000), exited(1, 35_000), exited(1, 70_000)] },
    sinceMs: NOW - 200_000,
    is: 'CrashLoop',
  },
  {
    why: 'T26 three ends far apart that no delay explains: what it waits for may yet come',
    of: { restartDelayMs: 5_000, tasks: [exited(1, 5_000), exited(1, 70_000), exited(1, 135_000)] },
    sinceMs: NOW - 200_000,
    is: 'Converging',
  },
  {
    why: 'T26 two ends with a delay between them',
    of: { restartDelayMs: 60_000, tasks: [exited(1, 5_000), exited(1, 70_000)] },
    sinceMs: NOW - 200_000,
    is: 'Converging',
  },
  {
    why: 'what the host lacks comes by no waiting: one rejection is enough',
    of: { tasks: [task({ state: 'Rejected', hostLacks: LACK })] },
    is: 'MissingOnHost',
  },
  {
    why: 'what the host lacked for a while',
    of: { tasks: [task(), task({ state: 'Rejected', hostLacks: LACK })] },
    is: 'Up',
  },
  {
    why: 'an update that is taken back for what the host lacks',
    of: { update: 'RollingBack', tasks: [exited(1, 10, { current: false, message: 'm', hostLacks: LACK })] },
    is: 'MissingOnHost',
  },
  {
    why: 'lost without an exit code, may not restart',
    of: { restart: 'Never', tasks: [task({ state: 'Exited' })] },
    is: 'ExitedForGood',
  },
  {
    why: 'one rejection may pass (a port not yet free)',
    of: { tasks: [task({ state: 'Rejected' })] },
    is: 'Converging',
  },
  {
    why: 'rejected again and again',
    of: { tasks: [1, 2, 3].map(() => task({ state: 'Rejected' })) },
    is: 'TaskRejected',
  },
  { why: 'unplaceable for a moment', of: { tasks: [task({ state: 'Unplaceable' })] }, is: 'Converging' },
];

describe('convergence', () => {
  for (const { why, of, is, sinceMs } of rows) {
    it(`${why} → ${is}`, () => {
      expect(short(verdict(of, sinceMs))).to.equal(is);
    });
  }

  it('names service, what the host lacks, the words of the engine and the remedy', () => {
    const found = verdict({ tasks: [task({ state: 'Rejected', message: 'no source', hostLacks: LACK })] });
    expect(found).to.include({ state: 'Failed', service: 'app' });
    expect(found.state === 'Failed' && found.message).to.match(
      /service app.*lacks the path \/srv\/x: no source\. Make it\./,
    );
  });

  it('names all that is still starting, and by which check', () => {
    const words = (...services: ServiceObservation[]): string => {
      const found = convergence(observation(...services), { sinceMs: SINCE, now: NOW });
      return found.state === 'Converging' ? found.waitingFor : found.state;
    };
    const starting = (name: string, message?: string): ServiceObservation =>
      service({ name, tasks: [task({ state: 'Starting', ...(message === undefined ? {} : { message }) })] });
    const found = words(
      starting('db', 'its health check (pg_isready) has not passed yet'),
      starting('app'),
      service({ name: 'c' }),
    );
    expect(found).to.contain('service db').and.to.contain('pg_isready').and.to.contain('service app');
    expect(found).to.not.contain('service c');
    expect(words(service({ tasks: [exited(1, 10, { message: 'no such file' })] }))).to.contain('no such file');
    expect(words(starting('db'), service({ name: 'job', restart: 'Never' }))).to.not.contain('job');
  });

  describe('before a verdict', () => {
    const last = (of: Partial<ServiceObservation>) =>
      short(convergence(observation(service(of)), { sinceMs: SINCE, now: NOW, moment: 'Verdict' }));
    const loop = [exited(1), exited(1), exited(1)];

    it('T24 a service that runs again after its ends is judged by that', () => {
      expect(last({ tasks: [task(), ...loop] })).to.equal('Up');
      expect(last({ tasks: loop })).to.equal('CrashLoop');
      expect(last({ replicas: 2, tasks: [task(), ...loop] })).to.equal('CrashLoop');
    });

    it('T91 a one-shot that failed meanwhile is a failure, one that runs again after its failures as well', () => {
      expect(last({ restart: 'Never', tasks: [exited(1)] })).to.equal('ExitedForGood');
      expect(last({ restart: 'OnFailure', tasks: [task(), ...loop] })).to.equal('CrashLoop');
    });

    it('T91 a one-shot is given more time than at the start', () => {
      const tasks = [task({ startedAt: NOW - 10_000 })];
      expect(last({ restart: 'Never', tasks })).to.equal('Converging');
      expect(last({ restart: 'Never', tasks: [task({ startedAt: NOW - 30_000 })] })).to.equal('Up');
    });
  });

  it('unplaceable for long → Unplaceable', () => {
    const since = (agoMs: number) =>
      short(verdict({ tasks: [task({ state: 'Unplaceable', startedAt: NOW - agoMs })] }, NOW - 40_000));
    expect(since(UNPLACEABLE_AFTER_MS)).to.equal('Unplaceable');
    expect(since(UNPLACEABLE_AFTER_MS - 1)).to.equal('Converging');
    expect(UNPLACEABLE_AFTER_MS).to.be.below(20_000);
  });

  it('unplaceable before the apply is old news', () => {
    const tasks = [task({ state: 'Unplaceable', startedAt: NOW - 60_000 })];
    expect(short(verdict({ tasks }, NOW - 1_000))).to.equal('Converging');
  });

  it('T24 a proxy that ended while its upstream started again is judged by its last state', () => {
    const proxy = service({ name: 'proxy', tasks: [task(), exited(1), exited(1)] });
    expect(short(convergence(observation(proxy, service()), { sinceMs: SINCE, now: NOW }))).to.equal('Up');
  });

  it('T30 paused after a failed update, with too few tasks: waited for, never rolled back by us', () => {
    expect(short(verdict({ update: 'Paused', tasks: [exited(1)] }))).to.equal('Converging');
  });

  describe('what others did', () => {
    const changed = (of: Partial<AppObservation>) =>
      convergence(
        { ...observation(service()), changedByOthers: 'service app was removed', ...of },
        { sinceMs: SINCE, now: NOW },
      );

    it('fails an app that runs as well as one that is gone', () => {
      expect(changed({})).to.include({
        state: 'Failed',
        reason: 'ChangedByOthers',
        message: 'service app was removed',
      });
      expect(short(changed({ deployed: false, services: [] }))).to.equal('ChangedByOthers');
    });

    it('wins over what came of it', () => {
      const loop = service({ tasks: [exited(1), exited(1), exited(1)] });
      expect(short(changed({ services: [loop] }))).to.equal('ChangedByOthers');
    });
  });

  it('three exits spread over more than a minute → not a loop', () => {
    const tasks = [task(), exited(1, 10), exited(1, 40_000), exited(1, 70_000)];
    expect(short(verdict({ tasks }, NOW - 100_000))).to.equal('Up');
  });

  it('T29 no health check: a running task is enough', () => {
    expect(short(verdict({ tasks: [task()] }))).to.equal('Up');
  });

  it('a failure carries service, exit code and the words of the engine', () => {
    const loop = [1, 2, 3].map(() => exited(7, 10, { message: 'boom' }));
    const found = convergence(observation(service({ name: 'b', tasks: [] }), service({ name: 'db', tasks: loop })), {
      sinceMs: SINCE,
      now: NOW,
    });
    expect(found).to.include({ state: 'Failed', reason: 'CrashLoop', service: 'db', exitCode: 7 });
    expect(found).to.have.property('message').that.includes('boom');
  });

  it('an app that is not deployed is never up', () => {
    expect(convergence({ ...observation(), deployed: false }, { sinceMs: SINCE, now: NOW }).state).to.equal(
      'Converging',
    );
  });

  it('is up only if each wanted service has its tasks running, whatever the order of services', () => {
    const services = fc.uniqueArray(
      fc.record({ name: fc.stringMatching(/^[a-z]{1,4}$/), replicas: fc.nat(2), running: fc.nat(2) }),
      { minLength: 1, maxLength: 4, selector: ({ name }) => name },
    );
    fc.assert(
      fc.property(services, (wanted) => {
        const made = wanted.map(({ name, replicas, running }) =>
          service({ name, replicas, tasks: Array.from({ length: running }, () => task()) }),
        );
        const window = { sinceMs: SINCE, now: NOW };
        const found = convergence(observation(...made), window);
        expect(found.state === 'Up').to.equal(wanted.every(({ replicas, running }) => running >= replicas));
        expect(convergence(observation(...made.toReversed()), window)).to.deep.equal(found);
      }),
    );
  });
});
