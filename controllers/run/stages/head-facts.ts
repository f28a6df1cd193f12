import { cp, mkdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { AppSettings } from '../../../lib/app/app-plan.ts';
import { CcError, orNothing } from '../../../lib/errors.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import { treeDigest } from '../../../lib/fs/tree-digest.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { versionLabel } from '../../../lib/recipe/compose.ts';
import type { RecipeMirror } from '../../../lib/recipe/mirror.ts';
import { parseVersion } from '../../../lib/recipe/version.ts';
import type { ResolvedCommit } from '../../../lib/run-record/run-files.ts';
import { runSpec } from '../spec-changes.ts';
import type { StepContext } from '../stage.ts';
import { planCheckout } from '../steps/trust.ts';

/** The known-good as a base; one that cannot be read is none, it does not keep others from being tested. */
export async function readKnownGood(
  stateDirectory: string,
  name: string,
): Promise<{ commit: string; version: string } | undefined> {
  const store = new KnownGoodStore({ directory: join(stateDirectory, 'canonicals', name) });
  const pointer = await orNothing(store.pointer(), 'Damaged');
  return pointer && { commit: pointer.manifest.commit, version: pointer.manifest.version };
}

/** Version of head: its own tag, else the label in its compose files, else its nearest tagged ancestor's. */
export async function versionOf(
  commit: string,
  mirror: RecipeMirror,
  app: AppSettings,
  context: StepContext,
): Promise<ResolvedCommit> {
  const own = await mirror.versionAt(commit, context.signal);
  if (own) return { commit, version: own.tag, tag: own.tag };
  const plan = await planCheckout(context, { commit, app, overlays: [runSpec(context.object).env] });
  const label = plan instanceof CcError ? undefined : versionLabel(plan.compose, plan.compose.stackName);
  if (label !== undefined && parseVersion(label)) return { commit, version: label };
  const nearest = await mirror.nearestVersion(commit, context.signal);
  return { commit, ...(nearest ? { version: nearest.tag } : {}) };
}

/** Copies `<spec file without ending>.ci/`, so that edits under a running run change nothing. */
export async function copyProfile(
  specPath: string,
  target: string,
  signal: AbortSignal,
): Promise<{ directory: string; digest: string } | undefined> {
  const source = join(dirname(specPath), `${basename(specPath, extname(specPath))}.ci`);
  const found = await stat(source).catch(() => undefined);
  if (!found?.isDirectory()) return undefined;
  await removeTree(target);
  await mkdir(dirname(target), { recursive: true });
  await cp(source, target, { recursive: true, verbatimSymlinks: true });
  return { directory: target, digest: (await treeDigest(target, signal)).digest };
}
