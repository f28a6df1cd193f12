import { join } from 'node:path';
import { present } from '../../../lib/api/objects.ts';
import type { AppPlan } from '../../../lib/app/app-plan.ts';
import { CcError, hasCode } from '../../../lib/errors.ts';
import { writeJsonDurable } from '../../../lib/fs/durable.ts';
import { joinInside } from '../../../lib/fs/join-inside.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import type { Compose } from '../../../lib/recipe/compose.ts';
import { explainRows, type LintRow, lintFailed, lintRecipe } from '../../../lib/recipe/lint.ts';
import { readSample } from '../../../lib/recipe/recipe-file.ts';
import type { RecipeLinter } from '../../../lib/recipe/recipe-linter.ts';
import { staleNames } from '../../../lib/recipe/stale-names.ts';
import { failStage, next, type PreparedContext, type Stage, type StepOutcome } from '../stage.ts';
import { planCheckout } from '../steps/trust.ts';

/** The recipe's rules that need no network. An error row fails the run; later stages run all the same. */
export const lint: Stage = { name: 'Lint', steps: [{ name: 'Lint', deadline: 'Deploy', run: lintCheckout }] };

async function lintCheckout(context: PreparedContext): Promise<StepOutcome> {
  const { directories, resolved, domain } = context;
  const sample = await readSample(directories.recipe);
  const plan = await planOf(context, resolved.head.commit);
  const compose = plan instanceof CcError ? plan : plan.compose;
  const stale = plan instanceof CcError ? undefined : await staleOf(context, plan.compose);
  const rows = await lintRecipe({
    directory: directories.recipe,
    compose,
    domain,
    tags: resolved.tags,
    ownTags: ownTagsOf(resolved),
    ...present({ staleNames: stale, sample }),
  });
  await writeJsonDurable(join(directories.root, 'lint.json'), rows);
  const { linter } = context.services;
  if (linter) return lintWith(linter, context, rows);
  if (!lintFailed(rows)) return next;
  return failStage('LintErrors', explainRows(rows));
}

/** The verdict of the tool that deploys; our table says where and what to do. Files that cannot be read fail either way. */
async function lintWith(
  linter: RecipeLinter,
  prepared: PreparedContext,
  rows: readonly LintRow[],
): Promise<StepOutcome> {
  const { directories, resolved, mirror, signal, ...context } = prepared;
  context.leavePool();
  const { recipe: directory, root } = directories;
  const { commit } = resolved.head;
  const report = await linter.lint(resolved.recipe, { commit, directory, repository: mirror.directory }, signal);
  await writeJsonDurable(join(root, 'lint-abra.json'), report);
  const unreadable = rows.filter(({ ref, satisfied }) => ref.startsWith('C') && satisfied === false);
  if (report.verdict === 'Failed' || lintFailed(unreadable)) {
    const said = [report.message, explainRows(rows)].filter((text) => text !== '');
    return failStage('LintErrors', (lintFailed(unreadable) ? said.toReversed() : said).join('. '));
  }
  if (report.verdict === 'Passed') return next;
  return { kind: 'End', end: { result: 'Unverified', reason: 'LintUnverified', message: report.message } };
}

function ownTagsOf({ head, tags }: PreparedContext['resolved']): string[] {
  const listed = tags.versions.filter(({ commit }) => commit === head.commit).map(({ tag }) => tag);
  return [...new Set([...listed, ...(head.tag === undefined ? [] : [head.tag])])];
}

/** What changed since the base under its old name; undefined where no base can be read. */
async function staleOf(context: PreparedContext, compose: Compose): Promise<string[] | undefined> {
  const { resolved, directories, mirror, signal } = context;
  if (resolved.base.from === 'None') return undefined;
  if (![...compose.configs, ...compose.secrets].some(({ file }) => file !== undefined)) return [];
  context.leavePool();
  const directory = joinInside(directories.scratch, 'lint-base');
  try {
    await mirror.checkout(resolved.base.commit, directory, signal);
    const base = await planOf(context, resolved.base.commit, directory);
    if (base instanceof CcError) return undefined;
    return await staleNames({ directory: directories.recipe, compose }, { directory, compose: base.compose });
  } catch (error) {
    if (hasCode(error, 'InvalidInput')) return undefined; // a base that is worse than head is no fault of head
    throw error;
  } finally {
    await removeTree(directory);
  }
}

function planOf(context: PreparedContext, commit: string, directory?: string): Promise<AppPlan | CcError> {
  const { app, spec } = context.resolved;
  return planCheckout(context, {
    commit,
    app,
    overlays: [spec.env],
    ...(directory === undefined ? {} : { directory }),
  });
}
