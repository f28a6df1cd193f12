import { expect } from 'chai';
import { convergence } from '../../../../lib/platform/convergence.ts';
import type { EngineService, EngineTask } from '../../../../lib/platform/swarm/engine/engine.ts';
import { observeStack } from '../../../../lib/platform/swarm/stack/observation.ts';
import { emptyRecord } from '../../../../lib/platform/swarm/stack/record.ts';
import { blameOf } from '../../../../lib/run-record/blame.ts';

const NOW = 1_000_000;

const service = (of: Partial<EngineService>): EngineService => ({
  id: 's',
  name: 'stack_init',
  labels: {},
  image: 'init:1',
  mode: 'Replicated',
  replicas: 1,
  restart: 'OnFailure',
  templateDigest: 'now',
  specDigest: 'spec',
  update: 'None',
  ports: [],
  ...of,
});

/** Ended so many milliseconds ago. */
const failed = (agoMs: number, of: Partial<EngineTask> = {}): EngineTask => ({
  id: `t${agoMs}`,
  serviceId: 's',
  slot: 1,
  state: 'failed',
  desired: 'shutdown',
  exitCode: 3,
  templateDigest: 'now',
  createdAt: NOW - agoMs - 100,
  stateAt: NOW - agoMs,
  ...of,
});

const seen = (of: Partial<EngineService>, tasks: EngineTask[]) => {
  const recorded = { name: 'init', image: 'init:1', replicas: of.replicas ?? 1, specDigest: 'spec' };
  const claim = { engineId: 'e', instanceId: 'i', stack: 'stack' };
  return observeStack({
    record: { ...emptyRecord(claim), state: 'Deployed', services: [recorded] },
    found: { services: [service(of)], tasks, containers: [] },
    volumes: [],
    isRevision: true,
  });
};
const verdict = (of: Partial<EngineService>, tasks: EngineTask[]) =>
  convergence(seen(of, tasks), { sinceMs: NOW - 50_000, now: NOW });

describe('a service of a stack', () => {
  it('T91 whose attempts are used up has failed at once', () => {
    expect(verdict({ maxAttempts: 1 }, [failed(100), failed(5_000)])).to.include({
      state: 'Failed',
      reason: 'ExitedForGood',
      exitCode: 3,
    });
  });

  const lacking: [string, string][] = [
    ['invalid mount config for type "bind": bind source path does not exist: /srv/data', '/srv/data'],
    ['error gathering device information while adding custom device "/dev/dri": no such file or directory', '/dev/dri'],
    ['create x: error looking up volume plugin nfs4: plugin "nfs4" not found', 'nfs4'],
    ['Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available', '2 CPUs'],
  ];
  for (const [error, what] of lacking) {
    it(`that the host has no means for is no fault of the recipe: ${what}`, () => {
      const found = verdict({ restart: 'Always' }, [failed(100, { state: 'rejected', error })]);
      expect(found).to.include({ state: 'Failed', reason: 'MissingOnHost', service: 'init' });
      expect(found.state === 'Failed' && found.message)
        .to.contain(what)
        .and.contain(error);
      expect(blameOf('MissingOnHost')).to.equal('Configuration');
    });
  }

  const waiting: [string, Partial<EngineService>, EngineTask[]][] = [
    ['with an attempt left', { maxAttempts: 2 }, [failed(100), failed(5_000)]],
    ['without a limit', {}, [failed(100), failed(5_000)]],
    [
      'with failures of another specification',
      { maxAttempts: 1 },
      [failed(100), failed(5_000, { templateDigest: 'before' })],
    ],
    [
      'of which the next task waits',
      { maxAttempts: 1 },
      [failed(10, { id: 'next', state: 'ready', desired: 'ready' }), failed(100), failed(5_000)],
    ],
    ['with one failure in each of two slots', { maxAttempts: 1, replicas: 2 }, [failed(100), failed(200, { slot: 2 })]],
  ];
  for (const [what, of, tasks] of waiting) {
    it(`T91 ${what} is waited for`, () => {
      expect(verdict(of, tasks).state).to.equal('Converging');
    });
  }

  it('T91 tells what says that it goes on, and its rest between two runs', () => {
    const [found] = seen({ serves: true, restartDelayMs: 30_000 }, []).services;
    expect(found).to.include({ serves: true, restartDelayMs: 30_000 });
  });

  it('T28 that is woken from outside, with none wanted, is up', () => {
    expect(verdict({ replicas: 0, restart: 'Never' }, []).state).to.equal('Up');
  });

  describe('whose update starts the new task first', () => {
    const old = failed(60_000, { id: 'old', state: 'running', desired: 'running', templateDigest: 'before' });
    const { exitCode: _, ...living } = old;
    const placeless = failed(20_000, { id: 'new', state: 'pending', desired: 'running', error: 'no suitable node' });
    const ports = [{ target: 80, published: 8080, mode: 'Host' as const }];
    const messageOf = (of: Partial<EngineService>, tasks: EngineTask[]) => JSON.stringify(verdict(of, tasks));

    it('T25 names order and host port where no place is found beside the old one', () => {
      const found = verdict({ startFirst: true, ports, update: 'Updating' }, [placeless, living]);
      expect(found).to.include({ state: 'Failed', reason: 'Unplaceable' });
      expect(JSON.stringify(found)).to.contain('start-first').and.to.contain('8080').and.to.contain('no suitable node');
    });

    it('T25 names neither where they are not the cause', () => {
      expect(messageOf({ startFirst: true, ports }, [placeless])).to.not.contain('start-first');
      expect(messageOf({ startFirst: true }, [placeless, living])).to.not.contain('start-first');
      expect(messageOf({ ports }, [placeless, living])).to.not.contain('start-first');
    });
  });

  it('tells which health check is waited for', () => {
    const starting = failed(1_000, { state: 'starting', desired: 'running' });
    expect(JSON.stringify(verdict({ healthCheck: 'pg_isready -q' }, [starting]))).to.contain('pg_isready -q');
    expect(JSON.stringify(verdict({ healthCheck: 'x' }, [{ ...starting, state: 'preparing' }]))).to.not.contain('(x)');
  });
});
