export type Cast = (text: string) => number | boolean | undefined;

/** Counts, which the CLI keeps without a sign. Paths are below a service; `*` is any key or list item. */
export const COUNTS: readonly string[] = [
  'deploy replicas',
  'deploy update_config parallelism',
  'deploy rollback_config parallelism',
  'deploy restart_policy max_attempts',
  'deploy placement max_replicas_per_node',
  'healthcheck retries',
  'configs * mode',
  'secrets * mode',
  'ports * target',
  'ports * published',
];

/** Where the docker CLI makes a number or a truth value of a variable. Source: its own table. */
const CASTS: readonly (readonly [string, Cast])[] = [
  ...COUNTS.map((path) => [`services * ${path}`, whole] as const),
  ['services * healthcheck disable', truth],
  ['services * deploy update_config max_failure_ratio', decimal],
  ['services * deploy rollback_config max_failure_ratio', decimal],
  ['services * ulimits *', whole],
  ['services * ulimits * hard', whole],
  ['services * ulimits * soft', whole],
  ['services * oom_score_adj', whole],
  ['services * privileged', truth],
  ['services * read_only', truth],
  ['services * stdin_open', truth],
  ['services * tty', truth],
  ['services * volumes * read_only', truth],
  ['services * volumes * volume nocopy', truth],
  ['networks * internal', truth],
  ['networks * attachable', truth],
  ['networks * external', truth],
  ['volumes * external', truth],
  ['secrets * external', truth],
  ['configs * external', truth],
];
const PATTERNS = CASTS.map(([path, cast]) => ({ steps: path.split(' '), cast }));

/** How the value at a path is read out of a text; undefined: it is a text. Pure. */
export function castOf(path: readonly string[]): Cast | undefined {
  const fits = ({ steps }: { steps: readonly string[] }): boolean =>
    steps.length === path.length && steps.every((step, index) => step === '*' || step === path[index]);
  return PATTERNS.find(fits)?.cast;
}

function whole(text: string): number | undefined {
  return /^[-+]?\d{1,18}$/.test(text) ? Number(text) : undefined;
}

function decimal(text: string): number | undefined {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,2})?$/i.test(text) ? Number(text) : undefined;
}

/** The words that the docker CLI has for true and false. */
export function truth(text: string): boolean | undefined {
  if (/^(y|yes|true|on)$/i.test(text)) return true;
  return /^(n|no|false|off)$/i.test(text) ? false : undefined;
}
