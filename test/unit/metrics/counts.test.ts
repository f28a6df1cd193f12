import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { countAlert, countPass, countRun, startCounts } from '../../../lib/metrics/counts.ts';
import { PrometheusRegistry } from '../../../lib/metrics/prometheus-registry.ts';

async function pageAfter(act: (registry: PrometheusRegistry) => void): Promise<string[]> {
  const registry = new PrometheusRegistry();
  act(registry);
  return (await registry.page()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const at = (second: number): string => new Date(Date.UTC(2030, 0, 1, 0, 0, second)).toISOString();

function ended(parts: Partial<RunStatus> = {}): RunStatus {
  const succeeded = {
    type: 'Succeeded',
    status: 'True',
    reason: 'Passed',
    message: '',
    observedGeneration: 1,
  } as const;
  return {
    observedGeneration: 1,
    conditions: [{ ...succeeded, lastTransitionTime: at(90) }],
    ...{ verdict: 'Passed', mode: 'Cold', level: 5, startTime: at(0), completionTime: at(90) },
    stages: [
      { name: 'Install', result: 'Passed', startTime: at(1), endTime: at(8) },
      { name: 'Upgrade', result: 'Skipped', reason: 'NothingToTest' },
    ],
    promotion: { result: 'Promoted' },
    ...parts,
  };
}

describe('counting', () => {
  it('a run that passed', async () => {
    const lines = await pageAfter((registry) => countRun(registry, ended()));
    expect(lines).to.include.members([
      'cc_ci_runs_total{mode="Cold",result="Passed",verdict="Passed",blame="None",level="5"} 1',
      'cc_ci_run_duration_seconds_sum{mode="Cold"} 90',
      'cc_ci_stages_total{mode="Cold",stage="Install",result="Passed"} 1',
      'cc_ci_stages_total{mode="Cold",stage="Upgrade",result="Skipped"} 1',
      'cc_ci_stage_duration_seconds_sum{mode="Cold",stage="Install"} 7',
      'cc_ci_promotions_total{result="Promoted"} 1',
    ]);
    expect(lines.filter((line) => line.includes('stage="Upgrade"') && line.includes('duration'))).to.deep.equal([]);
    expect(lines.filter((line) => line.startsWith('cc_ci_run_infra'))).to.deep.equal([]);
  });

  it('one that never began says None for what it does not have', async () => {
    const { conditions } = ended();
    const lines = await pageAfter((registry) =>
      countRun(registry, {
        observedGeneration: 1,
        conditions: [{ ...conditions[0]!, reason: 'Cancelled' }],
        mode: 'Quick',
      }),
    );
    expect(lines).to.deep.equal([
      'cc_ci_runs_total{mode="Quick",result="Cancelled",verdict="None",blame="None",level="None"} 1',
    ]);
  });

  it('a fault of the infrastructure besides', async () => {
    const lines = await pageAfter((registry) => countRun(registry, ended({ blame: 'Infra', mode: 'Quick' })));
    expect(lines).to.include('cc_ci_run_infra_faults_total{mode="Quick"} 1');
  });

  it('no duration where the clock was set back meanwhile', async () => {
    const lines = await pageAfter((registry) => countRun(registry, ended({ startTime: at(100), stages: [] })));
    expect(lines.filter((line) => line.includes('duration'))).to.deep.equal([]);
  });

  it('passes and alerts', async () => {
    const lines = await pageAfter((registry) => {
      countPass(registry, { kind: 'Run', result: 'Requeued', durationMs: 1_500 });
      countAlert(registry, { reason: 'Flapping', severity: 'Critical' });
    });
    expect(lines).to.include.members([
      'cc_ci_reconciles_total{kind="Run",result="Requeued"} 1',
      'cc_ci_reconcile_duration_seconds_sum{kind="Run"} 1.5',
      'cc_ci_alerts_raised_total{reason="Flapping",severity="Critical"} 1',
    ]);
  });

  it('begins at 0 with what rules ask the increase of', async () => {
    const lines = await pageAfter(startCounts);
    expect(lines).to.include.members([
      'cc_ci_run_infra_faults_total{mode="Cold"} 0',
      'cc_ci_run_infra_faults_total{mode="Quick"} 0',
      'cc_ci_reconciles_total{kind="Sweep",result="Failed"} 0',
      'cc_ci_promotions_total{result="Failed"} 0',
    ]);
    expect(lines.filter((line) => !line.endsWith(' 0'))).to.deep.equal([]);
  });
});
