import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { orNothing } from '../errors.ts';
import { renameDurable } from '../fs/durable.ts';
import { namesIn } from '../fs/names-in.ts';
import { removeTree } from '../fs/remove-tree.ts';
import { replaceFile } from './replace-file.ts';
import { parseRequest, type RequestFile } from './request-format.ts';
import type { StatePaths } from './state-paths.ts';

/** How many refused requests are kept for people to look at. */
const KEEP_REJECTED = 100;

/** The drop box `requests/`. Files are written by `ccctl` atomically; dotfiles are not looked at. */
export class RequestInbox {
  readonly #paths: StatePaths;

  constructor(paths: StatePaths) {
    this.#paths = paths;
  }

  /** The requests that wait, oldest first. Malformed ones are moved to `rejected/` at once. */
  async list(): Promise<RequestFile[]> {
    const requests: RequestFile[] = [];
    for (const name of await this.#names()) {
      const id = name.slice(0, -'.json'.length);
      const text = await orNothing(readFile(join(this.#paths.requests, name), 'utf8'), 'ENOENT', 'EISDIR');
      if (text === undefined) continue;
      const request = parseRequest(id, text);
      if ('malformed' in request) await this.reject(id, 'Malformed', request.malformed);
      else requests.push(request);
    }
    return requests;
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

  #file(id: string): string {
    return join(this.#paths.requests, `${id}.json`);
  }

  async #names(): Promise<string[]> {
    const names = await namesIn(this.#paths.requests);
    return names.filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  }
}
