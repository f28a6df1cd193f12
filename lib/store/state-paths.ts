import { join } from 'node:path';
import type { Kind, ObjectKey } from '../api/kinds.ts';

/** Where the store keeps what, below the state directory. */
export type StatePaths = Readonly<ReturnType<typeof statePaths>>;

/**
 * The layout of one state directory. Pure; absolute when the state directory is. Paths are joined when they are asked for:
 * a command needs few.
 */
export function statePaths(stateDirectory: string) {
  const objects = join(stateDirectory, 'objects');
  // Asked for several times in each pass: names of objects have nothing in them that a path would be made plain for.
  const directory = (key: ObjectKey): string => `${objects}/${key.kind}/${key.name}`;
  return {
    stateDirectory,
    objects,
    get specs() {
      return join(stateDirectory, 'specs');
    },
    get requests() {
      return join(stateDirectory, 'requests');
    },
    get rejectedRequests() {
      return join(stateDirectory, 'requests', 'rejected');
    },
    get claims() {
      return join(stateDirectory, 'claims');
    },
    get index() {
      return join(stateDirectory, 'index.jsonl');
    },
    get list() {
      return join(stateDirectory, 'list.jsonl');
    },
    get problems() {
      return join(stateDirectory, 'problems.json');
    },
    get source() {
      return join(stateDirectory, 'source.json');
    },
    get readBy() {
      return join(stateDirectory, 'read-by.json');
    },
    get runningTime() {
      return join(stateDirectory, 'running-time.json');
    },
    get events() {
      return join(stateDirectory, 'events.jsonl');
    },
    kindDirectory: (kind: Kind) => join(objects, kind),
    /** `objects/<Kind>/<name>`. */
    objectDirectory: directory,
    object: (key: ObjectKey) => `${directory(key)}/object.json`,
    journal: (key: ObjectKey) => `${directory(key)}/journal.json`,
    status: (key: ObjectKey) => `${directory(key)}/status.json`,
    objectEvents: (key: ObjectKey) => `${directory(key)}/events.jsonl`,
    decisions: (key: ObjectKey) => `${directory(key)}/decisions.jsonl`,
  };
}

/** The projection that belongs to a spec file, beside it (or beside the symlink to it). */
export function statusFileOf(specPath: string): string {
  return `${specPath}.status.yaml`;
}
