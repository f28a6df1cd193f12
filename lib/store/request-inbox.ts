import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { orElse, orNothing, systemCode } from '../errors.ts';
import { renameDurable } from '../fs/durable.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { smallFiles } from '../fs/small-files.ts';
import type { ObjectRecords } from './object-records.ts';
import { replaceFile } from './replace-file.ts';
import { type ControllerRequest, confirmsMass, parseRequest, type RequestFile } from './request-format.ts';
import type { StatePaths } from './state-paths.ts';
import type { PendingRequest, StoredObject } from './store.ts';

/** How many refused requests are kept for people to look at. */
const KEEP_REJECTED = 100;

/** The drop box `requests/`. Files are written by `ccctl` atomically; dotfiles are not looked at. */
export class RequestInbox {
  readonly #paths: StatePaths;

  constructor(paths: StatePaths) {
    this.#paths = paths;
  }

  /** The requests that wait, oldest first. Malformed and unreadable ones are moved to `rejected/` at once. */
  async list(): Promise<{ requests: RequestFile[]; controller: ControllerRequest[] }> {
    const requests: RequestFile[] = [];
    const controller: ControllerRequest[] = [];
    for (const name of await this.#names()) {
      const id = name.slice(0, -'.json'.length);
      const text = await orNothing(this.#read(id), 'ENOENT', 'EISDIR');
      if (text === undefined) continue;
      const request = typeof text === 'string' ? parseRequest(id, text) : text;
      if ('malformed' in request) await this.reject(id, 'Malformed', request.malformed);
      else if ('controller' in request) controller.push(request.controller);
      else requests.push(request);
    }
    return { requests, controller };
  }

  /** Removes a request that was journaled. Absent is success. */
  async remove(id: string): Promise<void> {
    await removeTree(this.#file(id));
  }

  /** Moves a request to `rejected/`, with the reason beside it in `<id>.reason`. */
  async reject(id: string, reason: string, message: string): Promise<void> {
    const directory = this.#paths.rejectedRequests;
    await replaceFile(join(directory, `${id}.reason`), `${JSON.stringify({ reason, message })}\n`);
    await renameDurable(this.#file(id), join(directory, `${id}.json`));
    const kept = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
    for (const name of kept.slice(0, -KEEP_REJECTED)) {
      await rm(join(directory, name), { force: true });
      await rm(join(directory, name.replace(/\.json$/, '.reason')), { force: true });
    }
  }

  async #read(id: string): Promise<string | { malformed: string }> {
    return await orElse(readFile(this.#file(id), 'utf8'), ['EACCES', 'EPERM'], (error) => ({
      malformed: `the controller may not read it (${systemCode(error)}): give it as the user of the controller`,
    }));
  }

  #file(id: string): string {
    return join(this.#paths.requests, `${id}.json`);
  }

  async #names(): Promise<string[]> {
    const names = (await smallFiles.readdir(this.#paths.requests)) ?? [];
    return names.filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();
  }
}

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
  /** Requests of the controller itself; who acts on them removes them. */
  controller: ControllerRequest[];
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
    const { requests, controller } = await this.#options.inbox.list();
    const intake: Intake = { changed: [], unknown: [], controller, confirmations: [] };
    for (const file of requests) {
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
export function withRequest(object: StoredObject, request: PendingRequest, runningMs: number): StoredObject {
  const known = object.lastHandledRequest?.id === request.id || object.requests.some(({ id }) => id === request.id);
  if (known) return object;
  return { ...object, requests: [...object.requests, { ...request, receivedRunningMs: runningMs }] };
}

function requestDeletion(object: StoredObject, runningMs: number): StoredObject {
  const { deletion } = object;
  if (deletion === undefined)
    return { ...object, deletion: { state: 'Missing', missingSinceRunningMs: runningMs, requested: true } };
  return deletion.requested ? object : { ...object, deletion: { ...deletion, requested: true } };
}
