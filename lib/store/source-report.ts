import { toTime } from '../clock.ts';
import { readJson } from '../fs/durable.ts';
import { orWarn } from '../log.ts';
import type { ProblemReportOptions } from './problem-report.ts';
import { replaceFile } from './replace-file.ts';

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
