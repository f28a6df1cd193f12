import type { ObjectRecords } from './object-records.ts';
import { confirmsMass, type RequestFile } from './request-format.ts';
import type { RequestInbox } from './request-inbox.ts';
import type { PendingRequest, StoredObject } from './store.ts';

export interface RequestIntakeOptions {
  records: ObjectRecords;
  inbox: RequestInbox;
  runningMs: () => number;
}

/** What became of the requests of one round. */
export interface Intake {
  /** Objects that got a request. */
  changed: StoredObject[];
  /** Requests for objects that are not known (yet). */
  unknown: RequestFile[];
  /** Requests that release a held mass deletion; left in the inbox until {@link RequestIntake.confirm}. */
  confirmations: RequestFile[];
}

/** Journals requests with their objects, then removes the files. */
export class RequestIntake {
  readonly #options: RequestIntakeOptions;

  constructor(options: RequestIntakeOptions) {
    this.#options = options;
  }

  /** Takes every request whose object is known. A crash at any point journals each request exactly once. */
  async take(): Promise<Intake> {
    const intake: Intake = { changed: [], unknown: [], confirmations: [] };
    for (const file of await this.#options.inbox.list()) {
      if (confirmsMass(file)) intake.confirmations.push(file);
      else await this.#takeOne(file, intake);
    }
    return intake;
  }

  /** Marks the deletion of these objects as asked for, then removes the request. */
  async confirm(file: RequestFile, gone: readonly StoredObject[]): Promise<StoredObject[]> {
    const changed: StoredObject[] = [];
    for (const object of gone) {
      const { before, after } = await this.#options.records.update(object, (current) =>
        current?.uid === object.uid ? requestDeletion(current, this.#options.runningMs()) : current,
      );
      if (after && after !== before) changed.push(after);
    }
    await this.#options.inbox.remove(file.request.id);
    return changed;
  }

  /** Refuses what is for objects that do not exist. */
  async rejectUnknown(files: readonly RequestFile[]): Promise<void> {
    for (const { key, request } of files) {
      const what = key ? `${key.kind} ${key.name}` : 'that object';
      await this.#options.inbox.reject(request.id, 'NotFound', `there is no ${what}`);
    }
  }

  async #takeOne(file: RequestFile, intake: Intake): Promise<void> {
    const { key, request, uid } = file;
    const object = key && this.#options.records.get(key);
    if (key === undefined || object === undefined) {
      intake.unknown.push(file);
      return;
    }
    if (uid !== undefined && uid !== object.uid) {
      const message = `${key.kind} ${key.name} is another object now (uid ${object.uid}, asked for ${uid})`;
      await this.#options.inbox.reject(request.id, 'Conflict', message);
      return;
    }
    const { before, after } = await this.#options.records.update(
      key,
      (current) => current && withRequest(current, request, this.#options.runningMs()),
      { beforeVisible: () => this.#options.inbox.remove(request.id) },
    );
    if (after && after !== before) intake.changed.push(after);
  }
}

/** The object with the request journaled; itself where it has it already or has handled it. Pure. */
function withRequest(object: StoredObject, request: PendingRequest, runningMs: number): StoredObject {
  const known = object.lastHandledRequest?.id === request.id || object.requests.some(({ id }) => id === request.id);
  if (known) return object;
  return { ...object, requests: [...object.requests, { ...request, receivedRunningMs: runningMs }] };
}

function requestDeletion(object: StoredObject, runningMs: number): StoredObject {
  const { deletion } = object;
  if (deletion === undefined) {
    return { ...object, deletion: { state: 'Missing', missingSinceRunningMs: runningMs, requested: true } };
  }
  return deletion.requested ? object : { ...object, deletion: { ...deletion, requested: true } };
}
