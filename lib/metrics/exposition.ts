/** The formats in which a page is given. */
export type PageFormat = 'Prometheus' | 'OpenMetrics';

/** Content types by format, as the two specifications have them. */
export const CONTENT_TYPES: Readonly<Record<PageFormat, string>> = {
  Prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  OpenMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The versions of OpenMetrics that a page of ours is true to. */
const OPEN_VERSIONS = ['1.0.0', '0.0.1'];

/** What a client wants by its `Accept` (RFC 9110, 12.5.1): OpenMetrics only where it is wanted at least as much. Pure. */
export function formatFor(accept: string | undefined): PageFormat {
  const ranges = (accept ?? '').split(',').map(rangeOf);
  const open = ranges.filter(({ type, version }) => {
    return type === 'application/openmetrics-text' && (version === undefined || OPEN_VERSIONS.includes(version));
  });
  const plain = ranges.filter(({ type }) => type === 'text/plain');
  const best = (of: readonly Range[]): number => Math.max(0, ...of.map(({ weight }) => weight));
  return best(open) > 0 && best(open) >= best(plain) ? 'OpenMetrics' : 'Prometheus';
}

interface Range {
  type: string;
  version: string | undefined;
  weight: number;
}

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameter = (name: string): string | undefined =>
    parameters.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  const weight = Number(parameter('q') ?? 1);
  return { type, version: parameter('version'), weight: Number.isFinite(weight) ? weight : 0 };
}

/**
 * The same page in OpenMetrics 1.0: a counter's family goes without `_total`, no line is empty, and the end is marked. Pure;
 * expects the page of a registry whose names and help texts hold no line breaks.
 */
export function openMetricsOf(page: string): string {
  const counters = new Set([...page.matchAll(/^# TYPE (\S+)_total counter$/gm)].map(([, family = '']) => family));
  const lines = page.split('\n').filter((line) => line !== '');
  const renamed = lines.map((line) =>
    line.replace(/^# (HELP|TYPE) (\S+)_total /, (whole, word: string, family: string) =>
      counters.has(family) ? `# ${word} ${family} ` : whole,
    ),
  );
  return `${renamed.join('\n')}\n# EOF\n`;
}
