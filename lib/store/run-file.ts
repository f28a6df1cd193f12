import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { API_VERSION, KINDS } from '../api/kinds.ts';
import { sha256 } from '../digest.ts';
import { CcError, orNothing } from '../errors.ts';
import { removeSeen } from '../fs/seen-file.ts';
import type { ValidFile } from './object-facts.ts';
import { parseSpec } from './spec-file.ts';
import type { NewRun, StoredObject } from './store.ts';

/** Annotation of a created Run file that names its owner, `<Kind>/<name>/<uid>`: the file alone is enough after a crash. */
const OWNER_ANNOTATION = 'cc-ci.owner';

/** The text of a Run file that the controller creates. Pure. */
export function runFileText(run: NewRun): string {
  const owner = run.owner && { [OWNER_ANNOTATION]: `${run.owner.kind}/${run.owner.name}/${run.owner.uid}` };
  const annotations = { ...run.annotations, ...owner };
  const metadata = {
    name: run.name,
    ...(run.labels && Object.keys(run.labels).length > 0 && { labels: run.labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
  return stringify({ apiVersion: API_VERSION, kind: 'Run', metadata, spec: run.spec }, { lineWidth: 0 });
}

/**
 * The Run file to create in `directory`, and what the store will read from it. Pure.
 * @throws CcError `InvalidInput` where the run would not validate.
 */
export function newRunFile(directory: string, run: NewRun): { path: string; bytes: Buffer; valid: ValidFile } {
  const path = join(directory, `${run.name}.yaml`);
  const bytes = Buffer.from(runFileText(run));
  const result = parseSpec(path, bytes);
  if (!result.ok) {
    const [first] = result.problems;
    throw new CcError('InvalidInput', `the Run ${run.name} is not valid: ${first?.path} ${first?.message}`, {
      ...(first && { remedy: first.remedy }),
    });
  }
  const fileDigest = sha256(bytes);
  return { path, bytes, valid: { path, source: 'State', fileDigest, parsed: result.parsed, notes: result.notes } };
}

/**
 * Removes the file of a Run that goes, where it still holds that Run: what a person made of it since stays. Absent is
 * success. @throws CcError `Conflict` where it was edited this very moment; system errors as they are.
 */
export async function removeRunFile({ path, kind, name }: Pick<StoredObject, 'path' | 'kind' | 'name'>): Promise<void> {
  const bytes = await orNothing(readFile(path), 'ENOENT');
  if (bytes === undefined) return;
  const result = parseSpec(path, bytes);
  if (!result.ok || result.parsed.kind !== kind || result.parsed.name !== name) return;
  if ((await removeSeen(path, bytes)) === 'Changed') throw new CcError('Conflict', `${path} is being edited`);
}

/** The owners that a created Run file names; empty where there is no such annotation or it is malformed. Pure. */
export function ownersOf(annotations: Readonly<Record<string, string>>): StoredObject['ownerReferences'] {
  const [kindText, name, uid] = (annotations[OWNER_ANNOTATION] ?? '').split('/');
  const kind = KINDS.find((candidate) => candidate === kindText);
  return kind && name && uid ? [{ kind, name, uid }] : [];
}
