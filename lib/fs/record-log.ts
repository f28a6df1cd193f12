import { fstatSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { CcError, orNothing, orNothingNow } from '../errors.ts';
import { Serial } from '../serial.ts';
import { ThisTurn } from '../this-turn.ts';
import { closing } from './closing.ts';
import { syncDirectory } from './durable.ts';
import { translateNoSpace } from './no-space.ts';
import { PathMap } from './path-map.ts';
import { lineOfRemoval, lineOfVersion, type RecordVersion, versionOfLine } from './record-line.ts';
import { NEWLINE, type Place, recordLogPath, scanLines } from './record-scan.ts';
import { type SmallFile, smallFiles } from './small-files.ts';
import { tempName } from './temp-name.ts';

/** The newest line of a record. */
interface Entry extends Place {
  revision: number;
}

/** A line that is to be written, and who waits until it is on the disk. */
interface Waiting {
  line: Buffer;
  path: string;
  /** 0: what lies at or below the path is gone. */
  revision: number;
  /** Asked right before: rejects where the directory is not the one that it was. */
  guard: () => Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** What tells that nobody else changed the file. */
interface Signature {
  ino: number;
  size: number;
  mtimeMs: number;
}

/** A log shorter than this is never too long. */
const SHORT = 2 ** 20;
/** Of a longer one half may say nothing any more. */
const MOST_TO_LIVE = 2;
/** So many lines are copied at once while a log is written anew. */
const AT_ONCE = 64;

/**
 * `records.jsonl`, the second place of all records below a root: every version is appended, and all who wait share one
 * synchronisation. Written anew where most of it says nothing any more. Paths are relative to the root.
 */
export class RecordLog {
  /** One for each root: a process that has two would not know what the other one wrote. */
  static readonly #logs = new Map<string, RecordLog>();
  readonly path: string;
  readonly #root: string;
  readonly #entries = new PathMap<Entry>();
  /** What is there. */
  readonly #now: ThisTurn<Signature | 'Nothing'>;
  /** Absent before the first look. */
  #left: Signature | 'Nothing' | undefined;
  /** Where the next line goes. */
  #end = 0;
  /** Bytes of the lines that say something still. */
  #live = 0;
  readonly #waiting: Waiting[] = [];
  readonly #serial = new Serial();
  /** What was removed and not written since, records and directories of them: nobody who looks repairs any of it. */
  readonly gone = new Set<string>();
  /** How often the file was found to be another one. */
  #times = 0;
  #writing: Promise<void> | undefined;
  /** A log is too long from that many bytes on, where not enough of them say something. */
  #long = SHORT;
  /** The system could not say what of the file is on the disk. */
  #isDoubtful = false;

  private constructor(root: string) {
    this.#root = root;
    this.path = recordLogPath(root);
    this.#now = new ThisTurn(() => signatureOf(this.path));
  }

  /** @param root absolute. */
  static at(root: string): RecordLog {
    const log = RecordLog.#logs.get(root) ?? new RecordLog(root);
    RecordLog.#logs.set(root, log);
    return log;
  }

  /** Of the version that is kept; undefined where none is. */
  revision(path: string): number | undefined {
    this.#look();
    return this.#entries.get(path)?.revision;
  }

  /** Somebody else changed the file since this process read it first: what it says may be older than what is at the places. */
  get isForeign(): boolean {
    return this.#times > 0;
  }

  /** One after the other for each path, whoever asks: for who looks before he writes. */
  alone<T>(path: string, work: () => Promise<T>): Promise<T> {
    return this.#serial.run(path, work);
  }

  /** Resolves when nothing is left of what was begun by {@link alone}. */
  idle(): Promise<void> {
    return this.#serial.idle();
  }

  /** Resolves when nothing is written any more. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Whether anything at or below a path is kept. */
  has(path: string): boolean {
    this.#look();
    return this.#entries.has(path);
  }

  /** First names of what is kept below a directory, in no order. */
  names(directory: string): string[] {
    this.#look();
    return this.#entries.names(directory);
  }

  /** The version that is kept. Undefined where none is; `Garbage` where its line cannot be read any more. */
  async version(path: string): Promise<RecordVersion | 'Garbage' | undefined> {
    this.#look();
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    const read = closing(await smallFiles.open(this.path, 'r'), (file) => file.readAt(entry));
    return versionOfLine(await read) ?? 'Garbage';
  }

  /** Resolves once the version is on the disk. @throws CcError `NoSpace`; system errors; what `guard` throws. */
  keep(version: RecordVersion, guard: Waiting['guard']): Promise<void> {
    return this.#append({ ...version, line: Buffer.from(lineOfVersion(version)), guard });
  }

  /** Resolves once it is on the disk that nothing at or below a path is kept. @throws as {@link keep}. */
  forget(path: string, guard: Waiting['guard']): Promise<void> {
    return this.#append({ path, revision: 0, line: Buffer.from(lineOfRemoval(path)), guard });
  }

  #append({ line, path, revision, guard }: Omit<Waiting, 'resolve' | 'reject'>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ line, path, revision, guard, resolve, reject });
    this.#writing ??= this.#drain();
    return promise;
  }

  /** Turns of who waits then; a turn begins once all who were told of the one before have gone on. */
  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await setImmediate();
      const turn = this.#waiting.splice(0);
      try {
        await this.#write(this.#newer(await guarded(turn)));
        for (const { resolve } of turn) resolve();
      } catch (error) {
        for (const { reject } of turn) reject(translateNoSpace(error, `writing ${this.path}`));
      }
      await this.#shorten();
    }
    this.#writing = undefined;
  }

  async #write(turn: readonly Waiting[]): Promise<void> {
    if (turn.length === 0) return;
    if (this.#isDoubtful) await this.#rewrite();
    this.#look();
    const isNew = this.#left === 'Nothing';
    const left = await closing(await smallFiles.open(this.path, 'overwrite', 0o600), (file) =>
      this.#writeAt(file, this.#end, turn),
    );
    if (isNew) await this.#syncName();
    this.#lookAgain();
    if (this.#left !== left) throw replacedMeanwhile(this.path);
    for (const { path, revision, line } of turn) {
      this.#enter({ path, revision }, { offset: this.#end, length: line.length - 1 });
      this.#end += line.length;
    }
  }

  /** Where not all of it can be written nothing is left of it. */
  async #writeAt(file: SmallFile, start: number, turn: readonly Waiting[]): Promise<Signature> {
    try {
      // What somebody left there is a part of a line.
      if (typeof this.#left === 'object' && this.#left.size > start) await file.truncate(start);
      await file.writeAt(Buffer.concat(turn.map(({ line }) => line)), start);
    } catch (error) {
      this.#leave(undefined);
      await file.truncate(start).catch(() => {});
      throw error;
    }
    const left = signatureIn(fstatSync(file.fd));
    this.#leave(left);
    try {
      await file.datasync();
      return left;
    } catch (error) {
      this.#isDoubtful = true;
      throw error;
    }
  }

  #enter({ path, revision }: { path: string; revision: number }, place: Place): void {
    const before = revision === 0 ? this.#entries.forget(path) : [this.#entries.get(path)];
    for (const gone of before) this.#live -= gone === undefined ? 0 : gone.length + 1;
    if (revision === 0) return;
    this.#entries.set(path, { ...place, revision });
    this.#live += place.length + 1;
  }

  /** Reads the file where it is not as this process left it. */
  #look(): void {
    const now = this.#now.get();
    if (this.#left === undefined || !isSame(now, this.#left)) this.#readAnew(now);
  }

  #leave(left: Signature | 'Nothing' | undefined): void {
    this.#left = left;
    this.#now.forget();
  }

  #lookAgain(): void {
    this.#now.forget();
    this.#look();
  }

  /** What cannot be read to its end is read again at the next look. */
  #readAnew(now = signatureOf(this.path)): void {
    if (this.#left !== undefined) this.#times += 1;
    this.#leave(undefined);
    this.#entries.forget('');
    this.#live = 0;
    this.#end = scanLines(this.path, (head, place) => {
      if (head !== undefined) this.#enter(head, place);
    });
    this.#leave(now);
  }

  /** A log that cannot be written anew grows; it is tried again once that is worth it. */
  async #shorten(): Promise<void> {
    if (this.#end < this.#long || this.#end < MOST_TO_LIVE * this.#live) return;
    this.#long = this.#end + SHORT;
    const isShort = await this.#rewrite().then(
      () => true,
      () => false,
    );
    if (isShort) this.#long = SHORT;
  }

  /** Only what is kept, in a new file. */
  async #rewrite(): Promise<void> {
    this.#lookAgain();
    const temp = join(this.#root, tempName(this.path));
    try {
      await closing(await orNothing(smallFiles.open(this.path, 'r'), 'ENOENT'), async (from) =>
        closing(await smallFiles.open(temp, 'wx', 0o600), (to) => this.#copyKept(from, to)),
      );
      if (this.#left === 'Nothing') await smallFiles.rm(temp);
      else await smallFiles.rename(temp, this.path);
      await this.#syncName();
    } catch (error) {
      await smallFiles.rm(temp);
      throw error;
    }
    // It is another file by this process itself.
    const times = this.#times;
    this.#readAnew();
    this.#times = times;
  }

  /** Until the name is on the disk, nothing that is written under it counts. */
  async #syncName(): Promise<void> {
    this.#isDoubtful = true;
    await syncDirectory(this.#root);
    this.#isDoubtful = false;
  }

  /** Without versions of which a newer one is kept, or comes before in the same turn: the last line counts. */
  #newer(turn: readonly Waiting[]): Waiting[] {
    this.#lookAgain();
    const before = new PathMap<number>();
    const removed: string[] = [];
    return turn.filter(({ path, revision, resolve }) => {
      if (revision === 0) {
        before.forget(path);
        removed.push(path);
        return true;
      }
      const isRemoved = removed.some((one) => `${path}/`.startsWith(`${one}/`));
      const kept = isRemoved ? undefined : this.#entries.get(path)?.revision;
      const isNew = revision >= Math.max(kept ?? 0, before.get(path) ?? 0);
      if (isNew) before.set(path, revision);
      else resolve();
      return isNew;
    });
  }

  async #copyKept(from: SmallFile, to: SmallFile): Promise<void> {
    let size = 0;
    for (const places of inParts([...this.#entries.values()])) {
      const lines = await Promise.all(places.map(({ offset, length }) => from.readAt({ offset, length: length + 1 })));
      const data = Buffer.concat(lines);
      if (lines.some((line) => line.at(-1) !== NEWLINE)) throw replacedMeanwhile(this.path);
      await to.writeAt(data, size);
      size += data.length;
      await setImmediate();
    }
    await to.sync();
  }
}

function replacedMeanwhile(path: string): CcError {
  const remedy = 'It is tried again. Nobody but cc-controller may write there while it runs.';
  return new CcError('Conflict', `${path} was changed by somebody else while it was written`, { remedy });
}

/** Those that may be written; the others are told why not. */
async function guarded(turn: readonly Waiting[]): Promise<Waiting[]> {
  const allowed: Waiting[] = [];
  const asked = new Map<Waiting['guard'], Promise<void>>();
  for (const one of turn) {
    const answer = asked.get(one.guard) ?? one.guard();
    asked.set(one.guard, answer);
    await answer.then(() => allowed.push(one), one.reject);
  }
  return allowed;
}

/** Lines in the order of the file, some of them at a time. */
function inParts(entries: readonly Entry[]): Entry[][] {
  const sorted = entries.toSorted((a, b) => a.offset - b.offset);
  const count = Math.ceil(sorted.length / AT_ONCE);
  return Array.from({ length: count }, (_, index) => sorted.slice(index * AT_ONCE, (index + 1) * AT_ONCE));
}

function signatureOf(path: string): Signature | 'Nothing' {
  const stats = orNothingNow(() => statSync(path, { throwIfNoEntry: false }), 'ENOTDIR');
  return stats === undefined ? 'Nothing' : signatureIn(stats);
}

function signatureIn({ ino, size, mtimeMs }: Stats): Signature {
  return { ino, size, mtimeMs };
}

function isSame(a: Signature | 'Nothing', b: Signature | 'Nothing'): boolean {
  if (a === 'Nothing' || b === 'Nothing') return a === b;
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;
}
