import { isRecord, mapValues } from '../api/objects.ts';
import { CcError } from '../errors.ts';

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

/**
 * The tree with numbers and truth values where the compose schema wants them, also where a variable gave a text. Pure.
 * @throws CcError `InvalidInput` naming the key whose text is neither.
 */
export function typedValues(tree: unknown, path: readonly string[] = []): unknown {
  if (Array.isArray(tree)) return tree.map((item, index) => typedValues(item, [...path, String(index)]));
  if (isRecord(tree)) return mapValues(tree, (value, key) => typedValues(value, [...path, key]));
  if (typeof tree !== 'string') return tree;
  const cast = castOf(path);
  return cast === undefined ? tree : castText(tree, cast, path);
}

function castText(text: string, cast: Cast, path: readonly string[]): number | boolean {
  const value = cast(text);
  if (value !== undefined) return value;
  const wanted = cast === truth ? 'true or false' : 'a number';
  const remedy = 'Correct it in the compose file, or set the variable that it is read from.';
  throw new CcError('InvalidInput', `${path.join('.')} must be ${wanted}, not "${text}"`, { remedy });
}
