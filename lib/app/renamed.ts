import { keyText, type ObjectKey, shortKind } from '../api/kinds.ts';
import type { Refusal, StoredObject } from '../store/store.ts';

/** The object that the file of `key` described before, which goes: who takes its place waits for it. Pure. */
export function renamedFrom(objects: readonly StoredObject[], key: ObjectKey): StoredObject | undefined {
  return objects.find(({ deletion }) => deletion?.renamedTo && keyText(deletion.renamedTo) === keyText(key));
}

/** Why the new object is not in force while the old one has what it wants. Pure. */
export function waitsForRenamed(old: StoredObject, what: string): Refusal {
  return {
    reason: 'Renamed',
    message: `its file described ${keyText(old)} before, which has ${what} until it is gone. Put the old name back, or give its data up: ccctl delete ${shortKind(old.kind)}/${old.name} --purge.`,
  };
}

/** What is to be said of the old one. Pure. */
export function renamedText({ path }: StoredObject, to: ObjectKey): string {
  return `${path} describes ${keyText(to)} now: this object goes. The old name put back there keeps it`;
}
