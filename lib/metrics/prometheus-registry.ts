import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricDefinition, type MetricName } from './catalogue.ts';
import type { CounterName, HistogramName, MetricRegistry } from './registry.ts';

type Labels = Readonly<Record<string, string>>;
type Value = Readonly<{ labels: Labels; value: number }>;

/** {@link MetricRegistry} by prom-client, in a registry of its own. */
export class PrometheusRegistry implements MetricRegistry {
  readonly #registry = new Registry();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #gauges = new Map<MetricName, Gauge>();
  readonly #histograms = new Map<MetricName, Histogram>();

  constructor() {
    for (const name of Object.keys(METRICS) as MetricName[]) this.#define(name, METRICS[name]);
  }

  add(name: CounterName, labels: Labels, by = 1): void {
    this.#counters.get(name)?.inc({ ...labels }, by);
  }

  observe(name: HistogramName, labels: Labels, seconds: number): void {
    this.#histograms.get(name)?.observe({ ...labels }, Math.max(0, seconds));
  }

  set(name: MetricName, samples: readonly Value[]): void {
    const finite = samples.filter(({ value }) => Number.isFinite(value));
    const gauge = this.#gauges.get(name);
    if (gauge !== undefined) {
      clear(gauge);
      for (const { labels, value } of finite) gauge.set({ ...labels }, value);
    }
    const counter = this.#counters.get(name);
    if (counter === undefined) return;
    clear(counter);
    for (const { labels, value } of finite) counter.inc({ ...labels }, value);
  }

  async page(): Promise<string> {
    return await this.#registry.metrics();
  }

  #define(name: MetricName, { type, help, labels, buckets = [] }: MetricDefinition): void {
    const settings = { name, help, labelNames: [...labels], registers: [this.#registry] };
    switch (type) {
      case 'Counter': {
        const counter = new Counter(settings);
        clear(counter);
        this.#counters.set(name, counter);
        return;
      }
      case 'Gauge': {
        const gauge = new Gauge(settings);
        clear(gauge);
        this.#gauges.set(name, gauge);
        return;
      }
      case 'Histogram':
        this.#histograms.set(name, new Histogram({ ...settings, buckets: [...buckets] }));
    }
  }
}

/** Takes every series away: one that has no labels would otherwise stand at 0, which nobody has seen. */
function clear(metric: Counter | Gauge): void {
  metric.reset();
  metric.remove({});
}
