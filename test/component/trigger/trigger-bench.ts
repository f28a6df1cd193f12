import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { TriggerServices, TriggerSettings } from '../../../controllers/trigger/services.ts';
import { TriggerLoop } from '../../../controllers/trigger/trigger-loop.ts';
import type { Condition, RunStatus } from '../../../lib/api/index.ts';
import { API_VERSION } from '../../../lib/api/kinds.ts';
import { type Clock, systemClock, toTime } from '../../../lib/clock.ts';
import type { EventRecord } from '../../../lib/events/event.ts';
import { readLines } from '../../../lib/events/line-log.ts';
import { authorisedOf } from '../../../lib/forge/authority.ts';
import { GiteaForge } from '../../../lib/forge/gitea/gitea-forge.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { silentLog } from '../../../lib/log.ts';
import type { RunRecord } from '../../../lib/run-record/run-end.ts';
import { writeMarker } from '../../../lib/store/directory-guard.ts';
import { FileStore } from '../../../lib/store/file-store.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { GiteaDouble } from '../../doubles/gitea/gitea-double.ts';
import { loseRecord } from '../../rig/record-places.ts';

export const REPOSITORY = 'recipes/notes';
export const ZONE = 'ci.example.org';
const GRACE_MS = 1_000;

/** Stands still but where a test moves it; timers are the machine's. */
class BenchClock implements Clock {
  #nowMs = Date.UTC(2030, 0, 5, 12);
  #monotonicMs = 0;
  after = systemClock.after;
  sleep = systemClock.sleep;

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    this.#monotonicMs += ms;
  }

  /** The wall clock is set. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }
}

/** The trigger of a repository over a real store, against a forge; Runs are ended by the test. */
export class TriggerBench {
  readonly root: string;
  readonly clock: BenchClock;
  readonly gitea: GiteaDouble;
  store!: FileStore;
  loop!: TriggerLoop;
  #settings: Partial<TriggerSettings> = {};
  #token = '';

  private constructor(root: string, clock: BenchClock, gitea: GiteaDouble) {
    this.root = root;
    this.clock = clock;
    this.gitea = gitea;
  }

  /** A forge with an organisation, a repository and a pull request 1 of `member`; and a Canonical that names it. */
  static async open(settings: Partial<TriggerSettings> = {}): Promise<TriggerBench> {
    const clock = new BenchClock();
    const gitea = await GiteaDouble.start({ now: () => clock.now() });
    const bench = new TriggerBench(await mkdtemp(join(tmpdir(), 'ccci-trigger-')), clock, gitea);
    bench.#settings = settings;
    await bench.#people();
    await mkdir(bench.specs);
    await writeMarker(bench.specs, 'instance-1');
    await bench.start();
    await bench.canonical('notes', REPOSITORY);
    return bench;
  }

  /** Writes a Canonical of that recipe, which is accepted; without a repository it has no trigger. */
  async canonical(name: string, repository?: string): Promise<void> {
    const spec = { app: { recipe: name }, ...(repository === undefined ? {} : { trigger: { repository } }) };
    const document = { apiVersion: API_VERSION, kind: 'Canonical', metadata: { name }, spec };
    await writeFile(join(this.specs, `${name}.yaml`), stringify(document));
    await this.store.sync();
    const canonical = this.store.get({ kind: 'Canonical', name });
    if (canonical) await this.store.accept(canonical);
  }

  async #people(): Promise<void> {
    const { gitea } = this;
    for (const login of ['member', 'bot', 'collab', 'outsider']) await gitea.addUser(login);
    await gitea.addOrganisation('recipes');
    await gitea.addTeam('recipes', 'maintainers', 'member', 'bot');
    await gitea.addRepository(REPOSITORY);
    await gitea.createPull(REPOSITORY, {
      author: 'member',
      branch: 'feature',
      files: { 'compose.yml': 'services: {}\n' },
    });
    this.#token = await gitea.token('bot', 'write:repository', 'write:issue', 'read:organization', 'read:user');
  }

  get specs(): string {
    return join(this.root, 'specs');
  }

  get state(): string {
    return join(this.root, 'state');
  }

  /** Another token is in the file from now on. */
  useToken(token: string): void {
    this.#token = token;
  }

  async start(): Promise<void> {
    const places = { stateDirectory: this.state, specDirectory: this.specs, instanceId: 'instance-1' };
    const { clock } = this;
    this.store = await FileStore.open({
      ...places,
      graceMs: GRACE_MS,
      clock,
      log: silentLog,
      onChange: () => {},
      owns: () => false,
    });
    await this.store.sync();
    const enrolment = { canonical: 'notes', recipe: 'notes' };
    const records = new RecordFiles(this.state);
    this.loop = new TriggerLoop({ services: this.services(), repository: REPOSITORY, records, enrolment });
  }

  /** What triggers work with. */
  services(clock: Clock = this.clock): TriggerServices {
    const forge = new GiteaForge({ url: this.gitea.url, token: async () => this.#token, clock });
    const settings: TriggerSettings = {
      stateDirectory: this.state,
      url: this.gitea.url,
      zone: ZONE,
      pollIntervalMs: 30_000,
      authorised: authorisedOf([]),
      pageOf: (run) => `https://${ZONE}/runs/${run}.html`,
      ...this.#settings,
    };
    return { store: this.store, forge, clock, log: silentLog, settings, random: () => 0 };
  }

  /** What kill -9 and a new start do. */
  async restart(): Promise<void> {
    await this.store.stop();
    await this.start();
  }

  /** A new start with nothing that was known. */
  async loseState(): Promise<void> {
    await this.store.stop();
    loseRecord(this.state, 'forge');
    await this.start();
  }

  async close(): Promise<void> {
    await this.store.stop();
    await this.gitea.stop();
    await rm(this.root, { recursive: true, force: true });
  }

  /** Rounds as the loop makes them over so long a time. */
  async pass(ms = 31_000): Promise<void> {
    const endMs = this.clock.monotonicMs() + ms;
    for (;;) {
      const afterMs = Math.max(1, await this.loop.round());
      const leftMs = endMs - this.clock.monotonicMs();
      if (afterMs >= leftMs) return this.clock.advance(Math.max(0, leftMs));
      this.clock.advance(afterMs);
    }
  }

  runs(): StoredObject[] {
    return [...this.store.list('Run')];
  }

  /** The only Run that there is. */
  run(): StoredObject {
    const [run, ...others] = this.runs();
    if (run === undefined || others.length > 0) throw new Error(`there are ${this.runs().length} runs, not one`);
    return run;
  }

  /** How a Run stands from now on. */
  async stands(run: StoredObject, record: Partial<RunRecord>): Promise<void> {
    await this.store.writeJournal(run, { step: 'Testing', attempts: [], tornDown: false, ...record });
  }

  /** The Run ends. */
  async ends(run: StoredObject, status: Partial<RunStatus> = {}): Promise<void> {
    const end = { reason: 'Passed', message: 'level 4', verdict: 'Passed', level: 4 } as const;
    const frozen = { ...passed(this.clock), ...status };
    await this.stands(run, { step: 'Ended', tornDown: true, outcome: end, frozen: { ...frozen } });
  }

  /** Bodies of the comments that our account wrote at a pull request. */
  answers(pull = 1): string[] {
    return this.gitea
      .commentsOf(REPOSITORY, pull)
      .filter(({ author }) => author === 'bot')
      .map(({ body }) => body);
  }

  /** States of a context of the head of a pull request, the oldest first. */
  states(context = 'cc-ci/testme', pull = 1): string[] {
    const all = this.gitea.statusesOf(REPOSITORY, this.gitea.headOf(REPOSITORY, pull));
    return all.filter((one) => one.context === context).map(({ state }) => state);
  }

  async events(canonical = 'notes'): Promise<EventRecord[]> {
    return await readLines<EventRecord>(join(this.state, 'objects/Canonical', canonical, 'events.jsonl'), 1_000);
  }

  async reasons(): Promise<string[]> {
    return (await this.events()).map(({ reason }) => reason);
  }

  async outbox(): Promise<string[]> {
    const root = join(this.state, 'forge');
    const [name = ''] = await readdir(root);
    return await readdir(join(root, name, 'outbox')).catch(() => []);
  }
}

/** Of a cold run that is green. */
export function passed(clock: Clock): RunStatus {
  const at = { lastTransitionTime: toTime(clock.now()), observedGeneration: 1 };
  const condition: Condition = { type: 'Succeeded', status: 'True', reason: 'Passed', message: 'level 4', ...at };
  const stages = [
    { name: 'Install', result: 'Passed' },
    { name: 'Upgrade', result: 'Passed' },
  ] as const;
  return {
    observedGeneration: 1,
    conditions: [condition],
    mode: 'Cold',
    verdict: 'Passed',
    level: 4,
    stages: [...stages],
  };
}

/** Of a run that is red. */
export function failed(clock: Clock, message = 'Upgrade: CrashLoop'): RunStatus {
  const green = passed(clock);
  const condition = { ...green.conditions[0], status: 'False', reason: 'Failed', message } as Condition;
  return { ...green, conditions: [condition], verdict: 'Failed', blame: 'Recipe', level: 1 };
}
