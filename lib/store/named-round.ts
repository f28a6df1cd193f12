import { dirname } from 'node:path';
import { keyText, type ObjectKey } from '../api/kinds.ts';
import { orNothing } from '../errors.ts';
import { readMarker } from './directory-guard.ts';
import { deleteRequested, type FileFact, type SourcedFile, validFile } from './object-facts.ts';
import type { ObjectRecords } from './object-records.ts';
import type { ProblemReport } from './problem-report.ts';
import type { ControllerRequest } from './request-format.ts';
import type { RequestIntake } from './request-inbox.ts';
import type { SpecSources } from './spec-sources.ts';
import type { StoredObject } from './store.ts';
import type { OnChange } from './sync-round.ts';

export interface NamedRoundOptions {
  specDirectory: string;
  instanceId: string;
  /** Where requests are dropped. */
  requests: string;
  records: ObjectRecords;
  sources: SpecSources;
  intake: RequestIntake;
  problems: ProblemReport;
  onChange: OnChange;
  /** Of requests of the controller itself. */
  onControllerRequest?: (request: ControllerRequest) => void;
  /** Takes over what was found out about one object. */
  apply: (key: ObjectKey, fact: FileFact) => Promise<void>;
}

/** What a look at some files came to. `List`: only a listing can tell. `Later`: a file is just being written. */
export type NamedOutcome = 'Done' | 'Later' | 'List';

/**
 * A look at files that are said to have changed, and at nothing else. It takes over what a file that is there says of an
 * object whose it is, or of a new one. That a file is absent, or one of two that name the same, is told by listings alone.
 */
export class NamedRound {
  readonly #o: NamedRoundOptions;

  constructor(options: NamedRoundOptions) {
    this.#o = options;
  }

  /** Rejects for faults of ours, after which a listing takes the same over. */
  async run(paths: readonly string[]): Promise<NamedOutcome> {
    const marker = await orNothing(readMarker(this.#o.specDirectory, this.#o.instanceId), 'EACCES', 'EIO', 'ESTALE');
    if (marker?.marker !== 'Own' || this.#o.records.damaged().size > 0) return 'List';
    const specs = paths.filter((path) => dirname(path) !== this.#o.requests);
    const outcomes: NamedOutcome[] = [];
    if (specs.length < paths.length) outcomes.push(await this.#takeRequests());
    for (const path of specs) outcomes.push(await this.#look(path));
    return (['List', 'Later'] as const).find((one) => outcomes.includes(one)) ?? 'Done';
  }

  /** A deletion needs a listing, and so does who is not known. */
  async #takeRequests(): Promise<NamedOutcome> {
    const { changed, unknown, controller, confirmations } = await this.#o.intake.take();
    for (const object of changed) this.#o.onChange(object, 'Person');
    for (const request of controller) this.#o.onControllerRequest?.(request);
    const needsListing = unknown.length + confirmations.length > 0 || changed.some(deleteRequested);
    return needsListing ? 'List' : 'Done';
  }

  async #look(path: string): Promise<NamedOutcome> {
    const file = await this.#o.sources.look(path);
    if (file === undefined || this.#o.problems.has(path)) return 'List';
    // What cannot be read is reported by a listing; looking again and again would not help.
    if ('message' in file) return file.state === 'Passing' ? 'Later' : 'List';
    const found = this.#factOf(file);
    if (found === undefined) return 'List';
    await this.#o.apply(found.key, found.fact);
    return 'Done';
  }

  /** Undefined where it takes more than this file to tell. */
  #factOf(file: SourcedFile): { key: ObjectKey; fact: FileFact } | undefined {
    const { records } = this.#o;
    const owners = records.at(file.path);
    const [owner] = owners;
    if (owners.length > 1 || (owner !== undefined && isGoing(owner))) return undefined;
    const [valid] = validFile(file);
    if (valid === undefined) {
      if (owner === undefined || file.result.ok) return undefined;
      return { key: owner, fact: { fact: 'Invalid', fileDigest: file.fileDigest, problems: file.result.problems } };
    }
    const isOwn = owner !== undefined && keyText(owner) === keyText(valid.parsed);
    const isNew = owner === undefined && records.get(valid.parsed) === undefined;
    return isOwn || isNew ? { key: valid.parsed, fact: { fact: 'Valid', file: valid } } : undefined;
  }
}

function isGoing(object: StoredObject): boolean {
  return object.deletion !== undefined || deleteRequested(object);
}
