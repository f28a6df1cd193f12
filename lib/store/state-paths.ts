import { join } from 'node:path';
import type { Kind, ObjectKey } from '../api/kinds.ts';

/** Where the store keeps what, below the state directory. */
export type StatePaths = Readonly<ReturnType<typeof statePaths>>;

/** The layout of one state directory. Pure; absolute when the state directory is. */
export function statePaths(stateDirectory: string) {
  const objects = join(stateDirectory, 'objects');
  const directory = (key: ObjectKey): string => join(objects, key.kind, key.name);
  return {
    stateDirectory,
    objects,
    specs: join(stateDirectory, 'specs'),
    requests: join(stateDirectory, 'requests'),
    rejectedRequests: join(stateDirectory, 'requests', 'rejected'),
    claims: join(stateDirectory, 'claims'),
    index: join(stateDirectory, 'index.jsonl'),
    list: join(stateDirectory, 'list.jsonl'),
    problems: join(stateDirectory, 'problems.json'),
    source: join(stateDirectory, 'source.json'),
    readBy: join(stateDirectory, 'read-by.json'),
    runningTime: join(stateDirectory, 'running-time.json'),
    events: join(stateDirectory, 'events.jsonl'),
    kindDirectory: (kind: Kind) => join(objects, kind),
    /** `objects/<Kind>/<name>`. */
    objectDirectory: directory,
    object: (key: ObjectKey) => join(directory(key), 'object.json'),
    journal: (key: ObjectKey) => join(directory(key), 'journal.json'),
    status: (key: ObjectKey) => join(directory(key), 'status.json'),
    objectEvents: (key: ObjectKey) => join(directory(key), 'events.jsonl'),
    decisions: (key: ObjectKey) => join(directory(key), 'decisions.jsonl'),
  };
}

/** The projection that belongs to a spec file, beside it (or beside the symlink to it). */
export function statusFileOf(specPath: string): string {
  return `${specPath}.status.yaml`;
}
