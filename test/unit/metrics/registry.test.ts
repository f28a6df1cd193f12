import { expect } from 'chai';
import { METRICS, type MetricName } from '../../../lib/metrics/catalogue.ts';
import { PrometheusRegistry } from '../../../lib/metrics/prometheus-registry.ts';

const linesOf = async (registry: PrometheusRegistry, name: MetricName): Promise<string[]> =>
  (await registry.page()).split('\n').filter((line) => line.startsWith(name));

describe('PrometheusRegistry', () => {
  it('has every metric of the catalogue, by type, and no other', async () => {
    const page = await new PrometheusRegistry().page();
    const types = [...page.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name, type]) => [name, type]);
    expect(types).to.deep.equal(Object.entries(METRICS).map(([name, { type }]) => [name, type.toLowerCase()]));
  });

  it('a gauge that nobody has set has no value, also one without labels', async () => {
    const registry = new PrometheusRegistry();
    expect(await linesOf(registry, 'cc_ci_ready')).to.deep.equal([]);
    registry.set('cc_ci_ready', [{ labels: {}, value: 0 }]);
    expect(await linesOf(registry, 'cc_ci_ready')).to.deep.equal(['cc_ci_ready 0']);
    registry.set('cc_ci_ready', []);
    expect(await linesOf(registry, 'cc_ci_ready')).to.deep.equal([]);
  });

  it('what is set takes the place of all that was there', async () => {
    const registry = new PrometheusRegistry();
    registry.set('cc_ci_objects', [
      { labels: { kind: 'Run' }, value: 2 },
      { labels: { kind: 'Sweep' }, value: 1 },
    ]);
    registry.set('cc_ci_objects', [{ labels: { kind: 'Run' }, value: 3 }]);
    expect(await linesOf(registry, 'cc_ci_objects')).to.deep.equal(['cc_ci_objects{kind="Run"} 3']);
  });

  it('of two with the same labels the last counts: a page never says one thing twice', async () => {
    const registry = new PrometheusRegistry();
    const labels = { recipe: 'notes' };
    registry.set('cc_ci_known_good_bytes', [
      { labels, value: 1 },
      { labels, value: 2 },
    ]);
    expect(await linesOf(registry, 'cc_ci_known_good_bytes')).to.deep.equal([
      'cc_ci_known_good_bytes{recipe="notes"} 2',
    ]);
  });

  it('what is no number is left out', async () => {
    const registry = new PrometheusRegistry();
    const of = (service: string, value: number) => ({ labels: { service }, value });
    const samples = [of('a', Number.NaN), of('b', 5), of('c', Number.POSITIVE_INFINITY)];
    registry.set('cc_ci_warm_service_set_bytes', samples);
    expect(await linesOf(registry, 'cc_ci_warm_service_set_bytes')).to.deep.equal([
      'cc_ci_warm_service_set_bytes{service="b"} 5',
    ]);
  });

  it('counters add up, and one that the system keeps is taken as it is', async () => {
    const registry = new PrometheusRegistry();
    registry.add('cc_ci_promotions_total', { result: 'Failed' }, 0);
    registry.add('cc_ci_promotions_total', { result: 'Promoted' });
    registry.add('cc_ci_promotions_total', { result: 'Promoted' });
    registry.set('process_cpu_seconds_total', [{ labels: {}, value: 1.5 }]);
    registry.set('process_cpu_seconds_total', [{ labels: {}, value: 2.5 }]);
    expect(await linesOf(registry, 'cc_ci_promotions_total')).to.deep.equal([
      'cc_ci_promotions_total{result="Failed"} 0',
      'cc_ci_promotions_total{result="Promoted"} 2',
    ]);
    expect(await linesOf(registry, 'process_cpu_seconds_total')).to.deep.equal(['process_cpu_seconds_total 2.5']);
  });

  it('a clock that was set back makes no negative duration', async () => {
    const registry = new PrometheusRegistry();
    registry.observe('cc_ci_reconcile_duration_seconds', { kind: 'Run' }, -5);
    const lines = await linesOf(registry, 'cc_ci_reconcile_duration_seconds');
    expect(lines).to.include('cc_ci_reconcile_duration_seconds_sum{kind="Run"} 0');
    expect(lines).to.include('cc_ci_reconcile_duration_seconds_bucket{le="0.005",kind="Run"} 1');
  });

  it('a name that somebody chose stays text', async () => {
    const registry = new PrometheusRegistry();
    registry.set('cc_ci_canonical_ready', [{ labels: { recipe: 'a"} 1\ncc_ci_ready 1\\' }, value: 1 }]);
    expect(await linesOf(registry, 'cc_ci_canonical_ready')).to.deep.equal([
      'cc_ci_canonical_ready{recipe="a\\"} 1\\ncc_ci_ready 1\\\\"} 1',
    ]);
    expect(await linesOf(registry, 'cc_ci_ready')).to.deep.equal([]);
  });
});
