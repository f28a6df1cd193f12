import type { Clock } from '../clock.ts';
import { cutAtDeadline } from '../deadline.ts';
import { CcError, explainError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { LabelsOf, MetricName } from './catalogue.ts';
import type { HistogramName, MetricRegistry, Sample } from './registry.ts';

/** A source that takes longer is left out, milliseconds. */
const SOURCE_MS = 3_000;

type ComputedName = Exclude<MetricName, HistogramName>;

/** Values by metric. */
export type Samples = Partial<{ [Name in ComputedName]: readonly Sample<Name>[] }>;

/** Where values that are computed at a scrape come from. Reads what is in memory, or asks the system a fixed number of things. */
export interface MetricSource {
  name: string;
  /** Every metric that it may give. */
  metrics: readonly ComputedName[];
  read(signal: AbortSignal): Samples | Promise<Samples>;
}

export interface ScrapeOptions {
  registry: MetricRegistry;
  sources: readonly MetricSource[];
  clock: Clock;
  log: Log;
}

/**
 * Makes pages. A source that fails or hangs is left out of the page with all its metrics, counted and logged; the others
 * are there. Of pages that are asked for at once one is made.
 */
export class Scrape {
  readonly #options: ScrapeOptions;
  readonly #failing = new Set<string>();
  #page: Promise<string> | undefined;

  constructor(options: ScrapeOptions) {
    this.#options = options;
    for (const { name } of options.sources) options.registry.add('cc_ci_scrape_errors_total', { source: name }, 0);
  }

  /** The page in Prometheus' text format. */
  page(): Promise<string> {
    this.#page ??= this.#make().finally(() => {
      this.#page = undefined;
    });
    return this.#page;
  }

  async #make(): Promise<string> {
    const { registry, sources } = this.#options;
    await Promise.all(sources.map((source) => this.#take(source)));
    return await registry.page();
  }

  async #take(source: MetricSource): Promise<void> {
    const { registry, clock, log } = this.#options;
    const late = (): CcError => new CcError('DeadlineExceeded', `not within ${SOURCE_MS} ms`);
    try {
      const read = async (signal: AbortSignal): Promise<Samples> => await source.read(signal);
      const samples = await cutAtDeadline({ clock, deadlineMs: SOURCE_MS, late }, read);
      for (const name of source.metrics) registry.set(name, samplesOf(samples, name));
      this.#failing.delete(source.name);
    } catch (error) {
      for (const name of source.metrics) registry.set(name, []);
      registry.add('cc_ci_scrape_errors_total', { source: source.name });
      const fields = { source: source.name, error: explainError(error) };
      if (!this.#failing.has(source.name)) log.warn('metrics of a source are left out', fields);
      this.#failing.add(source.name);
    }
  }
}

function samplesOf<Name extends ComputedName>(samples: Samples, name: Name): readonly Sample<Name>[] {
  return (samples[name] ?? []) as readonly Sample<Name>[];
}

/** The value of a metric without labels; undefined: there is none. */
export function single(value: number | undefined): { labels: LabelsOf<'cc_ci_ready'>; value: number }[] {
  return value === undefined ? [] : [{ labels: {}, value }];
}
