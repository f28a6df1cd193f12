import { CcError } from '../../../errors.ts';
import { stackNameOf } from '../../../recipe/compose.ts';
import type { StateLayout } from '../../state-layout.ts';
import type { Engine } from '../engine/engine.ts';
import { emptyRecord, readStackRecord, type StackRecord, stackRecordPath, writeStackRecord } from './record.ts';
import { remaining } from './removal.ts';

export interface StackClaimsOptions {
  engine: Engine;
  instanceId: string;
  layout: StateLayout;
}

/** The claims of this instance on stacks of one swarm: `swarm.json` of each app. What has no claim is not touched. */
export class StackClaims {
  readonly #options: StackClaimsOptions;

  constructor(options: StackClaimsOptions) {
    this.#options = options;
  }

  /** @throws CcError `Refused` for a record of another instance, `Damaged`. */
  async read(domain: string): Promise<StackRecord | undefined> {
    const record = await readStackRecord(stackRecordPath(this.#options.layout, domain));
    if (record === undefined || record.instanceId === this.#options.instanceId) return record;
    const remedy = 'Run it with the state directory it was made with.';
    throw new CcError('Refused', `app ${domain} belongs to the instance ${record.instanceId}`, { remedy });
  }

  async write(domain: string, record: StackRecord): Promise<void> {
    await writeStackRecord(stackRecordPath(this.#options.layout, domain), record);
  }

  /**
   * The claim on the app's stack, journaled now where there is none and nobody else has such a stack.
   * @throws CcError `Conflict` (somebody else's stack), and as {@link read} and {@link assertHere}.
   */
  async claim(domain: string, signal: AbortSignal): Promise<StackRecord> {
    const engineId = await this.engineId(signal);
    const record = await this.read(domain);
    if (record !== undefined) {
      assertSameEngine(domain, record, engineId);
      return record;
    }
    const claim = emptyRecord({ engineId, instanceId: this.#options.instanceId, stack: stackNameOf(domain) });
    const found = await this.onEngine(claim, signal);
    if (found.length > 0)
      throw new CcError('Conflict', `the stack ${claim.stack} exists and was not made here: ${found.join(', ')}`, {
        remedy: 'Choose another app.domain, or remove that stack and its volumes, secrets and configs by hand.',
      });
    await this.write(domain, claim);
    return claim;
  }

  /** @throws CcError `Refused` where another swarm answers than the one of the claim, `Unreachable`. */
  async assertHere(domain: string, record: StackRecord, signal: AbortSignal): Promise<void> {
    assertSameEngine(domain, record, await this.engineId(signal));
  }

  /** Id of the swarm that answers. @throws CcError `Unreachable`. */
  async engineId(signal: AbortSignal): Promise<string> {
    const { clusterId, manager } = await this.#options.engine.identity(signal);
    if (manager) return clusterId;
    const remedy = 'Run docker swarm init, or connect to a manager with --swarm-socket.';
    throw new CcError('Unreachable', 'this node is not a manager of an active swarm', { remedy });
  }

  /** What the engine has under the stack's label, one line each; volumes of the record excepted. */
  async onEngine({ stack, secrets, mountpoints }: StackRecord, signal: AbortSignal): Promise<string[]> {
    const engine = this.#options.engine;
    const names = secrets.map(({ versionedName }) => versionedName);
    const known = Object.keys(mountpoints).map((name) => `${stack}_${name}`);
    const volumes = (await engine.volumes(stack, signal)).filter(({ name }) => !known.includes(name));
    return [
      ...remaining(await engine.stack(stack, signal)),
      ...(await engine.networks(stack, signal)).map(({ name }) => `network ${name}`),
      ...volumes.map(({ name }) => `volume ${name}`),
      ...(await engine.secrets(stack, names, signal)).map(({ name }) => `secret ${name}`),
      ...(await engine.configs(stack, signal)).map(({ name }) => `config ${name}`),
    ];
  }
}

function assertSameEngine(domain: string, record: StackRecord, engineId: string): void {
  if (record.engineId === engineId) return;
  const said = `app ${domain} is on the swarm ${record.engineId}, the one that answers is ${engineId}`;
  throw new CcError('Refused', said, { remedy: 'Connect to that swarm again.' });
}
