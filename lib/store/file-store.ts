import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { keyText, type ObjectKey } from '../api/kinds.ts';
import { type Clock, toTime } from '../clock.ts';
import { CcError } from '../errors.ts';
import { createFileDurable } from '../fs/durable.ts';
import { RecordFiles } from '../fs/record-files.ts';
import type { Log } from '../log.ts';
import { Serial } from '../serial.ts';
import { FileClaims } from './claims.ts';
import { readRecord } from './damaged-record.ts';
import { FileSource } from './file-source.ts';
import { IndexFiles } from './index-files.ts';
import type { Look } from './listing-memory.ts';
import { NamedRound } from './named-round.ts';
import { ObjectLogs } from './object-logs.ts';
import { ObjectRecords } from './object-records.ts';
import { transition } from './object-transitions.ts';
import { destroying, requestFinished, specAccepted, specRefused } from './object-verbs.ts';
import { ProblemReport, SourceReport } from './problem-report.ts';
import { type KnownReading, ReadBy, readingOf } from './read-by.ts';
import { type CommonStatus, shownBefore } from './reader.ts';
import type { ControllerRequest } from './request-format.ts';
import { RequestInbox, RequestIntake, withRequest } from './request-inbox.ts';
import { type ChangedFiles, RescanLoop, type RoundCause } from './rescan-loop.ts';
import { judgementEvent } from './round-report.ts';
import { newRunFile, removeRunFile } from './run-file.ts';
import { RunningTime } from './running-time.ts';
import { SpecSources } from './spec-sources.ts';
import { type StatePaths, statePaths } from './state-paths.ts';
import { StatusProjection } from './status-projection.ts';
import type { EventInput, ObjectStore, StoredObject } from './store.ts';
import { type OnChange, type RoundResult, SyncRound } from './sync-round.ts';

export interface FileStoreOptions {
  /** Absolute. Both directories are locked by the caller, and bound with `openInstance`. */
  stateDirectory: string;
  /** Absolute. */
  specDirectory: string;
  instanceId: string;
  /** `deletionGrace`, milliseconds of running time. */
  graceMs: number;
  clock: Clock;
  log: Log;
  onChange: OnChange;
  /** An object, or what is shown of it, changed, came or went. Default: nobody looks. */
  onShown?: (key: ObjectKey) => void;
  /** Somebody asks something of the controller itself; called with each listing until the request is removed. */
  onControllerRequest?: (request: ControllerRequest) => void;
  /** Does the object hold a claim, a known-good or a running attempt? For the mass guard. */
  owns: (key: ObjectKey) => boolean;
  /** Told of each status before it is written, also of one that is as before; must not throw. Default: nobody is. */
  onStatus?: ((object: StoredObject, status: Readonly<Record<string, unknown>>) => void) | undefined;
  /** Whether the spec directory is, this moment, the one that was locked. Default: yes. */
  holdsSpecs?: () => boolean;
  /** See {@link ReadBy} and {@link listForm}. Default: nobody knows. */
  build?: string | undefined;
  /** Default: random UUIDs. */
  newUid?: () => string;
}

type Projected = { status: CommonStatus };
type Parts = Awaited<ReturnType<typeof openParts>>;

/** How often `sync` lists again while files are being written. */
const SETTLE_ROUNDS = 20;
const SETTLE_PAUSE_MS = 25;

/** The store on files: specs in, status out, everything that is remembered below the state directory. */
export class FileStore implements ObjectStore {
  readonly claims: FileClaims;
  readonly #options: FileStoreOptions;
  readonly #parts: Parts;
  readonly #serial = new Serial();
  readonly #loop: RescanLoop;
  readonly #source: FileSource;
  #last: RoundResult | undefined;
  #listedMs: number | undefined;

  private constructor(options: FileStoreOptions, parts: Parts) {
    const { clock, log } = options;
    this.#options = options;
    this.#parts = parts;
    this.claims = parts.claims;
    this.#loop = new RescanLoop({ clock, log, round: (...round) => this.#backgroundRound(...round) });
    const { specDirectory } = options;
    const dropBoxes = [parts.paths.requests];
    const onHint = (path?: string): void => this.#loop.hint(path);
    this.#source = new FileSource({ specDirectory, dropBoxes, log, onHint });
  }

  /** Reads what is remembered. Nothing is listed yet, nothing is watched: {@link sync}, then {@link start}. */
  static async open(options: FileStoreOptions): Promise<FileStore> {
    const paths = statePaths(options.stateDirectory);
    for (const directory of [paths.objects, paths.specs, paths.rejectedRequests, paths.claims])
      await mkdir(directory, { recursive: true });
    return new FileStore(options, await openParts(options, paths));
  }

  /**
   * Lists both sources in full and takes over what changed; again while files are just being written (bounded).
   * Objects that did not change are not reported to `onChange`.
   */
  async sync(signal?: AbortSignal): Promise<void> {
    for (let round = 0; round < SETTLE_ROUNDS; round += 1) {
      signal?.throwIfAborted();
      const { settled } = await this.#round();
      if (settled) return;
      await this.#options.clock.sleep(SETTLE_PAUSE_MS, signal);
    }
  }

  /** Watches, rescans, counts running time, until {@link stop}. */
  async start(): Promise<void> {
    this.#parts.runningTime.start();
    await this.#source.refresh(this.#parts.sources.places());
    this.#loop.start();
    this.#loop.hint();
  }

  /** Ends everything that was started and writes the index. Idempotent. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.#source.close();
    await this.#serial.idle();
    for (const object of this.list()) await this.#parts.logs.keepDecisions(object);
    await this.#parts.runningTime.stop();
    await this.#parts.index.flush();
    await this.#parts.files.settled();
  }

  /** Begins nothing more and writes nothing at the end: the state directory is lost. */
  abandon(): void {
    void this.#loop.stop();
    void this.#source.close();
    this.#parts.runningTime.cancel();
  }

  get: ObjectStore['get'] = (key) => this.#parts.records.get(key);

  list: ObjectStore['list'] = (kind?) => this.#parts.records.list(kind);

  ofSameRecipe: ObjectStore['ofSameRecipe'] = (canonical) => this.#parts.records.ofSameRecipe(canonical);

  /** What is shown of an object; what an earlier process showed before its first pass. */
  shown(key: ObjectKey): CommonStatus | undefined {
    const { stateDirectory } = this.#options;
    const text = this.#parts.projection.shown(key)?.text;
    return text === undefined ? shownBefore({ stateDirectory }, key) : (JSON.parse(text) as Projected).status;
  }

  isDamaged: ObjectStore['isDamaged'] = (key) => this.#parts.records.damaged().has(keyText(key));

  complete: ObjectStore['complete'] = () => this.#last?.complete === true;

  /** How long ago the last listing ended, milliseconds; undefined: there was none. */
  listedAgoMs(): number | undefined {
    return this.#listedMs === undefined ? undefined : this.#options.clock.monotonicMs() - this.#listedMs;
  }

  runningMs: ObjectStore['runningMs'] = () => this.#parts.runningTime.nowMs();

  async readJournal<T>(key: ObjectKey): Promise<T | undefined> {
    const isJournal = (value: object): value is T & object => value !== undefined;
    return readRecord(this.#parts.files, this.#parts.paths.journal(key), isJournal);
  }

  writeJournal: ObjectStore['writeJournal'] = async (key, journal) => {
    this.#require(key);
    await this.#parts.files.write(this.#parts.paths.journal(key), journal);
  };

  projectStatus: ObjectStore['projectStatus'] = async (key, status) => {
    const object = this.get(key);
    if (object === undefined) return;
    this.#options.onStatus?.(object, status);
    await this.#parts.logs.keepDecisions(object);
    await this.#parts.projection.project(object, status);
  };

  accept: ObjectStore['accept'] = (judged) => this.#judge(judged, (object) => specAccepted(object, judged));

  refuse: ObjectStore['refuse'] = (judged, refusal) =>
    this.#judge(judged, (object) => specRefused(object, judged, refusal));

  ask: ObjectStore['ask'] = async ({ kind, name, uid }, { id, verb, by }) => {
    const key: ObjectKey = { kind, name };
    const request = { id, verb, by, args: {}, time: toTime(this.#options.clock.now()) };
    const { before, after } = await this.#parts.records.update(key, (object) =>
      object?.uid === uid ? withRequest(object, request, this.runningMs()) : object,
    );
    if (after !== before) this.#options.onChange(key, 'Change');
  };

  finishRequest: ObjectStore['finishRequest'] = async (key, id, result) => {
    const time = toTime(this.#options.clock.now());
    await this.#parts.records.update(key, (object) => object && requestFinished(object, id, { ...result, time }));
  };

  createRun: ObjectStore['createRun'] = async (run) => {
    const key: ObjectKey = { kind: 'Run', name: run.name };
    return this.#serial.run('round', async () => {
      if (this.get(key) !== undefined || this.isDamaged(key))
        throw new CcError('Conflict', `the Run ${run.name} exists already`);
      const file = newRunFile(this.#parts.paths.specs, run);
      await createFileDurable(file.path, file.bytes);
      const context = this.#parts.round.context();
      const { after } = await this.#parts.records.update(key, (current) =>
        transition(current, { fact: 'Valid', file: file.valid }, context),
      );
      if (after === undefined) throw new CcError('Internal', `the Run ${run.name} was not registered`);
      this.#options.onChange(key, 'Change');
      return after;
    });
  };

  markDestroying: ObjectStore['markDestroying'] = async (key) => {
    const object = this.#require(key);
    if (object.deletion?.state === 'Destroying') return;
    if (object.source === 'Specs' && !(object.deletion?.state === 'Started' && (await this.confirmAbsent(key))))
      throw new CcError(
        'Refused',
        `${keyText(key)} is not being deleted: its file ${object.path} is not proven absent`,
      );
    const runningMs = this.runningMs();
    await this.#parts.records.update(key, (current) => current && destroying(current, runningMs));
  };

  remove: ObjectStore['remove'] = async (key) => {
    await this.#serial.run('round', async () => {
      const object = this.get(key);
      if (object === undefined) return;
      if (object.deletion?.state !== 'Destroying')
        throw new CcError('Refused', `${keyText(key)} is not marked as being destroyed`);
      if (object.source === 'State') await removeRunFile(object);
      await this.#parts.projection.forget(object);
      await this.#parts.logs.settle(object);
      await this.#parts.records.remove(key);
    });
    this.#loop.hint();
  };

  confirmAbsent: ObjectStore['confirmAbsent'] = async (key) => {
    if (this.get(key)?.deletion?.state === 'Destroying') return true;
    const { absent } = await this.#round();
    return this.get(key)?.deletion !== undefined && absent.has(keyText(key));
  };

  event: ObjectStore['event'] = async (key, event) => {
    const object = this.get(key);
    if (object !== undefined) await this.#parts.logs.event(object, event);
  };

  decision: ObjectStore['decision'] = async (key, decision) => {
    const object = this.get(key);
    if (object !== undefined) await this.#parts.logs.decision(object, decision);
  };

  /** Takes a request of the controller itself off; absent is success. */
  async removeControllerRequest(id: string): Promise<void> {
    await this.#parts.inbox.remove(id);
  }

  /** An event of the controller itself; one that cannot be written is logged. */
  async controllerEvent(event: EventInput): Promise<void> {
    await this.#parts.logs.controllerEvent(event);
  }

  async #backgroundRound(cause: RoundCause, changed: ChangedFiles): Promise<'Again' | 'Later' | 'Rest'> {
    if (cause === 'Named' && changed !== 'Any') {
      const outcome = await this.#serial.run('round', () => this.#parts.named.run(changed));
      if (outcome !== 'List') return outcome === 'Later' ? 'Later' : 'Rest';
    }
    const { again } = await this.#round(changed.length > 0 ? 'Full' : 'Spread');
    if (cause === 'Rescan') await this.#parts.projection.repair(this.list());
    await this.#source.refresh(this.#parts.sources.places());
    return again ? 'Again' : 'Rest';
  }

  async #judge(key: ObjectKey, judge: (object: StoredObject) => StoredObject): Promise<void> {
    const { before, after } = await this.#parts.records.update(key, (object) => object && judge(object));
    const event = after && after !== before ? judgementEvent(before, after) : undefined;
    if (after && event) await this.#parts.logs.event(after, event);
    else if (after?.accepted && after !== before)
      this.#options.log.info('spec accepted', { object: keyText(after), generation: after.accepted.generation });
  }

  #round(look: Look = 'Full'): Promise<RoundResult> {
    return this.#serial.run('round', async () => {
      this.#last = await this.#parts.round.run(look);
      this.#listedMs = this.#options.clock.monotonicMs();
      if (this.#last.allRead) await this.#parts.readBy.note();
      return this.#last;
    });
  }

  #require(key: ObjectKey): StoredObject {
    const object = this.get(key);
    if (object === undefined) throw new CcError('NotFound', `there is no ${keyText(key)}`);
    return object;
  }
}

async function openParts(options: FileStoreOptions, paths: StatePaths) {
  const { clock, log, specDirectory, holdsSpecs } = options;
  const logs = new ObjectLogs({ paths, clock, log });
  const files = new RecordFiles(paths.stateDirectory);
  const assertPlace = (): Promise<void> => files.assertRoot();
  await assertPlace();
  const runningTime = await RunningTime.open({ path: paths.runningTime, clock, log, assertPlace });
  const sourcesOfIndex = () => ({ records, projection });
  const index = new IndexFiles({ paths, build: options.build, clock, log, assertPlace, sources: sourcesOfIndex });
  const mark = (key: ObjectKey): void => {
    index.mark(key);
    options.onShown?.(key);
  };
  const claims = new FileClaims(files, paths.claims);
  const records = await ObjectRecords.open({ paths, files, onWrite: mark });
  const onUnwritable = async (key: ObjectKey, message: string): Promise<void> => {
    const object = records.get(key);
    if (object) await logs.event(object, { type: 'Warning', reason: 'StatusNotWritten', message });
  };
  const projection = new StatusProjection({ paths, log, onWrite: mark, onUnwritable, holdsSpecs });
  const runningMs = (): number => runningTime.nowMs();
  const inbox = new RequestInbox(paths);
  const intake = new RequestIntake({ records, inbox, runningMs });
  const readBy = await ReadBy.open({ path: paths.readBy, build: options.build, log });
  const known = (path: string): KnownReading | undefined =>
    readBy.isNoted
      ? records
          .at(path)
          .map(readingOf)
          .find((reading) => reading !== undefined)
      : undefined;
  const sources = new SpecSources({ Specs: specDirectory, State: paths.specs }, { clock, known });
  const problems = new ProblemReport({ path: paths.problems, clock, log, holdsSpecs });
  const round = new SyncRound({
    ...options,
    records,
    claims,
    sources,
    intake,
    problems,
    report: new SourceReport({ path: paths.source, clock, log }),
    logs,
    runningMs,
    newUid: options.newUid ?? randomUUID,
  });
  const apply: SyncRound['applyAlone'] = (key, fact) => round.applyAlone(key, fact);
  const { requests } = paths;
  const named = new NamedRound({ ...options, requests, records, sources, intake, problems, apply });
  for (const object of records.list()) mark(object);
  return { paths, files, claims, records, logs, projection, index, sources, readBy, round, named, runningTime, inbox };
}
