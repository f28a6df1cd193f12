import type { Compose, ComposeConfig, ComposeSecret } from './compose.ts';
import { readRecipeBytes } from './recipe-file.ts';

/** A revision of a recipe: its files, and what its compose files say. */
export interface ReadRevision {
  directory: string;
  compose: Pick<Compose, 'configs' | 'secrets'>;
}

/**
 * Configs and secrets of `head` whose file differs from that of `base` under the same name on the engine, one phrase
 * each: what is on an engine cannot change, so that an update of a running app would fail. Reads the files of both.
 */
export async function staleNames(head: ReadRevision, base: ReadRevision): Promise<string[]> {
  const found: string[] = [];
  for (const section of ['configs', 'secrets'] as const) {
    for (const item of head.compose[section]) {
      const old = base.compose[section].find(({ versionedName }) => versionedName === item.versionedName);
      if (old !== undefined && (await differs(head, item, { base, old }))) found.push(phrase(section, item));
    }
  }
  return found;
}

async function differs(
  head: ReadRevision,
  item: ComposeSecret,
  { base, old }: { base: ReadRevision; old: ComposeSecret },
): Promise<boolean> {
  if (item.external || item.file === undefined || old.file === undefined) return false;
  const [now, before] = [
    await readRecipeBytes(head.directory, item.file),
    await readRecipeBytes(base.directory, old.file),
  ];
  return now !== undefined && before !== undefined && !now.equals(before);
}

function phrase(section: string, { name, file, versionedName, variables }: ComposeConfig): string {
  const key = variables.at(-1);
  const bump = key === undefined ? 'give it a version in its name' : `bump ${key} in abra.sh`;
  return `${section}.${name}: ${file} differs from the base, but its name is still ${versionedName}; ${bump}`;
}
