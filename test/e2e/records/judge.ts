import { type Case, tryCase } from './cases.ts';
import { FAULTS, filesBelow } from './faults.ts';
import type { PreparedState } from './prepared-state.ts';
import { ownerOf, type Row, readRows, rowOf } from './rows.ts';
import type { Findings } from './verdict.ts';

/** Files that differ only in an id, a digest or a name that was given by chance are of one class. */
const CHANCE: readonly [RegExp, string][] = [
  [/[0-9a-f]{38,40}/g, '<id>'],
  [/g?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>'],
  [/-[0-9a-f]{8}(?=[./]|$)/g, '-<id>'],
  [/(?<=\/)[a-z]+-[0-9a-f]{6}(?=\.)/g, '<domain>'],
  [/objects\/[0-9a-f]{2}\//, 'objects/<id>/'],
  [/^(copies\/)?ports\/\d+/, '$1ports/<port>'],
];

/** Every class of files with each fault. */
export function allCases({ versions }: PreparedState): Case[] {
  const classes = new Map<string, string>();
  for (const path of filesBelow(versions.at(-1) ?? '')) {
    const name = CHANCE.reduce((text, [pattern, by]) => text.replace(pattern, by), path);
    if (!classes.has(name)) classes.set(name, path);
  }
  return [...classes.values()].flatMap((path) => FAULTS.map((fault) => ({ path, fault })));
}

/** Files that no row of the table speaks of. */
export function filesWithoutRow({ versions }: PreparedState): string[] {
  const rows = readRows();
  return filesBelow(versions.at(-1) ?? '').filter((path) => rowOf(rows, path) === undefined);
}

/** What went otherwise than the table says, per case; empty where all is well. */
export async function judge(
  prepared: PreparedState,
  expected: Findings,
  cases: readonly Case[],
): Promise<Record<string, string[]>> {
  const rows = readRows();
  const wrong: Record<string, string[]> = {};
  for (const one of cases) {
    const found = await tryCase(prepared, expected, one, allowance(rows, prepared, one));
    if (found !== undefined && found.length > 0) wrong[`${one.fault} of ${one.path}`] = found;
  }
  return wrong;
}

/** The file itself may stay as it is, and its object may show what the table says; every object stays who it is. */
function allowance(rows: readonly Row[], { versions }: PreparedState, { path, fault }: Case) {
  const reasons = rowOf(rows, path)?.reasons[fault] ?? [];
  const owner = ownerOf(versions.at(-1) ?? '', path);
  return (difference: string): boolean => {
    const [place = '', change = ''] = difference.split(': ');
    const [before = '', now = ''] = change.split(' → ');
    if (place === path) return true;
    const seed = owner?.replace('Canonical/', 'Run/');
    if (reasons.includes('Seeding') && seed !== undefined && place.startsWith(`${seed}-seed-`))
      return before === 'absent';
    if (place !== owner || uidOf(before) !== uidOf(now)) return false;
    // One that is going says so, and no more what its snapshot is like.
    if (reasons.includes('SnapshotDamaged') && now.includes('/Deleting') && before.startsWith(now)) return true;
    return reasons.some((reason) => now.includes(`/${reason}`));
  };
}

function uidOf(shown: string): string | undefined {
  return /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/.exec(shown)?.[0];
}
