import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { performCanonicalAction } from '../../../controllers/canonical/actions.ts';
import type { CanonicalJournal } from '../../../controllers/canonical/journal.ts';
import { type CanonicalView, observeCanonical } from '../../../controllers/canonical/observe.ts';
import type { CanonicalAction } from '../../../controllers/canonical/plan.ts';
import type { DefaultedCanonicalSpec } from '../../../lib/api/index.ts';
import { AppHome } from '../../../lib/app/app-home.ts';
import { systemClock } from '../../../lib/clock.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { LeaseTurns } from '../../../lib/known-good/lease-turns.ts';
import { silentLog } from '../../../lib/log.ts';
import { Limits } from '../../../lib/runtime/limits.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { canonicalJournal } from '../../builders/canonical-facts.ts';
import { enrolledCanonical } from '../../builders/stored-object.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { FakePlatform } from '../../fakes/fake-platform.ts';
import { childEnv, fields, makeScratch, realTools } from '../snapshot/scratch.ts';

const { domain: DOMAIN = '' } = canonicalJournal();
export const APP = { domain: DOMAIN };
const never = new AbortController().signal;

/** A canonical over a real disk and the fake platform, without its loop: what it sees, and what one act does. */
export class DiskWorld {
  readonly clock = new FakeClock();
  /** What was said to the store and the mirror, in its order. */
  readonly lines: string[] = [];
  object: StoredObject = enrolledCanonical();
  journal: CanonicalJournal = canonicalJournal();
  claimUid: string | undefined = 'uid-notes';
  runningMs = 7_000.5;
  /** The run that a lease or a seed names, and its journal. */
  run: StoredObject | undefined;
  runRecord: object | undefined;
  readonly platform: FakePlatform;
  readonly knownGood: KnownGoodStore;
  readonly home: AppHome;
  /** The state directory. */
  readonly root: string;
  readonly #scratch: ReturnType<typeof makeScratch>;

  private constructor(platform: FakePlatform, scratch: ReturnType<typeof makeScratch>) {
    this.platform = platform;
    this.#scratch = scratch;
    this.root = scratch.path;
    this.home = new AppHome(scratch.path, DOMAIN);
    this.knownGood = new KnownGoodStore({ directory: join(scratch.path, 'canonicals/notes') });
  }

  /** With a volume `data` and an env that say `live`; nothing is known to be good. */
  static async open(): Promise<DiskWorld> {
    const world = new DiskWorld(await new FakePlatform({ clock: systemClock }).open(), makeScratch());
    await mkdir(world.knownGood.directory, { recursive: true });
    await world.write('live');
    return world;
  }

  async close(): Promise<void> {
    await this.platform.close();
    await this.#scratch.remove();
  }

  /** Makes a generation of what is live and names it known to be good. */
  async promote(id: string, parent?: string): Promise<void> {
    await makeSet({
      ...{ id, directory: this.knownGood.sets.directory, volumes: await this.platform.volumes(APP, never) },
      ...{ envFile: this.home.envFile, secretsDirectory: this.home.secretsDirectory, tools: realTools() },
      ...{ assertUndeployed: async () => {}, clock: this.clock },
      fields: { ...fields, domain: DOMAIN, ...(parent === undefined ? {} : { parent }) },
    });
    await this.knownGood.swap(id, never);
    await this.knownGood.setVolumesState({ state: 'Clean', generation: id });
  }

  /** Volume and env say the same word. */
  async write(word: string): Promise<void> {
    await this.platform.ensureVolumes(APP, ['data'], never);
    writeFileSync(this.note(), word);
    await this.home.writeEnv(word);
  }

  note = (): string => join(this.platform.directory, DOMAIN, 'data/note');
  live = async () => [readFileSync(this.note(), 'utf8'), await this.home.readEnv()];
  took = (): string[] => this.lines.splice(0);

  look(): Promise<CanonicalView> {
    return observeCanonical(this.#services(), this.object, this.journal, never);
  }

  async act(action: CanonicalAction, signal: AbortSignal = never) {
    const view = await this.look();
    const save = () => this.#say(`save ${view.journal.history[0]?.result}`);
    const pass = { signal, leavePool: () => void this.lines.push('leave pool') };
    const saveWithStatus = () => void this.lines.push('save with status');
    return await performCanonicalAction({ services: this.#services(), view, pass, save, saveWithStatus }, action);
  }

  /** An edit of its file that was accepted. */
  edit(changes: Partial<DefaultedCanonicalSpec>): void {
    const spec = { ...(this.object.spec as object), ...changes };
    this.object = { ...this.object, spec, accepted: { spec, digest: this.object.digest, generation: 1 } };
  }

  /** Takes its time, so that nobody goes on who does not wait for it. */
  async #say(line: string): Promise<void> {
    await settle();
    this.lines.push(line);
  }

  #services() {
    const say = (line: string) => this.#say(line);
    const store = {
      claims: {
        get: async () => (this.claimUid === undefined ? undefined : { uid: this.claimUid }),
        release: (domain: string) => say(`give back ${domain}`),
      },
      remove: ({ name }: StoredObject) => say(`remove ${name}`),
      list: () => [this.object],
      ofSameRecipe: () => [this.object],
      get: () => this.run,
      isDamaged: () => false,
      readJournal: async () => this.runRecord,
      runningMs: () => this.runningMs,
      event: (_: unknown, { reason }: { reason: string }) => say(reason),
    };
    const mirror = {
      keep: (ref: string, commit: string) => say(`keep ${ref} ${commit}`),
      release: (ref: string) => say(`release ${ref}`),
    };
    const settings = {
      ...{ stateDirectory: this.root, zone: 'example.org', resyncMs: 60_000, path: childEnv.PATH },
    };
    return {
      ...{ store, settings, platform: this.platform, mirrors: { of: () => mirror }, limits: new Limits() },
      turns: new LeaseTurns(this.clock, () => {}),
      ...{ runner: commandRunner, clock: this.clock, log: silentLog, session: 'this', instanceId: 'i' },
    } as never;
  }
}
