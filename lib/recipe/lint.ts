import { CcError } from '../errors.ts';
import { sentence } from '../sentences.ts';
import type { Compose } from './compose-types.ts';
import { EnvFile } from './env-file.ts';
import { COMPOSE_RULES } from './lint-compose-rules.ts';
import { RECIPE_RULES } from './lint-recipe-rules.ts';
import { readAbraExports, readRecipeBytes, readRecipeFile } from './recipe-file.ts';
import type { VersionListing } from './version.ts';

export interface LintOptions {
  /** The recipe's checkout; README.md and abra.sh are read from it. */
  directory: string;
  /** The merged compose files, or the error that reading them gave. */
  compose?: Compose | CcError;
  /** The app's domain that `compose` was read for. */
  domain?: string;
  /** Text of `.env.sample`; absent where there is none. */
  sample?: string;
  /** The recipe's tags. */
  tags: VersionListing;
  /** Version tags of the commit itself; default none. */
  ownTags?: readonly string[];
  /** What `staleNames` found; absent where there is no base to compare with. */
  staleNames?: readonly string[];
}

/**
 * The rules of `abra recipe lint` that need no network, and some of ours (C…), as rows in the order of their refs. The
 * recipe fails where a row of severity Error is not satisfied. Throws for nothing that a recipe contains but a file
 * that leads out of it. @throws CcError `InvalidInput` as `readRecipeFile`.
 */
export async function lintRecipe(options: LintOptions): Promise<LintRow[]> {
  const { compose, tags, ownTags = [], staleNames, domain } = options;
  const context = { ...(await recipeContext(options)), tags, ownTags, staleNames, domain };
  const isRead = compose !== undefined && !(compose instanceof CcError);
  const ofCompose = (rule: LintRule<LintContext>): LintRow =>
    rowOf(rule, isRead ? rule.check({ ...context, compose }) : 'the compose files cannot be read');
  const ofRecipe = RECIPE_RULES.map((rule) => rowOf(rule, rule.check(context)));
  const rows = [readableRow(compose), ...ofRecipe, ...COMPOSE_RULES.map(ofCompose)];
  return rows.sort((a, b) => (a.ref < b.ref ? -1 : 1));
}

/** True where a rule of severity Error is broken. */
export function lintFailed(rows: readonly LintRow[]): boolean {
  return rows.some((row) => row.severity === 'Error' && row.satisfied === false);
}

/** The rules whose breach hinders most, first: what cannot be read or deployed comes before what is only untidy. */
const GRAVEST: readonly string[] = ['C001', 'R011', 'C002', 'R012', 'C005', 'R009', 'R008', 'R010', 'R016', 'C004'];
/** Characters of the findings of one rule. */
const SHOWN = 200;

/**
 * What fails the recipe, for people: the gravest finding and how many more there are in the first sentence, then each
 * with its remedy. Empty where nothing fails it. Pure.
 */
export function explainRows(rows: readonly LintRow[]): string {
  const rank = ({ ref }: LintRow): number => (GRAVEST.includes(ref) ? GRAVEST.indexOf(ref) : GRAVEST.length);
  const broken = rows
    .filter((row) => row.severity === 'Error' && row.satisfied === false)
    .toSorted((a, b) => rank(a) - rank(b));
  const [first, ...others] = broken;
  if (first === undefined) return '';
  const more = others.length === 0 ? '' : `; and ${others.length} more: ${others.map(({ ref }) => ref).join(', ')}`;
  return [
    sentence(`${found(first)}${more}`),
    first.remedy,
    ...others.map((row) => `${sentence(found(row))} ${row.remedy}`),
  ]
    .join(' ')
    .trim();
}

function found({ ref, rule, message }: LintRow): string {
  const shown = message.length > SHOWN ? `${message.slice(0, SHOWN)}…` : message;
  return `${ref} ${rule}: ${shown.replace(/\.$/, '')}`;
}

async function recipeContext(options: LintOptions): Promise<Omit<RecipeContext, 'tags'>> {
  const read = (name: string): Promise<string | undefined> => readRecipeFile(options.directory, name);
  return {
    ...(options.sample === undefined ? {} : { sample: EnvFile.parse(options.sample) }),
    // Only looked through for its metadata, whatever the encoding.
    readme: (await readRecipeBytes(options.directory, 'README.md'))?.toString('utf8') ?? '',
    exports: readAbraExports((await read('abra.sh')) ?? ''),
  };
}

function readableRow(compose: Compose | CcError | undefined): LintRow {
  const fault = compose instanceof CcError ? compose : undefined;
  const rule = { ref: 'C001', rule: 'compose files can be read', severity: 'Error' } as const;
  const verdict = compose === undefined ? 'no compose file was read' : fault ? [fault.message] : [];
  return rowOf({ ...rule, remedy: fault?.remedy ?? 'Correct the file.' }, verdict);
}

function rowOf(checked: Omit<LintRule<unknown>, 'check'>, verdict: string | readonly string[]): LintRow {
  const { ref, rule, severity, remedy } = checked;
  const base = { ref, rule, severity };
  if (typeof verdict === 'string') return { ...base, satisfied: 'Skipped', message: verdict, remedy: '' };
  const satisfied = verdict.length === 0;
  return { ...base, satisfied, message: verdict.join('; '), remedy: satisfied ? '' : remedy };
}

/** One line of the lint table. */
export interface LintRow {
  /** `R001`…: abra's rules; `C001`…: ours. */
  ref: string;
  rule: string;
  severity: 'Error' | 'Warning';
  satisfied: boolean | 'Skipped';
  /** What is wrong and where, or why it was skipped; empty where satisfied. */
  message: string;
  /** What to do about it; empty where there is nothing to do. */
  remedy: string;
}

/** What the rules that need no compose file look at. */
export interface RecipeContext {
  sample?: EnvFile;
  readme: string;
  /** Exports of `abra.sh`. */
  exports: Readonly<Record<string, string>>;
  tags: VersionListing;
}

export interface LintContext extends RecipeContext {
  compose: Compose;
  /** The app's domain, filled into `compose`; undefined where it is not known. */
  domain: string | undefined;
  /** Version tags of the commit itself. */
  ownTags: readonly string[];
  /** Configs and secrets that changed under an old name, a phrase each; undefined where there is nothing to compare with. */
  staleNames: readonly string[] | undefined;
}

/** A rule. `check` gives what is wrong, one phrase each (none: satisfied), or a text that says why it does not apply. */
export interface LintRule<C> extends Pick<LintRow, 'ref' | 'rule' | 'severity' | 'remedy'> {
  check(context: C): string[] | string;
}
