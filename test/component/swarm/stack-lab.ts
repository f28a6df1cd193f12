import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppSpec, ContainerLimits, Revision } from '../../../lib/platform/platform.ts';
import type { SwarmPlatform } from '../../../lib/platform/swarm/swarm-platform.ts';
import { stackNameOf } from '../../../lib/recipe/compose.ts';
import { deployTo } from '../../contract/platform/deploy-to.ts';
import { swarmPlatform } from '../../contract/platform/swarm-subject.ts';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../../rig/test-engine.ts';

const never = new AbortController().signal;

/** What of a stack a test chooses; everything else is one service `app` with the volume `data`. */
export interface Stack {
  /** Over the keys of the service. */
  app?: Record<string, unknown>;
  /** Over the keys of the file. */
  top?: Record<string, unknown>;
  env?: Record<string, string>;
  /** Compose name → value. */
  secrets?: Record<string, string>;
  /** For a commit that nobody trusts. */
  limits?: ContainerLimits;
  /** Path in the recipe → text. */
  files?: Record<string, string>;
}

/** The swarm platform on the test engine, for stacks that a test writes. `close` removes all of it. */
export class StackLab {
  readonly platform: SwarmPlatform;
  readonly zone: string;
  readonly #directory = mkdtempSync(join(tmpdir(), 'ccci-lab-'));

  constructor() {
    ensureBusyboxImage();
    const instanceId = `lab-${randomBytes(4).toString('hex')}`;
    this.zone = `${instanceId.slice(4)}.test`;
    const stateDirectory = join(this.#directory, 'state');
    this.platform = swarmPlatform({ kind: 'Swarm', stateDirectory, instanceId });
  }

  stackOf(name: string): string {
    return stackNameOf(this.domain(name));
  }

  domain(name: string): string {
    return `${name}.${this.zone}`;
  }

  /** Deploys `<name>.<zone>` at a commit of that name. */
  async deploy(name: string, stack: Stack = {}, commit = 'a1'): Promise<void> {
    const [app, revision] = this.#recipe({ domain: this.domain(name), commit, stack });
    await deployTo(this.platform, app, revision);
  }

  async close(): Promise<void> {
    for (const app of await this.platform.apps(never)) await this.platform.destroy(app, never);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #recipe({ domain, commit, stack }: { domain: string; commit: string; stack: Stack }): [AppSpec, Revision] {
    const directory = join(this.#directory, domain, commit);
    const secrets = Object.entries(stack.secrets ?? {}).map(([name, value]): [string, string] => {
      const file = join(directory, '..', `${commit}-${name}`);
      return [file, value];
    });
    mkdirSync(directory, { recursive: true });
    for (const [file, value] of secrets) writeFileSync(file, value, { mode: 0o600 });
    for (const [path, text] of Object.entries(stack.files ?? {})) writeFileSync(join(directory, path), text);
    writeFileSync(join(directory, 'compose.yml'), JSON.stringify(composeOf(stack)));
    const names = Object.keys(stack.secrets ?? {});
    const files = Object.fromEntries(names.map((name, index) => [name, secrets[index]?.[0] ?? '']));
    const env = stack.env ?? {};
    return [
      {
        domain,
        recipe: 'lab',
        composeFiles: ['compose.yml'],
        env,
        secrets: files,
        ...(stack.limits && { limits: stack.limits }),
      },
      { commit, version: `1.0.0+${commit}`, directory },
    ];
  }
}

/** Serves `/data` at 8080 unless the test says otherwise. */
function composeOf({ app = {}, top = {} }: Stack): Record<string, unknown> {
  const deploy = {
    endpoint_mode: 'dnsrr',
    restart_policy: { condition: 'any', delay: '300ms' },
    update_config: { order: 'stop-first', monitor: '300ms' },
    labels: ['coop-cloud.${STACK_NAME}.version=1.0.0'],
  };
  const command = ['sh', '-c', 'echo up as $$WHO; exec httpd -f -p 8080 -h /data'];
  return {
    version: '3.8',
    services: { app: { image: BUSYBOX_IMAGE, command, volumes: ['data:/data'], deploy, ...app } },
    volumes: { data: {} },
    ...top,
  };
}
