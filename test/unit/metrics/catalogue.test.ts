import { expect } from 'chai';
import { METRICS, type MetricDefinition } from '../../../lib/metrics/catalogue.ts';

const all: [string, MetricDefinition][] = Object.entries(METRICS);

/** What Prometheus itself asks of every process; everything else is ours. */
const STANDARD = ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_start_time_seconds'];

describe('the metrics', () => {
  for (const [name, { type, help, labels, buckets }] of all) {
    it(`${name} keeps to the rules for names`, () => {
      expect(STANDARD.includes(name) || name.startsWith('cc_ci_')).to.equal(true);
      expect(name).to.match(/^[a-z]+(_[a-z]+)*$/);
      expect(name.endsWith('_total')).to.equal(type === 'Counter');
      if (type === 'Histogram') expect(name).to.match(/_seconds$/);
      expect(name).not.to.match(/_(ms|milliseconds|kib|mib|minutes|percent|count|sum|bucket)(_|$)/);
      expect(help).to.match(/^[^"\\\n]+\.$/);
      for (const label of labels)
        expect(label)
          .to.match(/^[a-z]+$/)
          .and.not.to.be.oneOf(['le', 'job', 'instance', 'run']);
      expect(buckets === undefined).to.equal(type !== 'Histogram');
      expect(buckets ?? []).to.deep.equal([...(buckets ?? [])].sort((one, other) => one - other));
    });
  }
});
