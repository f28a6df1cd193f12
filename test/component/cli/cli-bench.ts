import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { KINDS, type ObjectKey } from '../../../lib/api/kinds.ts';
import type { CliEnvironment, TextOutput } from '../../../lib/cli/environment.ts';
import { runProgram } from '../../../lib/cli/program.ts';
import { systemClock, toTime } from '../../../lib/clock.ts';
import { rowsOf } from '../../../lib/columns/kind-rows.ts';
import { rowOf } from '../../../lib/columns/row.ts';
import { silentLog } from '../../../lib/log.ts';
import { writeMarker } from '../../../lib/store/directory-guard.ts';
import { FileStore } from '../../../lib/store/file-store.ts';
import { readAll, readRows } from '../../../lib/store/reader.ts';
import type { DecisionRecord, StoredObject } from '../../../lib/store/store.ts';

export interface Result {
  code: number;
  out: string;
  err: string;
}

export interface CallOptions {
  /** `AtOnce`: the list may be older than the statuses, as it may be for a person. Default: it is not. */
  given?: 'AtOnce';
  stdin?: string;
  /** What somebody at the terminal types; absent: there is nobody. */
  typed?: string;
  variables?: Record<string, string>;
  /** Both outputs are a terminal of that many columns. */
  columns?: number;
  signal?: AbortSignal;
  /** Default: the flags that name both directories. */
  flags?: string[];
  cwd?: string;
  /** Wall clock, at which it stands still; default: the real one. */
  nowMs?: number;
  /** Called before each sleep of the command. */
  onSleep?: () => void;
  /** Default: there is no editor. */
  openEditor?: (path: string) => Promise<number>;
}

/** A state directory that a real store writes, and `ccctl` called in-process. */
export class CliBench {
  readonly root: string;
  readonly specs: string;
  readonly state: string;
  readonly store: FileStore;
  /** What the fake controller does with an object that changed. */
  onChange: (object: StoredObject) => Promise<void> = async () => {};
  /** Grows while a call runs. */
  out = '';
  err = '';
  alive = true;
  /** How often a command has found the controller alive. */
  foundAlive = 0;

  private constructor(root: string, store: FileStore) {
    this.root = root;
    this.specs = join(root, 'specs');
    this.state = join(root, 'state');
    this.store = store;
  }

  static async open(): Promise<CliBench> {
    const root = await mkdtemp(join(tmpdir(), 'ccci-cli-'));
    await mkdir(join(root, 'specs'));
    await writeMarker(join(root, 'specs'), 'instance-1');
    let bench: CliBench | undefined;
    const store = await FileStore.open({
      stateDirectory: join(root, 'state'),
      specDirectory: join(root, 'specs'),
      instanceId: 'instance-1',
      graceMs: 30_000,
      clock: systemClock,
      log: silentLog,
      onChange: (key: ObjectKey) => {
        const object = store.get(key);
        if (object) void bench?.onChange(object);
      },
      owns: () => false,
    });
    bench = new CliBench(root, store);
    await bench.heartbeat();
    return bench;
  }

  async write(name: string, text: string): Promise<string> {
    const path = join(this.specs, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  async run(name: string, spec = 'recipe: notes', labels = '{}'): Promise<string> {
    const text = `apiVersion: cc-ci/v1\nkind: Run\nmetadata: { name: ${name}, labels: ${labels} }\nspec: { ${spec} }\n`;
    return this.write(`${name}.yaml`, text);
  }

  /** Keeps a decision as a pass does, whose status comes after it. */
  async decide(key: ObjectKey, decision: DecisionRecord): Promise<void> {
    await this.store.decision(key, decision);
    await this.store.projectStatus(key, this.store.shown(key) ?? {});
  }

  /** Projects a status with `observedGeneration` and conditions of the short form `Type=Status/Reason`. */
  async status(key: ObjectKey, conditions: string[], fields: Record<string, unknown> = {}): Promise<void> {
    const generation = this.store.get(key)?.generation ?? 0;
    await this.store.projectStatus(key, {
      observedGeneration: generation,
      conditions: conditions.map((text) => {
        const [type, status, reason = 'Because', message = ''] = text.split(/[=/]/);
        return {
          type,
          status,
          reason,
          message,
          lastTransitionTime: '2026-01-01T00:00:00.000Z',
          observedGeneration: generation,
        };
      }),
      ...fields,
    });
  }

  /** As the controller writes it; `ageMs` makes it old. */
  async heartbeat(ageMs = 0, more: Record<string, string> = {}): Promise<void> {
    const heartbeat = toTime(systemClock.now() - ageMs);
    const file = {
      specDirectory: this.specs,
      stateDirectory: this.state,
      platform: 'Process',
      pid: 4242,
      heartbeat,
      version: '0.1.0',
      startTime: heartbeat,
      ...more,
    };
    await writeFile(join(this.state, 'controller.json'), JSON.stringify(file));
  }

  /** Lists until the deletion that was asked for has begun: a second listing proves that the file is absent. */
  async deletionStarted(key: ObjectKey): Promise<void> {
    for (let i = 0; i < 10 && this.store.get(key)?.deletion?.state !== 'Started'; i += 1) await this.store.sync();
  }

  /** What the controller does with a Run that is deleted. */
  async destroy(key: ObjectKey): Promise<void> {
    await this.deletionStarted(key);
    await this.store.markDestroying(key);
    await this.store.remove(key);
  }

  async ctl(argv: string[], options: CallOptions = {}): Promise<Result> {
    if (options.given !== 'AtOnce') await this.#indexed();
    this.out = '';
    this.err = '';
    const flags = options.flags ?? ['--state-directory', this.state, '--spec-directory', this.specs];
    const code = await runProgram(this.#environment(options), [...argv, ...flags]);
    return { code, out: this.out, err: this.err };
  }

  /** The store writes its index and its list a moment after a change. */
  async #indexed(): Promise<void> {
    const isWritten = async (): Promise<boolean> => {
      const stateDirectory = this.state;
      const checked = await readAll({ stateDirectory });
      const trusted = await readAll({ stateDirectory, index: 'Trusted' });
      const list = readRows({ stateDirectory, build: undefined, kinds: KINDS, names: 'List' });
      const rows = checked.objects.map((view) => rowOf(view, 'Table'));
      return isDeepStrictEqual([checked.objects, list?.tables.flatMap(rowsOf) ?? []], [trusted.objects, rows]);
    };
    for (let i = 0; i < 500 && !(await isWritten()); i += 1) await systemClock.sleep(10);
  }

  #environment(options: CallOptions): CliEnvironment {
    const { nowMs } = options;
    const output = (name: 'out' | 'err'): TextOutput => ({
      write: (text) => {
        this[name] += text;
      },
      isTty: options.columns !== undefined,
      columns: options.columns,
    });
    return {
      stdout: output('out'),
      stderr: output('err'),
      readStdin: async () => new TextEncoder().encode(options.stdin ?? ''),
      ...(options.typed === undefined ? {} : { readLine: async () => options.typed ?? '' }),
      variables: options.variables ?? {},
      cwd: options.cwd ?? this.root,
      clock: {
        ...systemClock,
        ...(nowMs !== undefined && { now: () => nowMs }),
        sleep: (ms, signal) => {
          options.onSleep?.();
          return systemClock.sleep(ms, signal);
        },
      },
      signal: options.signal ?? new AbortController().signal,
      user: 'tester',
      version: '0.1.0',
      isProcessAlive: () => {
        if (this.alive) this.foundAlive += 1;
        return this.alive;
      },
      ...(options.openEditor && { openEditor: options.openEditor }),
    };
  }

  async close(): Promise<void> {
    await this.store.stop();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** Waits, bounded, until the condition holds. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 500; i += 1) {
    if (condition()) return;
    await systemClock.sleep(10);
  }
  throw new Error(`never happened: ${what}`);
}
