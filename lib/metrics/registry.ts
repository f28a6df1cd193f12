import type { LabelsOf, METRICS, MetricName } from './catalogue.ts';

type OfType<Type extends string> = {
  [Name in MetricName]: (typeof METRICS)[Name] extends { type: Type } ? Name : never;
}[MetricName];

export type CounterName = OfType<'Counter'>;
export type HistogramName = OfType<'Histogram'>;

/** One value of a metric that is computed at a scrape. */
export interface Sample<Name extends MetricName = MetricName> {
  labels: LabelsOf<Name>;
  value: number;
}

/** Keeps the values of all metrics of the catalogue. Nothing here waits, but for the page. */
export interface MetricRegistry {
  /** Counts something that happened. @param by default 1. */
  add<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  /** Notes a duration. @param seconds not negative. */
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, seconds: number): void;
  /** Replaces all values of a metric; of several with the same labels the last counts, what is no number is left out. */
  set<Name extends Exclude<MetricName, HistogramName>>(name: Name, samples: readonly Sample<Name>[]): void;
  /** The page in Prometheus' text format 0.0.4. */
  page(): Promise<string>;
}
