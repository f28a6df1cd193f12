// The reference of metrics, from the catalogue and what is said of each.
import { METRICS, type MetricDefinition } from '../lib/metrics/catalogue.ts';
import { METRIC_MEANINGS, METRIC_SECTIONS, type MetricName } from '../lib/metrics/meanings.ts';

const BANNER = '<!-- Written by `node scripts/generate-reference.ts` from lib/metrics. Do not edit. -->';

const PREFACE =
  'What `/metrics` answers where `metrics.listen` is set. How they count, and alert rules over them: [metrics, alerts and a dashboard](../observability/README.md).';

/** `docs/reference/metrics.md`. Pure. */
export function metricsPage(): string {
  const names = Object.keys(METRICS) as MetricName[];
  const starts = METRIC_SECTIONS.map(({ first }) => names.indexOf(first));
  const sections = METRIC_SECTIONS.flatMap(({ title, preface }, index) => [
    ...['', `## ${title}`, '', ...(preface === undefined ? [] : [preface, ''])],
    ...['| metric | type | labels | meaning | what to do |', '|---|---|---|---|---|'],
    ...names.slice(starts[index], starts[index + 1]).map(row),
  ]);
  return `${[BANNER, '', '# Metrics', '', PREFACE, ...sections].join('\n')}\n`;
}

function row(name: MetricName): string {
  const { type, labels }: MetricDefinition = METRICS[name];
  const { meaning, remedy = '' } = METRIC_MEANINGS[name];
  const cells = [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(', '), meaning, remedy];
  return `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}
