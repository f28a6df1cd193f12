import { stringify } from 'yaml';
import { API_VERSION, type ObjectKey, topConditionType } from '../api/kinds.ts';
import { type Clock, toTime } from '../clock.ts';
import { readJson } from '../fs/durable.ts';
import { type Log, orWarn } from '../log.ts';
import { replaceFile, replaceGuardedFile } from './replace-file.ts';
import type { SpecProblem } from './spec-codec.ts';
import { statusFileOf } from './state-paths.ts';
import { assertReplaceable, removeStatusFile } from './status-file.ts';

/** A file that became no object. */
export interface FileProblem {
  path: string;
  reason: 'InvalidSpec' | 'DuplicateName' | 'DamagedRecord' | 'Unreadable';
  /** For people. */
  message: string;
  problems: readonly SpecProblem[];
  /** The object the file claims to be, where that can be told. */
  key?: ObjectKey;
}

/** One entry of `problems.json`. */
export type ReportedProblem = FileProblem & {
  /** RFC 3339; when it was first seen. */
  sinceTime: string;
};

export interface ProblemReportOptions {
  /** The file that is kept. */
  path: string;
  clock: Clock;
  log: Log;
  /** Whether the directory of the specs is still ours: nothing is written into another's. Default: yes. */
  holdsSpecs?: (() => boolean) | undefined;
}

/** Keeps `problems.json`, and a status file beside each file that became no object. */
export class ProblemReport {
  readonly #options: ProblemReportOptions;
  #reported: ReportedProblem[] | undefined;
  #text = '';

  constructor(options: ProblemReportOptions) {
    this.#options = options;
  }

  /**
   * Reports exactly these problems. Status files of files that have none any more are removed, unless the path is in
   * `objectPaths`: then the object's projection replaces it. Idempotent; never throws.
   */
  async set(problems: readonly FileProblem[], objectPaths: ReadonlySet<string>): Promise<void> {
    this.#reported ??= await this.#kept();
    const before = new Map(this.#reported.map((problem) => [problem.path, problem]));
    const now = toTime(this.#options.clock.now());
    const next = problems
      .map((problem) => ({ ...problem, sinceTime: sinceOf(problem, before.get(problem.path)) ?? now }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
    const text = `${JSON.stringify(next)}\n`;
    if (text === this.#text) return;
    await this.#attempt(this.#options.path, (path) => replaceFile(path, text));
    for (const problem of next) {
      const known = before.get(problem.path);
      if (known?.reason !== problem.reason) this.#tell(problem);
      // The status file of an object is its own to write.
      if (!objectPaths.has(problem.path)) await this.#showBeside(problem, known);
    }
    const gone = [...before.keys()].filter((path) => !next.some((problem) => problem.path === path));
    for (const path of gone.filter((one) => !objectPaths.has(one)))
      await this.#attempt(statusFileOf(path), (file) => removeStatusFile(file));
    this.#reported = next;
    this.#text = text;
  }

  /** Whether something is reported of that file now; true until the first report. */
  has(path: string): boolean {
    return this.#reported?.some((problem) => problem.path === path) ?? true;
  }

  async #kept(): Promise<ReportedProblem[]> {
    const kept = await readJson<ReportedProblem[]>(this.#options.path).catch(() => undefined);
    return Array.isArray(kept) ? kept : [];
  }

  #tell({ path, reason, message }: FileProblem): void {
    this.#options.log.warn('spec file not in force', { path, reason, problem: message });
  }

  async #showBeside(problem: ReportedProblem, before: ReportedProblem | undefined): Promise<void> {
    if (problem.reason === 'DamagedRecord' || JSON.stringify(problem) === JSON.stringify(before)) return;
    await this.#attempt(statusFileOf(problem.path), async (path) => {
      await assertReplaceable(path);
      const mayWrite = (): boolean => this.#options.holdsSpecs?.() !== false;
      await replaceGuardedFile({ path, text: statusText(problem), mayWrite });
    });
  }

  async #attempt(path: string, act: (path: string) => Promise<unknown>): Promise<void> {
    await act(path).catch(orWarn(this.#options.log, 'problem report not written', { path }));
  }
}

function sinceOf(problem: FileProblem, before: ReportedProblem | undefined): string | undefined {
  return before?.reason === problem.reason ? before.sinceTime : undefined;
}

function statusText({ reason, message, problems, key, sinceTime }: ReportedProblem): string {
  const said = { reason, message, lastTransitionTime: sinceTime, observedGeneration: 0 };
  const type = topConditionType(key?.kind ?? 'Canonical');
  const top = { type, status: type === 'Succeeded' ? 'Unknown' : 'False', ...said };
  const conditions = [{ type: 'Accepted', status: 'False', ...said }, top];
  const document = {
    apiVersion: API_VERSION,
    ...(key && { kind: key.kind, metadata: { name: key.name } }),
    status: { observedGeneration: 0, conditions, ...(problems.length > 0 && { problems }) },
  };
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

export type SourceReason =
  | 'DirectoryMissing'
  | 'DirectoryUnreadable'
  | 'MarkerMissing'
  | 'MarkerForeign'
  | 'MassDeletion';

/** Why deletions are held at present. */
export interface SourceProblem {
  reason: SourceReason;
  message: string;
}

/** Content of `source.json`, for `ccctl get`. */
export interface SourceState {
  /** False: no deletion that nobody asked for goes on. */
  available: boolean;
  reason?: SourceReason;
  message?: string;
  /** RFC 3339; when it became so. */
  sinceTime: string;
}

/** Keeps `source.json` and tells when the source becomes available or unavailable. */
export class SourceReport {
  readonly #options: ProblemReportOptions;
  #state: SourceState | undefined;

  constructor(options: ProblemReportOptions) {
    this.#options = options;
  }

  /** @returns the new state where it changed. */
  async set(problem: SourceProblem | undefined): Promise<SourceState | undefined> {
    this.#state ??= await readJson<SourceState>(this.#options.path).catch(() => undefined);
    const before = this.#state;
    if (before && before.available === (problem === undefined) && before.reason === problem?.reason) return undefined;
    const sinceTime = toTime(this.#options.clock.now());
    this.#state = problem === undefined ? { available: true, sinceTime } : { available: false, ...problem, sinceTime };
    const { path, log } = this.#options;
    const text = `${JSON.stringify(this.#state)}\n`;
    await replaceFile(path, text).catch(orWarn(log, 'source state not written', { path }));
    return before === undefined && problem === undefined ? undefined : this.#state;
  }
}
