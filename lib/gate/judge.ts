import { versionLabel } from '../recipe/compose.ts';
import { parseVersion, type RecipeVersion, sameVersion } from '../recipe/version.ts';
import { dataPathFindings, envFindings } from './env-rules.ts';
import { distinct, type Finding, finding } from './finding.ts';
import { hostPathFindings, placementFindings, portFindings, privilegeFindings } from './host-rules.ts';
import { databaseFindings, imageFindings } from './image-rules.ts';
import type { Pair, PairRule } from './pair.ts';
import { noteFindings, type ReleaseNote } from './release-note.ts';
import { externalFindings, fileFindings, secretFindings } from './secret-rules.ts';
import { serviceFindings, userFindings } from './service-rules.ts';
import type { PlannedSide, Side } from './side.ts';
import { backupFindings, hiddenFindings, volumeFindings } from './volume-rules.ts';

/** What the gate says of one step. */
export type Verdict =
  | { result: 'Allowed'; findings: readonly [] }
  | { result: 'Held'; findings: readonly [Finding, ...Finding[]] };

/** The largest step of the recipe version that is taken unasked. */
export type Bump = 'Patch' | 'Minor' | 'Major';

/** In the order in which people read them. */
const PAIR_RULES: readonly PairRule[] = [
  ...[serviceFindings, volumeFindings, hiddenFindings, hostPathFindings, dataPathFindings],
  ...[databaseFindings, imageFindings, secretFindings, envFindings, fileFindings, externalFindings],
  ...[userFindings, placementFindings, portFindings, privilegeFindings, backupFindings, labelFindings, faultFindings],
];

/**
 * Whether the step from what is deployed to another version may be taken unasked: every reason against it, none: it
 * may. `notes`: those of the versions on the way. What cannot be understood is a reason, too. Pure.
 */
export function judge(from: Side, to: Side, notes: readonly ReleaseNote[], maxBump: Bump): Verdict {
  const [first, ...others] = distinct([
    ...bumpFindings(from.version, to.version, maxBump),
    ...notes.flatMap(noteFindings),
    ...to.tree.missingFiles
      .filter((file) => !from.tree.missingFiles.includes(file))
      .map((file) => finding('ComposeFileGone', file, `is named by the app, and not in ${to.version}`)),
    ...planFindings(from, to),
  ]);
  return first === undefined ? { result: 'Allowed', findings: [] } : { result: 'Held', findings: [first, ...others] };
}

/** The step of the recipe version against the largest that is allowed. Pure. */
export function bumpFindings(from: string, to: string, maxBump: Bump): Finding[] {
  const [before, after] = [parseVersion(from), parseVersion(to)];
  if (before === undefined || after === undefined)
    return [finding('UnsureVersion', before === undefined ? from : to, 'is no recipe version')];
  const bump = bumpOf(before, after);
  if (ORDER.indexOf(bump) <= ORDER.indexOf(maxBump)) return [];
  return [finding('BumpTooBig', to, `is a ${bump} step from ${from}; allowed is ${maxBump}`)];
}

const ORDER: readonly Bump[] = ['Patch', 'Minor', 'Major'];

function bumpOf(from: RecipeVersion, to: RecipeVersion): Bump {
  const [before, after] = [from, to].map(({ recipe }) => recipe.split(/[.+-]/, 3));
  if (before?.[0] !== after?.[0]) return 'Major';
  return before?.[1] === after?.[1] ? 'Patch' : 'Minor';
}

function planFindings(from: Side, to: Side): Finding[] {
  if (isPlanned(from) && isPlanned(to)) return PAIR_RULES.flatMap((rule) => rule({ from, to }));
  return [
    ...(isPlanned(from) ? [] : [finding('UnsureFrom', from.version, reasonOf(from))]),
    ...(isPlanned(to) ? faultFindings({ to }) : [finding('UnsureTo', to.version, reasonOf(to))]),
  ];
}

function isPlanned(side: Side): side is PlannedSide {
  return side.plan !== undefined;
}

function reasonOf({ fault }: Side): string {
  return fault?.message ?? 'it was not planned';
}

/** What keeps it from being an app, but for secrets without a value, which have a rule of their own. */
function faultFindings({ to }: Pick<Pair, 'to'>): Finding[] {
  const missing = to.plan.secrets.filter((secret) => secret.from === 'Missing').length;
  const { faults } = to.plan;
  return faults.slice(0, faults.length - missing).map(({ message }) => finding('CannotBeApp', to.version, message));
}

/** A label that cannot be read is the maintainer's habit; one that says something else is a mistake, or a hint. */
function labelFindings({ to }: Pair): Finding[] {
  const label = versionLabel(to.plan.compose, to.plan.compose.stackName);
  if (label === undefined || parseVersion(label) === undefined || sameVersion(label, to.version)) return [];
  return [finding('UnsureLabel', to.version, `its version label says ${label}`)];
}
