import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppHome } from '../../../lib/app/app-home.ts';
import type { AppPlan, AppSettings, HomePlanOptions } from '../../../lib/app/app-plan.ts';
import type { Revision } from '../../../lib/platform/platform.ts';
import { recipeDirectory } from '../recipe/recipe-files.ts';

const VERSIONED = (name: string) => `{ external: true, name: "\${STACK_NAME}_${name}_v1" }`;
/** A secret of each kind: generated, given by a person, brought by a person or not at all, held by the recipe. */
export const COMPOSE = `services:
  app: { image: "notes:\${TAG:-1}", environment: [GREETING], secrets: [token, mail, brought, banner] }
volumes: { data: {} }
secrets:
  token: ${VERSIONED('token')}
  mail: ${VERSIONED('mail')}
  brought: ${VERSIONED('brought')}
  banner: { file: banner.txt }
`;
export const SAMPLE =
  'TYPE=notes\nSECRET_TOKEN_VERSION=v1 # length=20 charset=hex\n#SECRET_BROUGHT_VERSION=v1 # generate=false\n';
export const FILES = { 'compose.yml': COMPOSE, '.env.sample': SAMPLE, 'banner.txt': 'of the recipe\n' };

/** An app's home and checkouts of its recipe, below a temp directory. */
export class PlanBench {
  readonly root: string;
  readonly home: AppHome;

  private constructor(root: string) {
    this.root = root;
    this.home = new AppHome(root, 'n.example.org');
  }

  static async open(): Promise<PlanBench> {
    const bench = new PlanBench(await mkdtemp(join(tmpdir(), 'cc-plan-')));
    await writeFile(join(bench.root, 'mail'), 'given\n');
    return bench;
  }

  get app(): AppSettings {
    return {
      recipe: 'notes',
      secrets: { policy: 'Generate', items: [{ name: 'mail', file: join(this.root, 'mail') }] },
    };
  }

  async revision(files: Readonly<Record<string, string>> = FILES): Promise<Revision> {
    return { commit: 'a'.repeat(40), directory: await recipeDirectory(files) };
  }

  async options(files?: Readonly<Record<string, string>>): Promise<HomePlanOptions> {
    return { home: this.home, revision: await this.revision(files), app: this.app };
  }

  /** Makes env and secrets what they are to be, without the care that a commit takes. */
  async place(env: string | undefined, secrets: readonly string[]): Promise<void> {
    await rm(this.home.directory, { recursive: true, force: true });
    await mkdir(this.home.secretsDirectory, { recursive: true });
    if (env !== undefined) await writeFile(this.home.envFile, env);
    for (const name of secrets) await writeFile(join(this.home.secretsDirectory, name), 'there');
  }

  /** Everything below, by place, with what a write changes: also one of what is there already. */
  async stamps(): Promise<string[]> {
    const places = await readdir(this.root, { recursive: true });
    const stamped = places.map(async (place) => {
      const { ino, ctimeNs } = await stat(join(this.root, place), { bigint: true });
      return `${place} ${ino} ${ctimeNs}`;
    });
    return (await Promise.all(stamped)).toSorted();
  }

  /** Env and secrets as they are now. */
  async written(): Promise<{ env: string | undefined; secrets: Record<string, string> }> {
    const files = Object.entries(await this.home.secretFiles());
    const values = await Promise.all(files.map(async ([name, file]) => [name, await readFile(file, 'utf8')]));
    return { env: await this.home.readEnv(), secrets: Object.fromEntries(values) };
  }

  async close(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

/** A plan as data, to be compared. */
export function plain({ faults, ...plan }: AppPlan): unknown {
  return JSON.parse(JSON.stringify({ ...plan, faults: faults.map(({ code, message }) => [code, message]) }));
}
