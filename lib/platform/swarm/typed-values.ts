import { CcError } from '../../errors.ts';
import { isTree } from '../../recipe/compose-document.ts';

type Cast = (text: string) => number | boolean | undefined;

/** Where the compose schema wants a number or a truth value; `*` is any key or list item. Source: Docker's own table. */
const CASTS: readonly (readonly [string, Cast])[] = [
  ['services * configs * mode', whole],
  ['services * secrets * mode', whole],
  ['services * healthcheck retries', whole],
  ['services * healthcheck disable', truth],
  ['services * deploy replicas', whole],
  ['services * deploy update_config parallelism', whole],
  ['services * deploy update_config max_failure_ratio', decimal],
  ['services * deploy rollback_config parallelism', whole],
  ['services * deploy rollback_config max_failure_ratio', decimal],
  ['services * deploy restart_policy max_attempts', whole],
  ['services * deploy placement max_replicas_per_node', whole],
  ['services * deploy resources limits pids', whole],
  ['services * ports * target', whole],
  ['services * ports * published', whole],
  ['services * ulimits *', whole],
  ['services * ulimits * hard', whole],
  ['services * ulimits * soft', whole],
  ['services * init', truth],
  ['services * oom_score_adj', whole],
  ['services * privileged', truth],
  ['services * read_only', truth],
  ['services * stdin_open', truth],
  ['services * tty', truth],
  ['services * volumes * read_only', truth],
  ['services * volumes * volume nocopy', truth],
  ['services * volumes * tmpfs size', whole],
  ['networks * internal', truth],
  ['networks * attachable', truth],
  ['* * external', truth],
];
const PATTERNS = CASTS.map(([path, cast]) => ({ steps: path.split(' '), cast }));

/**
 * The tree with numbers and truth values where the compose schema wants them, also where a variable gave a text. Pure.
 * @throws CcError `InvalidInput` naming the key whose text is neither.
 */
export function typedValues(tree: unknown, path: readonly string[] = []): unknown {
  if (Array.isArray(tree)) return tree.map((item, index) => typedValues(item, [...path, String(index)]));
  if (isTree(tree)) {
    const entries = Object.entries(tree).map(([key, value]) => [key, typedValues(value, [...path, key])]);
    return Object.fromEntries(entries);
  }
  if (typeof tree !== 'string') return tree;
  const cast = castOf(path);
  return cast === undefined ? tree : castText(tree, cast, path);
}

function castOf(path: readonly string[]): Cast | undefined {
  const fits = ({ steps }: { steps: readonly string[] }): boolean =>
    steps.length === path.length && steps.every((step, index) => step === '*' || step === path[index]);
  return PATTERNS.find(fits)?.cast;
}

function castText(text: string, cast: Cast, path: readonly string[]): number | boolean {
  const value = cast(text);
  if (value !== undefined) return value;
  const wanted = cast === truth ? 'true or false' : 'a number';
  throw new CcError('InvalidInput', `${path.join('.')} must be ${wanted}, not "${text}"`, {
    remedy: 'Correct it in the compose file, or set the variable that it is read from.',
  });
}

function whole(text: string): number | undefined {
  return /^[-+]?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function decimal(text: string): number | undefined {
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : undefined;
}

function truth(text: string): boolean | undefined {
  if (/^(y|yes|true|on)$/i.test(text)) return true;
  return /^(n|no|false|off)$/i.test(text) ? false : undefined;
}
