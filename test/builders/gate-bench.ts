import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppHome } from '../../lib/app/app-home.ts';
import type { AppSettings } from '../../lib/app/app-plan.ts';
import { readSide, type Side } from '../../lib/gate/side.ts';
import { recipeDirectory } from '../unit/recipe/recipe-files.ts';

/** A service as it is written in a compose file. */
export type ServiceDraft = Record<string, unknown> & { image: string; volumes: unknown[] };

/** A compose file as an object, to be changed in place. */
export interface ComposeDraft {
  services: Record<string, ServiceDraft>;
  volumes: Record<string, unknown>;
  secrets: Record<string, unknown>;
  configs: Record<string, unknown>;
  networks: Record<string, unknown>;
}

/** Two services with data, a secret, a config and a proxy: an ordinary recipe. */
export function ordinaryCompose(): ComposeDraft {
  return {
    services: {
      app: {
        image: 'example/notes:1.4.0',
        volumes: ['data:/data', '/var/run/docker.sock:/var/run/docker.sock:ro', '/srv/media:/media'],
        environment: { DATA_DIR: '/data/notes', SMTP_HOST: '${SMTP_HOST:-localhost}' },
        secrets: ['token'],
        configs: [{ source: 'entry', target: '/entry.sh' }],
        networks: ['proxy', 'internal'],
        healthcheck: { test: ['CMD', 'true'], interval: '30s' },
        ports: ['2222:22'],
        deploy: {
          labels: ['coop-cloud.${STACK_NAME}.version=1.0.0+1.4.0', 'backupbot.backup=true'],
          placement: { constraints: ['node.role == manager'] },
        },
      },
      db: {
        image: 'postgres:16.4-alpine3.19',
        volumes: ['db:/var/lib/postgresql/data'],
        environment: { POSTGRES_USER: 'notes', POSTGRES_DB: 'notes' },
        networks: ['internal'],
      },
      cache: { image: 'nginx:1.25', volumes: [], networks: ['internal'] },
    },
    volumes: { data: {}, db: {} },
    secrets: { token: { external: true, name: '${STACK_NAME}_token_${SECRET_TOKEN_VERSION:-v1}' } },
    configs: { entry: { file: 'entry.sh', name: '${STACK_NAME}_entry_${ENTRY_VERSION}' } },
    networks: { proxy: { external: true }, internal: {} },
  };
}

/** Changes a draft. */
export type Edit = (draft: ComposeDraft) => void;

/** Files beside `compose.yml`. */
export const ORDINARY_FILES: Readonly<Record<string, string>> = {
  '.env.sample': 'TYPE=notes\nDOMAIN=n.example.org\nSMTP_HOST=localhost\nSECRET_TOKEN_VERSION=v1\n',
  'abra.sh': 'export ENTRY_VERSION=v1\n',
  'entry.sh': 'exec app\n',
};

export interface SideOptions {
  version?: string;
  edit?: Edit;
  files?: Readonly<Record<string, string>>;
}

/** An app whose versions are read as the gate reads them: over one env, with the secrets that it has. */
export class GateBench {
  readonly home: AppHome;
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
    this.home = new AppHome(root, 'n.example.org');
  }

  static async open(): Promise<GateBench> {
    const bench = new GateBench(await mkdtemp(join(tmpdir(), 'cc-gate-')));
    await bench.keep(ORDINARY_FILES['.env.sample'] ?? '', ['token']);
    return bench;
  }

  /** The env of the app, and secrets that it has. */
  async keep(env: string, secrets: readonly string[] = []): Promise<void> {
    await this.home.writeEnv(env);
    for (const name of secrets) await this.home.createSecret(name, 'hunter2-of-the-app');
  }

  async side(
    { version = '1.0.0+1.4.0', edit, files = {} }: SideOptions,
    app: Partial<AppSettings> = {},
  ): Promise<Side> {
    const draft = ordinaryCompose();
    edit?.(draft);
    const all = { ...ORDINARY_FILES, 'compose.yml': JSON.stringify(draft), ...files };
    const directory = await recipeDirectory(all);
    const settings = { recipe: 'notes', ...app };
    return readSide(version, { home: this.home, revision: { commit: 'a'.repeat(40), directory }, app: settings });
  }

  async close(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }
}
