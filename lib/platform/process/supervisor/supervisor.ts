import type { Clock } from '../../../clock.ts';
import { explainError } from '../../../errors.ts';
import type { Cgroups } from '../../../exec/cgroups.ts';
import { endProcesses } from '../../../exec/processes.ts';
import { appLayout } from '../layout.ts';
import { type AppliedService, readApplied, type ServiceLaunch } from '../record.ts';
import { CommandGroup } from './command-group.ts';
import { probeHealth } from './health-probe.ts';
import type { RecordKeeper } from './record-keeper.ts';
import { restartDelay } from './restart-delay.ts';
import type { RotatingLog } from './rotating-log.ts';
import { KEPT_EXITS, readRecord, type ServiceExit } from './supervisor-record.ts';

/** Between two starts while the machine has no process, descriptor or memory to give, milliseconds. */
const EXHAUSTED_RETRY_MS = 1_000;

export interface SupervisorOptions {
  /** `…/apps/<domain>`. */
  appDirectory: string;
  service: AppliedService;
  specId: string;
  token: string;
  /** What the command gets: the launch's environment and the token. */
  environment: Readonly<Record<string, string>>;
  keeper: RecordKeeper;
  log: RotatingLog;
  /** Called once the first start of the command, or that it cannot be started, is on record. */
  onStarted?: (() => void) | undefined;
  clock: Clock;
  /** Of the supervisor itself and all it starts; absent: this machine has none. */
  cgroups?: Cgroups | undefined;
}

/** Runs one service: starts its command, starts it again as its policy says, stops it when told. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #launch: ServiceLaunch;
  readonly #stop = new AbortController();
  #group: CommandGroup | undefined;
  #isStarted = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#launch = options.service.launch;
  }

  /** Resolves when the command has ended for good: stopped, not to be restarted, or no longer the applied spec. */
  async run(): Promise<void> {
    const { keeper, clock } = this.#options;
    while (!this.#stop.signal.aborted && (await this.#isWanted())) {
      const exit = await this.#runOnce();
      if (exit === undefined) {
        this.#started();
        // The machine had nothing to start it with: waited for, and no exit of the command.
        await clock.sleep(EXHAUSTED_RETRY_MS, this.#stop.signal).catch(() => {});
        continue;
      }
      const exits = [exit, ...keeper.record.exits].slice(0, KEPT_EXITS);
      const ours = exits.filter(({ specId }) => specId === this.#options.specId);
      const delayMs = restartDelay(this.#launch, ours);
      if (this.#stop.signal.aborted) {
        await keeper.ended({ state: 'Stopped', exits });
        return;
      }
      await keeper.ended({ state: delayMs === undefined ? 'Ended' : 'Waiting', exits });
      this.#started();
      if (delayMs === undefined) return;
      await clock.sleep(delayMs, this.#stop.signal).catch(() => {});
    }
    await keeper.ended({ state: 'Stopped' });
  }

  /** SIGTERM to the command's group, after the grace SIGKILL. Idempotent. */
  stop(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#terminate();
  }

  #started(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#options.onStarted?.();
  }

  #terminate(): void {
    this.#group?.signal('SIGTERM');
    this.#options.clock.after(this.#launch.stopGraceMs, () => this.#group?.signal('SIGKILL'));
  }

  async #isWanted(): Promise<boolean> {
    const { appDirectory, keeper, service, specId } = this.#options;
    const layout = appLayout(appDirectory);
    const applied = await readApplied(layout.applied);
    const record = await readRecord(layout.service(service.name).record);
    return applied?.state === 'Deployed' && applied.specId === specId && record?.token === keeper.record.token;
  }

  /** Undefined where the command never ran, through no fault of its own. */
  async #runOnce(): Promise<ServiceExit | undefined> {
    const { keeper, clock, log, environment, specId } = this.#options;
    const startedAt = clock.now();
    const streams = { stdout: log.stream(), stderr: log.stream() };
    const group = new CommandGroup(
      {
        command: this.#launch.command,
        directory: this.#launch.directory,
        environment,
        onOutput: (chunk, stream) => streams[stream].write(chunk),
      },
      clock,
    );
    this.#group = group;
    if (this.#stop.signal.aborted) this.#terminate();
    if (group.pid !== undefined) {
      const health = this.#launch.health ? 'Starting' : 'None';
      const running = { state: 'Running', process: { pid: group.pid, startedAt }, health } as const;
      void keeper.update(running).then(() => this.#started());
    }
    const end = await this.#probedUntilEnd(group);
    await this.#endStrays();
    streams.stdout.end();
    if (end.message) streams.stderr.write(Buffer.from(`${end.message}\n`));
    streams.stderr.end();
    const { exhausted, ...ended } = end;
    return exhausted ? undefined : { specId, startedAt, endedAt: clock.now(), ...ended };
  }

  /** What the command left behind ends before it is started again; what cannot be ended now, at the undeploy. */
  async #endStrays(): Promise<void> {
    const { cgroups, clock, token } = this.#options;
    await endProcesses({ prefix: token, cgroups, clock, graceMs: 0 }).catch((error: unknown) => {
      this.#options.log.stream().write(Buffer.from(`${explainError(error)}\n`));
    });
  }

  async #probedUntilEnd(group: CommandGroup): ReturnType<() => CommandGroup['ended']> {
    const probing = new AbortController();
    const probe = this.#probe(probing.signal);
    const end = await group.ended;
    probing.abort();
    await probe;
    return end;
  }

  async #probe(signal: AbortSignal): Promise<void> {
    const { keeper, clock, environment } = this.#options;
    if (!this.#launch.health) return;
    const onChange = (health: 'None' | 'Starting' | 'Healthy' | 'Unhealthy'): void => void keeper.update({ health });
    const { token, cgroups } = this.#options;
    const { health: check } = this.#launch;
    await probeHealth({ check, launch: this.#launch, environment, clock, signal, token, cgroups, onChange });
  }
}
