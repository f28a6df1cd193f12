import { expect } from 'chai';
import { AppHome } from '../../../lib/app/app-home.ts';
import { createMask } from '../../../lib/checks/mask.ts';
import { CcError, hasCode } from '../../../lib/errors.ts';
import { runStep, type StepRun } from '../../../lib/operation/run-step.ts';
import type { AppObservation } from '../../../lib/platform/platform.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const DEADLINE_MS = 1_000;
const seen: AppObservation = { deployed: true, services: [], volumes: [], endpoints: [], ignored: [] };

type Changes = Partial<Omit<StepRun<string>, 'clock'>>;
type Made = StepRun<string> & { abort: AbortController; clock: FakeClock };

function stepRun(changes: Changes = {}): Made {
  const abort = new AbortController();
  const clock = new FakeClock();
  return {
    abort,
    site: {
      domain: 'notes.ci.localhost',
      home: new AppHome('/nowhere', 'notes.ci.localhost'),
      applied: { appliedMs: 1, up: true },
      mask: createMask([]),
      signal: abort.signal,
    },
    clock,
    remainingMs: DEADLINE_MS,
    late: () => new CcError('DeadlineExceeded', 'late'),
    perform: async () => 'Done',
    failureOf: () => undefined,
    claims: (outcome) => outcome === 'Done',
    look: async () => seen,
    changed: (change, before) => `${change}, ${'fault' in before ? 'fault' : before.outcome}`,
    beside: (outcome) => `${outcome} beside the app`,
    ...changes,
  };
}

/** Settles once the signal that it is given trips, as every call of a platform does. */
const hanging = (run: () => StepRun<string>) => () =>
  new Promise<never>((_, reject) => {
    const { signal } = run().site;
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

describe('runStep', () => {
  it('gives what the step ended with, beside the app that is there', async () => {
    expect(await runStep(stepRun())).to.deep.equal({ outcome: 'Done beside the app' });
  });

  it('asks nothing of the app where the step claims nothing of it, or none has been deployed', async () => {
    const look = async (): Promise<never> => expect.fail('the app was looked at');
    expect(await runStep(stepRun({ perform: async () => 'Waits', look }))).to.deep.equal({ outcome: 'Waits' });
    expect(await runStep(stepRun({ look: async () => undefined }))).to.deep.equal({ outcome: 'Done' });
  });

  for (const [what, app] of [
    ['somebody changed', { ...seen, changedByOthers: 'scaled' }],
    ['is gone', { ...seen, deployed: false }],
  ] as const) {
    const told = 'changedByOthers' in app ? 'scaled' : 'the app is gone';

    it(`a success on an app that ${what} is none`, async () => {
      expect(await runStep(stepRun({ look: async () => app }))).to.deep.equal({ outcome: `${told}, Done` });
    });

    it(`a fault on an app that ${what} is told as that`, async () => {
      const perform = async (): Promise<never> => {
        throw new CcError('Conflict', 'in use');
      };
      expect(await runStep(stepRun({ perform, look: async () => app }))).to.deep.equal({ outcome: `${told}, fault` });
    });
  }

  it('a fault that says something of what is done is a failure, nobody looks for others', async () => {
    const perform = async (): Promise<never> => {
      throw new CcError('InvalidInput', 'wrong');
    };
    const look = async (): Promise<never> => expect.fail('the app was looked at');
    expect(await runStep(stepRun({ perform, look, failureOf: () => 'Failed' }))).to.deep.equal({ outcome: 'Failed' });
  });

  it('a fault is given back as it is where nobody changed the app, or it cannot be looked at', async () => {
    const fault = new CcError('Unreachable', 'away');
    const perform = async (): Promise<never> => {
      throw fault;
    };
    expect(await runStep(stepRun({ perform }))).to.deep.equal({ fault });
    expect(await runStep(stepRun({ perform, look: perform }))).to.deep.equal({ fault });
  });

  it('T26 a step that hangs is aborted at its deadline, not at that of another', async () => {
    const run: Made = stepRun({ perform: () => hanging(() => run)() });
    const result = runStep({
      ...run,
      failureOf: (error) => (hasCode(error, 'DeadlineExceeded') ? 'Late' : undefined),
      site: run.site,
    });
    await run.clock.advance(DEADLINE_MS - 1);
    expect(run.site.signal.aborted).to.equal(false);
    await run.clock.advance(1);
    expect(await result).to.deep.equal({ outcome: 'Late' });
    expect(run.site.signal).to.equal(run.abort.signal);
    expect(run.site.signal.aborted).to.equal(false);
  });

  it('throws what the step throws once its pass is interrupted, and judges nothing', async () => {
    const run: Made = stepRun({ perform: () => hanging(() => run)() });
    const judged = async (): Promise<never> => expect.fail('judged');
    const result = runStep({ ...run, site: run.site, failureOf: () => expect.fail('judged'), look: judged });
    const why = new CcError('Aborted', 'interrupted');
    run.abort.abort(why);
    expect(await result.catch((error: unknown) => error)).to.equal(why);
  });

  it('has the signal of its own for as long as it lasts, on whatever it waits, and none of it afterwards', async () => {
    const signals: AbortSignal[] = [];
    const run: Made = stepRun({
      perform: async () => {
        for (let turn = 0; turn < 3; turn += 1) {
          await Promise.resolve();
          signals.push(run.site.signal);
        }
        throw new CcError('Conflict', 'in use');
      },
      failureOf: () => {
        signals.push(run.site.signal);
        return 'Failed';
      },
    });
    const outer = run.site.signal;
    expect(await runStep({ ...run, site: run.site })).to.deep.equal({ outcome: 'Failed' });
    expect(signals.map((signal) => signal === outer)).to.deep.equal([false, false, false, true]);
    expect(run.clock.pendingTimers()).to.equal(0);
  });

  it('throws what a look throws after a success, and after a fault once the pass is interrupted', async () => {
    const away = new CcError('Unreachable', 'away');
    const look = (): Promise<never> => Promise.reject(away);
    expect(await runStep(stepRun({ look })).catch((error: unknown) => error)).to.equal(away);
    const run: Made = stepRun({ perform: () => Promise.reject(new CcError('Conflict', 'in use')) });
    const interrupted = async (): Promise<never> => {
      run.abort.abort(new CcError('Aborted', 'interrupted'));
      throw away;
    };
    const result = runStep({ ...run, site: run.site, look: interrupted });
    expect(await result.catch((error: unknown) => error)).to.equal(away);
  });
});
