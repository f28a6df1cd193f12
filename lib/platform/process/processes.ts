import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { present } from '../../api/objects.ts';
import type { Clock } from '../../clock.ts';
import type { Cgroups } from '../../exec/cgroups.ts';
import { type Child, HANDLE, startChild } from '../../exec/child.ts';
import { TOKEN_VARIABLE } from '../../exec/command.ts';
import { listOwnProcesses, type ProcessMarks, type TokenProcess } from '../../exec/own-processes.ts';
import { endProcesses, listTokenProcesses, removeCgroups } from '../../exec/processes.ts';
import { namesIn } from '../../fs/exists.ts';
import type { ProcessLayout } from './layout.ts';
import type { AppliedService, AppliedSpec } from './record.ts';
import { readRecord, type SupervisorRecord, writeRecord } from './supervisor/supervisor-record.ts';
import { Supervisors } from './supervisors.ts';

/** Given to the supervisors beyond the grace of their services, milliseconds. */
const SUPERVISOR_MARGIN_MS = 2_000;
const DEFAULT_GRACE_MS = 10_000;
const EXEC_GRACE_MS = 1_000;

export interface ServiceProcessesOptions {
  layout: ProcessLayout;
  instanceId: string;
  clock: Clock;
  /** argv before the supervisor's own arguments. */
  supervisorCommand: readonly string[];
  path: string;
  /** Where the machine has them. */
  cgroups?: Cgroups | undefined;
}

/** Starts and ends the processes of apps: supervisors, what they run, and commands under way in their surroundings. */
export class ServiceProcesses {
  readonly #options: ServiceProcessesOptions;
  readonly #supervisors: Supervisors;

  constructor(options: ServiceProcessesOptions) {
    this.#options = options;
    this.#supervisors = new Supervisors(options.clock);
  }

  /** Token prefix of all services of the app, or of all apps. */
  prefix(domain?: string): string {
    const all = `${this.#options.instanceId}/service/`;
    return domain === undefined ? all : `${all}${domain}/`;
  }

  /** A new token for a command that runs in a service's surroundings; it ends with its controller. */
  execToken(domain: string, service: string): string {
    return `${this.#execPrefix(domain)}${service}/${randomBytes(6).toString('hex')}`;
  }

  /**
   * Living processes of the app: supervisors, commands, and what they left behind, by their tokens, by their cgroups and
   * by living in its directories.
   */
  async list(domain: string, applied?: AppliedSpec): Promise<TokenProcess[]> {
    return await listOwnProcesses({ ...this.#marks(domain, applied), others: [this.#execPrefix(domain)] });
  }

  /**
   * Ids of the living processes of each service by its name: its supervisor, what that runs, and commands under way in
   * its surroundings. By cgroups where they hold any, which takes no listing of the machine; else by tokens and kin.
   */
  async membersOf(domain: string, services: readonly string[]): Promise<Map<string, number[]>> {
    const { cgroups } = this.#options;
    const prefixes = [this.prefix(domain), this.#execPrefix(domain)];
    const members = new Map(
      services.map((name) => [name, prefixes.flatMap((prefix) => cgroups?.members(`${prefix}${name}/`) ?? [])]),
    );
    if ([...members.values()].some((pids) => pids.length > 0)) return members;
    for (const prefix of prefixes) {
      for (const { pid, token } of await listTokenProcesses(prefix)) {
        members.get(token.slice(prefix.length).split('/')[0] ?? '')?.push(pid);
      }
    }
    return members;
  }

  /** Domains of which any process lives. */
  async domains(): Promise<string[]> {
    const found = await listTokenProcesses(this.prefix());
    const names = found.map(({ token }) => token.slice(this.prefix().length).split('/')[0] ?? '');
    return [...new Set([...names, ...(this.#options.cgroups?.names(this.prefix()) ?? [])])];
  }

  #marks(domain: string, applied: AppliedSpec | undefined): ProcessMarks {
    const { cgroups, clock, layout } = this.#options;
    const revisions = (applied?.services ?? []).map(({ launch }) => launch.directory);
    const home = { directories: [layout.app(domain).directory, ...new Set(revisions)], clock };
    return { prefix: this.prefix(domain), cgroups, home };
  }

  /**
   * Journals a new launch and starts its supervisor; resolves when that has taken over. What an earlier, dead
   * supervisor of the service left running is ended first.
   * @throws CcError `Unreachable` when the supervisor does not come up, `Aborted`.
   */
  async launch(domain: string, applied: AppliedSpec, service: AppliedService, signal: AbortSignal): Promise<void> {
    await endProcesses({
      prefix: `${this.prefix(domain)}${service.name}/`,
      cgroups: this.#options.cgroups,
      graceMs: service.launch.stopGraceMs,
      clock: this.#options.clock,
      signal,
    });
    await this.launchAfterStop(domain, applied, service, signal);
  }

  /** {@link launch} right after {@link stop}: a listing has just shown that nothing of the app is left. */
  async launchAfterStop(
    domain: string,
    applied: AppliedSpec,
    service: AppliedService,
    signal: AbortSignal,
  ): Promise<void> {
    const paths = this.#options.layout.app(domain).service(service.name);
    const token = `${this.prefix(domain)}${service.name}/${randomBytes(6).toString('hex')}`;
    await mkdir(paths.home, { recursive: true, mode: 0o700 });
    const before = await readRecord(paths.record);
    await writeRecord(paths.record, newRecord(applied, token, before));
    await this.#spawn(domain, applied, { name: service.name, token, signal });
  }

  /**
   * Ends all processes of the app and waits until they are gone: the supervisors stop their services with their grace,
   * what has no supervisor any more is ended by its token. Idempotent.
   * @throws CcError `DeadlineExceeded`, `Aborted`.
   */
  async stop(domain: string, applied: AppliedSpec | undefined, signal: AbortSignal): Promise<void> {
    const { clock, cgroups } = this.#options;
    const graces = (applied?.services ?? []).map(({ launch }) => launch.stopGraceMs);
    const graceMs = Math.max(...graces, graces.length === 0 ? DEFAULT_GRACE_MS : 0);
    // Listed first: a daemon that shed its environment is known by its parent only while that lives.
    const known = await this.list(domain, applied);
    const services = { ...this.#marks(domain, applied), graceMs, clock, signal, known };
    const commands = { prefix: this.#execPrefix(domain), cgroups, graceMs: EXEC_GRACE_MS, clock, signal };
    if (known.length > 0) {
      await this.#stopSupervisors(domain, graceMs + SUPERVISOR_MARGIN_MS, signal);
      await endProcesses(services);
    } else await removeCgroups(services);
    // Nobody but this controller starts any.
    const isUnderWay = known.some(({ token }) => token.startsWith(commands.prefix));
    await (isUnderWay ? endProcesses(commands) : removeCgroups(commands));
  }

  #execPrefix(domain: string): string {
    return `${this.#options.instanceId}/child/exec/${domain}/`;
  }

  async #stopSupervisors(domain: string, deadlineMs: number, signal: AbortSignal): Promise<void> {
    const app = this.#options.layout.app(domain);
    const names = await namesIn(app.services);
    const records = await Promise.all(names.map((name) => readRecord(app.service(name).record)));
    await this.#supervisors.end(records, deadlineMs, signal);
  }

  async #spawn(
    domain: string,
    applied: AppliedSpec,
    { name, token, signal }: { name: string; token: string; signal: AbortSignal },
  ): Promise<void> {
    const { layout, path, supervisorCommand, cgroups } = this.#options;
    const app = layout.app(domain);
    const paths = app.service(name);
    const output = await open(paths.supervisorLog, 'w', 0o600);
    try {
      const start = (): Child =>
        startChild({
          argv: [...supervisorCommand, app.directory, name, applied.specId, String(HANDLE)],
          cwd: app.directory,
          env: { PATH: path, LANG: 'C.UTF-8', [TOKEN_VARIABLE]: token },
          output: output.fd,
          handle: 'pipe',
        });
      const child = cgroups ? cgroups.startInside(token, start) : start();
      const what = `the supervisor of ${name} of ${domain}`;
      await this.#supervisors.takenOver({ child, token, paths, what, signal }).finally(child.detach);
    } finally {
      await output.close();
    }
  }
}

function newRecord(applied: AppliedSpec, token: string, before: SupervisorRecord | undefined): SupervisorRecord {
  return {
    token,
    specId: applied.specId,
    ...present({ commit: applied.commit, version: applied.version }),
    state: 'Launching',
    health: 'None',
    exits: before?.exits ?? [],
  };
}
