import { mkdir, writeFile } from 'node:fs/promises';
import { CcError } from '../../errors.ts';
import { writeJsonDurable } from '../../fs/durable.ts';
import { namesIn } from '../../fs/exists.ts';
import { removeTree } from '../../fs/remove-tree.ts';
import type { PortReservations } from '../port-reservations.ts';
import type { AppLayout, ProcessLayout } from './layout.ts';
import { lookAtService, type RecordedService } from './observation.ts';
import { portsOf } from './plan.ts';
import type { ServiceProcesses } from './processes.ts';
import { type AppliedSpec, emptyApplied, readApplied, writeApplied } from './record.ts';

/** Ports of ended processes must be free again after so many milliseconds. */
const PORTS_FREE_MS = 10_000;

export interface ProcessAppOptions {
  domain: string;
  instanceId: string;
  layout: ProcessLayout;
  processes: ServiceProcesses;
  ports: PortReservations;
}

/** One app: the spec that was applied (`platform.json`), and the processes that follow from it. */
export class ProcessApp {
  readonly #options: ProcessAppOptions;
  readonly #domain: string;
  readonly #layout: AppLayout;

  constructor(options: ProcessAppOptions) {
    this.#options = options;
    this.#domain = options.domain;
    this.#layout = options.layout.app(options.domain);
  }

  /** @throws CcError `Refused` when another instance applied it: its processes carry tokens that we do not know. */
  async read(): Promise<AppliedSpec | undefined> {
    const applied = await readApplied(this.#layout.applied);
    if (applied === undefined || applied.engineId === this.#options.instanceId) return applied;
    throw new CcError('Refused', `app ${this.#domain} belongs to the instance ${applied.engineId}`, {
      remedy: 'Run it with the state directory it was made with.',
    });
  }

  /** As {@link read}; what nobody applied yet is undeployed. */
  async readOrEmpty(): Promise<AppliedSpec> {
    return (await this.read()) ?? emptyApplied(this.#options.instanceId);
  }

  async write(applied: AppliedSpec): Promise<void> {
    await writeApplied(this.#layout.applied, applied);
  }

  /** Makes what is wanted run in the place of what ran before; the same one is left as it is where it is whole. */
  async run(before: AppliedSpec, applied: AppliedSpec, signal: AbortSignal): Promise<void> {
    const isWhole = applied === before && !(await this.isTorn(before));
    if (!isWhole) await this.replace(before, applied, signal);
    await this.launchMissing(applied, isWhole ? 'Nothing' : 'Replace', signal);
  }

  /** Writes what is wanted, then ends all that ran before, so that nothing of before can start again. */
  async replace(before: AppliedSpec, applied: AppliedSpec, signal: AbortSignal): Promise<void> {
    await writeJsonDurable(this.#layout.ports, portsOf(applied.endpoints));
    await this.write(applied);
    await this.stopProcesses(before, signal);
    for (const name of await namesIn(this.#layout.services)) {
      if (!applied.services.some((service) => service.name === name))
        await removeTree(this.#layout.service(name).directory);
    }
  }

  /** An earlier change was interrupted: something of the spec before still runs. */
  async isTorn(applied: AppliedSpec): Promise<boolean> {
    const recorded = await this.recorded(applied);
    const names = await namesIn(this.#layout.services);
    return (
      recorded.some(({ record, alive }) => alive && record?.specId !== applied.specId) ||
      names.some((name) => !applied.services.some((service) => service.name === name))
    );
  }

  /** @param after what came right before: after a {@link replace} nothing is left that would have to be ended first. */
  async launchMissing(applied: AppliedSpec, after: 'Replace' | 'Nothing', signal: AbortSignal): Promise<void> {
    await this.tell();
    const missing = (await this.recorded(applied)).filter(
      ({ service, record, alive }) =>
        service.replicas > 0 && !alive && !(record?.specId === applied.specId && record.state === 'Ended'),
    );
    const { processes } = this.#options;
    const how = after === 'Replace' ? 'launchAfterStop' : 'launch';
    await Promise.all(missing.map(({ service }) => processes[how](this.#domain, applied, service, signal)));
    await this.tell();
  }

  /** Ends all of it; volumes and ports stay. Idempotent. */
  async takeDown(signal: AbortSignal): Promise<void> {
    const applied = await this.read();
    if (applied && applied.state !== 'Undeployed') await this.write({ ...applied, state: 'Removing' });
    await this.stopProcesses(applied, signal);
    if (!applied || applied.state === 'Undeployed') return;
    const { engineId, volumes } = applied;
    await this.write({ ...emptyApplied(engineId), volumes });
    await this.tell();
  }

  /** @throws CcError `DeadlineExceeded` when a port of an app that ran is not free again. */
  async stopProcesses(applied: AppliedSpec | undefined, signal: AbortSignal): Promise<void> {
    const { processes, ports } = this.#options;
    await processes.stop(this.#domain, applied, signal);
    const busy = await ports.waitUntilFree(
      (applied?.endpoints ?? []).map(({ port }) => port),
      PORTS_FREE_MS,
    );
    if (busy.length === 0) return;
    throw new CcError('DeadlineExceeded', `port ${busy.join(', ')} of ${this.#domain} is still in use`, {
      remedy: 'End the process that listens there; it was not started by this app, or hid from it.',
    });
  }

  /** The applied services with what their supervisors wrote and whether those live. */
  async recorded(applied: AppliedSpec): Promise<RecordedService[]> {
    return await Promise.all(
      applied.services.map((service) => lookAtService(service, this.#layout.service(service.name).record)),
    );
  }

  /** Lets those who watch know that something changed. */
  async tell(): Promise<void> {
    const { layout } = this.#options;
    await mkdir(layout.changes, { recursive: true });
    await writeFile(layout.change(this.#domain), '');
  }
}
