import { keyText, type ObjectKey } from '../api/kinds.ts';
import { toTime } from '../clock.ts';
import { explainError } from '../errors.ts';
import { orWarn } from '../log.ts';
import { forEachBounded } from '../serial.ts';
import type { FileStoreOptions } from './file-store.ts';
import type { Look } from './listing-memory.ts';
import { assembleFacts, type Facts, type FileFact } from './object-facts.ts';
import type { ObjectLogs } from './object-logs.ts';
import type { ObjectRecords } from './object-records.ts';
import { type TransitionContext, transition } from './object-transitions.ts';
import { OwnMarker } from './own-marker.ts';
import type { FileProblem, ProblemReport, SourceProblem, SourceReport } from './problem-report.ts';
import type { Intake, RequestIntake } from './request-inbox.ts';
import {
  absentPaths,
  gapsOf,
  hiddenPaths,
  isBeingWritten,
  isFileLost,
  massProblem,
  traceOf,
  tracesOf,
  unreadFiles,
  waitsForListing,
  writeRunFileAgain,
} from './round-judgement.ts';
import { fileProblems, roundEvents, unreadProblems } from './round-report.ts';
import { isAgreed, isStillAtRest, type Rest, restOf } from './round-rest.ts';
import { unavailability } from './spec-reader.ts';
import type { SourcesSeen, SpecSources } from './spec-sources.ts';
import type { Claims, EventInput, StoredObject } from './store.ts';

/** Told about every change of a record; a person's edit or request goes before the rest. */
export type OnChange = (key: ObjectKey, priority: 'Person' | 'Change') => void;

export interface SyncRoundOptions extends Omit<FileStoreOptions, 'newUid'> {
  claims: Pick<Claims, 'list' | 'of'>;
  records: ObjectRecords;
  sources: SpecSources;
  intake: RequestIntake;
  problems: ProblemReport;
  report: SourceReport;
  logs: ObjectLogs;
  runningMs: () => number;
  newUid: () => string;
}

export interface RoundResult {
  /** Every file was read in a settled state. */
  settled: boolean;
  /** Both sources were listed in full, the marker is there, and no file that was never seen fails to parse. */
  complete: boolean;
  /** Another listing should follow at once: a deletion that somebody asked for waits for it. */
  again: boolean;
  /** The file of every record was read, and is the one that the record tells of. */
  allRead: boolean;
  /** Objects whose file is proven absent, by {@link keyText}. */
  absent: ReadonlySet<string>;
}

/** Of a listing in which every file is the one that its object's record tells of. */
const AGREED: RoundResult = { settled: true, complete: true, again: false, allRead: true, absent: new Set() };

interface RoundState {
  seen: SourcesSeen;
  remembered: readonly StoredObject[];
  facts: Facts;
  held: SourceProblem | undefined;
}

/** One complete listing of both sources and what follows from it. Nothing else creates or removes records meanwhile. */
export class SyncRound {
  readonly #o: SyncRoundOptions;
  readonly #marker: OwnMarker;
  #rest: (Rest & { result: RoundResult }) | undefined;
  /** The last listing that was judged left nothing to report, and held nothing. */
  #isClean = false;

  constructor(options: SyncRoundOptions) {
    this.#o = options;
    this.#marker = new OwnMarker(options);
  }

  /** Never concludes an absence from a listing that is not complete. Rejects only for faults of ours. */
  async run(look: Look = 'Full'): Promise<RoundResult> {
    for (const key of await this.#o.records.reload()) this.#o.onChange(key, 'Person');
    const seen = await this.#o.sources.observe(look);
    const intake = await this.#takeRequests();
    for (const object of intake.changed) this.#o.onChange(object, 'Person');
    for (const request of intake.controller) this.#o.onControllerRequest?.(request);
    const atRest = await this.#restingResult(intake, seen);
    if (atRest !== undefined) return atRest;
    const state = await this.#judge(seen, this.#o.records.list());
    const failures = await this.#apply(state);
    await this.#confirmMass(intake, state);
    await this.#answerUnknown(intake, state);
    await this.#report(state);
    const result = this.#result(state, failures);
    const rest = restOf(seen, this.#o.records.list());
    this.#rest =
      rest && state.held === undefined && result.settled && result.complete ? { ...rest, result } : undefined;
    return result;
  }

  /**
   * What judging this listing would come to, where that is known before: it saw the same as the last one and no object
   * changed since, or whatever it saw was taken over by looks at single files.
   */
  async #restingResult({ unknown, confirmations }: Intake, seen: SourcesSeen): Promise<RoundResult | undefined> {
    const now = { seen, remembered: this.#o.records.list() };
    if (unknown.length + confirmations.length > 0) return undefined;
    const known = isStillAtRest(this.#rest, now) ? this.#rest?.result : undefined;
    const result = known ?? (this.#isClean && isAgreed(seen, this.#o.records) ? AGREED : undefined);
    if (result === undefined || !(await this.#marker.isThere())) return undefined;
    this.#rest = { ...now, result };
    return result;
  }

  /** A disk that is full must not stop the listing: the requests wait in the inbox. */
  async #takeRequests(): Promise<Intake> {
    const taken = await this.#o.intake.take().catch(orWarn(this.#o.log, 'requests not taken'));
    return taken ?? { changed: [], unknown: [], controller: [], confirmations: [] };
  }

  async #judge(seen: SourcesSeen, remembered: readonly StoredObject[]): Promise<RoundState> {
    const listed = new Set([...seen.files.map(({ path }) => path), ...seen.unsettled.keys()]);
    const problem = await unavailability({
      specDirectory: this.#o.specDirectory,
      instanceId: this.#o.instanceId,
      failure: seen.failures.Specs,
      remembered: remembered.filter(({ source }) => source === 'Specs').map(({ path }) => path),
    });
    const gaps = gapsOf(seen, remembered);
    const foreign = problem?.reason === 'MarkerForeign';
    const facts = assembleFacts(remembered, {
      files: foreign ? seen.files.filter(({ source }) => source !== 'Specs') : seen.files,
      unsettled: new Set([...seen.unsettled.keys(), ...hiddenPaths(seen, remembered)]),
      concluded: {
        Specs: problem === undefined && !gaps.has('Specs'),
        State: seen.failures.State === undefined && !gaps.has('State'),
      },
      absentPaths: await absentPaths(remembered, listed),
    });
    return { seen, remembered, facts, held: problem ?? massProblem(remembered, facts, this.#o.owns) };
  }

  /** @returns how many objects could not be written. */
  async #apply({ facts, held }: RoundState): Promise<number> {
    let failures = 0;
    await this.#noteLost(facts);
    const damaged = this.#o.records.damaged();
    const entries = [...facts.byKey].filter(([text]) => !damaged.has(text));
    await forEachBounded(entries, 16, async ([, { key, fact }]) => {
      try {
        await this.#applyOne(key, fact, held);
      } catch (error) {
        failures += 1;
        this.#o.log.warn('change of a spec not kept', { object: keyText(key), error: explainError(error) });
      }
    });
    return failures;
  }

  /** A file of an object that was there before is no new object: nothing is made anew beside what belongs to it. */
  async #noteLost({ byKey }: Facts): Promise<void> {
    const fresh = [...byKey.values()].filter(({ key }) => this.#o.records.get(key) === undefined);
    if (fresh.length === 0) return;
    const traces = await tracesOf(this.#o.stateDirectory, this.#o.claims);
    for (const { key } of fresh) {
      const trace = traces(key);
      if (trace !== undefined && !this.#o.records.damaged().has(keyText(key))) this.#o.records.markLost(key, trace);
    }
  }

  /** Takes over what was found out about one object outside a listing. */
  async applyAlone(key: ObjectKey, fact: FileFact): Promise<void> {
    const isFresh = this.#o.records.get(key) === undefined;
    const trace = isFresh ? await traceOf(this.#o.stateDirectory, this.#o.claims, key) : undefined;
    if (trace === undefined) await this.#applyOne(key, fact, undefined);
    else this.#o.records.markLost(key, trace);
  }

  async #applyOne(key: ObjectKey, fact: FileFact, held: SourceProblem | undefined): Promise<void> {
    const known = this.#o.records.get(key);
    if (known !== undefined && isFileLost(known, fact, this.context(known, held))) return writeRunFileAgain(known);
    const uid = known?.uid;
    const change = (current: StoredObject | undefined): StoredObject | undefined =>
      current?.uid === uid ? transition(current, fact, this.context(current, held)) : current;
    const present = this.#o.records.get(key);
    if (present !== undefined && change(present) === present) return;
    const { before, after } = await this.#o.records.update(key, change);
    if (after === undefined || after === before) return;
    for (const event of roundEvents(before, after)) await this.#o.logs.event(after, event);
    this.#o.onChange(key, after.deletion === undefined ? 'Person' : 'Change');
  }

  /** What a transition of a record, or of one to be made, takes place in now. */
  context(object?: StoredObject, held?: SourceProblem): TransitionContext {
    return {
      time: toTime(this.#o.clock.now()),
      runningMs: this.#o.runningMs(),
      graceMs: this.#o.graceMs,
      held: held !== undefined && object?.source !== 'State',
      newUid: this.#o.newUid,
    };
  }

  /** `confirmMass`: whoever's file is gone now is deleted, whatever the listing is worth. */
  async #confirmMass(intake: Intake, { remembered, seen }: RoundState): Promise<void> {
    const listed = new Set(seen.files.map(({ path }) => path));
    for (const file of intake.confirmations) {
      const absent = await absentPaths(remembered, listed);
      const gone = remembered.filter((object) => object.source === 'Specs' && absent.has(object.path));
      const confirmed = await this.#o.intake.confirm(file, gone).catch(orWarn(this.#o.log, 'confirmation not taken'));
      for (const object of confirmed ?? []) this.#o.onChange(object, 'Person');
    }
  }

  /** Not while a file is unsettled: the object may come with the next round. */
  async #answerUnknown(intake: Intake, { seen }: RoundState): Promise<void> {
    if (isBeingWritten(seen)) return;
    const still = intake.unknown.filter(({ key }) => key === undefined || this.#o.records.get(key) === undefined);
    await this.#o.intake.rejectUnknown(still).catch(orWarn(this.#o.log, 'request not refused'));
  }

  async #report({ facts, held, seen }: RoundState): Promise<void> {
    const owners = new Map(this.#o.records.list().map((object) => [object.path, object]));
    const unread = unreadProblems(unreadFiles(seen), owners);
    const problems = [...fileProblems(facts), ...unread, ...this.#damagedProblems()];
    this.#isClean = problems.length === 0 && held === undefined;
    await this.#o.problems.set(problems, new Set(owners.keys()));
    const state = await this.#o.report.set(held);
    if (state === undefined) return;
    const event: EventInput = state.available
      ? { type: 'Normal', reason: 'SourceAvailable', message: 'the spec directory is complete again' }
      : { type: 'Warning', reason: 'SourceUnavailable', message: `deletions are held: ${state.message}` };
    await this.#o.logs.controllerEvent(event);
  }

  #damagedProblems(): FileProblem[] {
    return [...this.#o.records.damaged().values()].map(({ key, path, message }) => ({
      path,
      reason: 'DamagedRecord',
      message,
      problems: [],
      key: { kind: key.kind, name: key.name },
    }));
  }

  #result({ seen, remembered, facts, held }: RoundState, failures: number): RoundResult {
    const available = held === undefined || held.reason === 'MassDeletion';
    const listed = available && seen.failures.State === undefined;
    const complete = listed && gapsOf(seen, remembered).size === 0;
    const absent = [...facts.byKey].filter(([, { fact }]) => fact.fact === 'Absent').map(([text]) => text);
    const waits = this.#o.records.list().some(waitsForListing);
    const digests = new Map(seen.files.map(({ path, fileDigest }) => [path, fileDigest]));
    const allRead = this.#o.records.list().every(({ path, fileDigest }) => digests.get(path) === fileDigest);
    return {
      settled: !isBeingWritten(seen) && failures === 0,
      complete: complete && this.#o.records.damaged().size === 0,
      again: isBeingWritten(seen) || waits,
      allRead: allRead && failures === 0,
      absent: new Set(absent),
    };
  }
}
