import { join } from 'node:path';
import type { Kind, ObjectKey } from '../api/kinds.ts';

/** Where the store keeps what, below the state directory. Pure; absolute when the state directory is. */
export interface StatePaths {
  readonly stateDirectory: string;
  readonly objects: string;
  readonly specs: string;
  readonly requests: string;
  readonly rejectedRequests: string;
  readonly claims: string;
  readonly index: string;
  readonly problems: string;
  readonly source: string;
  readonly runningTime: string;
  readonly events: string;
  kindDirectory(kind: Kind): string;
  /** `objects/<Kind>/<name>`. */
  objectDirectory(key: ObjectKey): string;
  object(key: ObjectKey): string;
  journal(key: ObjectKey): string;
  status(key: ObjectKey): string;
  objectEvents(key: ObjectKey): string;
  decisions(key: ObjectKey): string;
}

/** The layout of one state directory. */
export function statePaths(stateDirectory: string): StatePaths {
  const objects = join(stateDirectory, 'objects');
  const directory = (key: ObjectKey): string => join(objects, key.kind, key.name);
  return {
    stateDirectory,
    objects,
    specs: join(stateDirectory, 'specs'),
    requests: join(stateDirectory, 'requests'),
    rejectedRequests: join(stateDirectory, 'requests', 'rejected'),
    claims: join(stateDirectory, 'claims'),
    index: join(stateDirectory, 'index.json'),
    problems: join(stateDirectory, 'problems.json'),
    source: join(stateDirectory, 'source.json'),
    runningTime: join(stateDirectory, 'running-time.json'),
    events: join(stateDirectory, 'events.jsonl'),
    kindDirectory: (kind) => join(objects, kind),
    objectDirectory: directory,
    object: (key) => join(directory(key), 'object.json'),
    journal: (key) => join(directory(key), 'journal.json'),
    status: (key) => join(directory(key), 'status.json'),
    objectEvents: (key) => join(directory(key), 'events.jsonl'),
    decisions: (key) => join(directory(key), 'decisions.jsonl'),
  };
}

/** The projection that belongs to a spec file, beside it (or beside the symlink to it). */
export function statusFileOf(specPath: string): string {
  return `${specPath}.status.yaml`;
}
