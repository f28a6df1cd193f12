import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { sha256 } from '../digest.ts';
import { CcError, orNothing, PATH_FAULTS } from '../errors.ts';
import type { AppSpec, Prepared, Revision } from './platform.ts';

/** What one adapter prepared, each with the state of the app that it was prepared for. */
export class Preparations<Plan> {
  readonly #recordOf: (domain: string) => string | Promise<string>;
  readonly #made = new WeakMap<Prepared, { plan: Plan; state: string }>();

  /** @param recordOf tells apart, in any words, what is recorded of an app now from what was before its last change. */
  constructor(recordOf: (domain: string) => string | Promise<string>) {
    this.#recordOf = recordOf;
  }

  /** Keeps what `make` plans; a change that comes meanwhile makes it stale already. */
  async add(app: AppSpec, revision: Revision, make: () => Promise<Plan>): Promise<Prepared> {
    const prepared = { app, revision };
    const state = await this.#stateOf(app);
    this.#made.set(prepared, { plan: await make(), state });
    return prepared;
  }

  /** Deploys by `apply`, after which it can be deployed again. @throws CcError `Conflict` where it is stale. */
  async deploy(prepared: Prepared, apply: (plan: Plan) => Promise<void>): Promise<void> {
    const { app } = prepared;
    const made = this.#made.get(prepared);
    if (made === undefined || made.state !== (await this.#stateOf(app)))
      throw new CcError('Conflict', `${app.domain} was changed since the deploy was prepared`, {
        remedy: 'Prepare it again; nothing was touched.',
      });
    await apply(made.plan);
    made.state = await this.#stateOf(app);
  }

  async #stateOf({ domain, secrets }: AppSpec): Promise<string> {
    const hash = createHash('sha256').update(await this.#recordOf(domain));
    for (const [name, file] of Object.entries(secrets)) hash.update(`\n${name} `).update(await digestOf(file));
    return hash.digest('hex');
  }
}

/** Differs after each write of a record, also one of what it held before. */
export async function recordStamp(path: string): Promise<string> {
  const stats = await orNothing(stat(path, { bigint: true }), ...PATH_FAULTS);
  return stats === undefined ? '' : `${stats.ino} ${stats.mtimeNs}`;
}

async function digestOf(file: string): Promise<string> {
  const bytes = await orNothing(readFile(file), ...PATH_FAULTS);
  return bytes === undefined ? '' : sha256(bytes);
}
