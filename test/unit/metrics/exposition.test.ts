import { expect } from 'chai';
import { formatFor, openMetricsOf } from '../../../lib/metrics/exposition.ts';
import { PrometheusRegistry } from '../../../lib/metrics/prometheus-registry.ts';

const OPEN = 'application/openmetrics-text';

describe('the format of a page', () => {
  for (const [accept, format, why] of [
    [undefined, 'Prometheus', 'nothing is wanted'],
    ['', 'Prometheus', 'nothing is wanted'],
    ['*/*', 'Prometheus', 'anything is wanted, as by curl'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'Prometheus', 'a browser asks'],
    [
      `${OPEN};version=1.0.0,${OPEN};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      'OpenMetrics',
      'Prometheus 2',
    ],
    [`${OPEN};version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.5`, 'OpenMetrics', 'Prometheus 3'],
    [`text/plain;q=0.9, ${OPEN};q=0.3`, 'Prometheus', 'text is wanted more'],
    [`${OPEN};q=0`, 'Prometheus', 'it is not wanted at all'],
    [`${OPEN}; version=2.0.0`, 'Prometheus', 'another version is wanted'],
    [`${OPEN.toUpperCase()}; Version=1.0.0`, 'OpenMetrics', 'case does not matter'],
    [`${OPEN};q=much`, 'Prometheus', 'the weight is no number'],
    [',;,=;q=,', 'Prometheus', 'it is garbage'],
  ] as const) {
    it(`${format}: ${why}`, () => expect(formatFor(accept)).to.equal(format));
  }
});

describe('OpenMetrics', () => {
  it('names families of counters without _total and their values with it, and marks the end', async () => {
    const registry = new PrometheusRegistry();
    registry.add('cc_ci_promotions_total', { result: 'Failed' });
    const page = openMetricsOf(await registry.page());
    const lines = page.split('\n');
    expect(lines)
      .to.include('# TYPE cc_ci_promotions counter')
      .and.to.include('cc_ci_promotions_total{result="Failed"} 1');
    expect(lines).to.include('# HELP cc_ci_promotions Promotions of ended runs.');
    expect(page).not.to.match(/^# TYPE \S+_total /m);
    expect(lines.slice(0, -2)).not.to.include('');
    expect(page.endsWith('\n# EOF\n')).to.equal(true);
    expect(page.match(/# EOF/g)).to.have.length(1);
  });

  it('leaves everything else as it is', async () => {
    const registry = new PrometheusRegistry();
    registry.set('cc_ci_ready', [{ labels: {}, value: 1 }]);
    const page = openMetricsOf(await registry.page());
    expect(page).to.contain('# TYPE cc_ci_ready gauge\ncc_ci_ready 1\n');
  });
});
