import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ReadObject, readAll } from '../../../lib/store/reader.ts';
import { GiteaDouble } from '../../doubles/gitea/gitea-double.ts';
import { boxCanonical, boxRepository } from '../box-recipe.ts';
import { Bench } from '../harness.ts';

export const REPOSITORY = 'recipes/box';
export const RELEASE = '1.0.0+1.0.0';
/** Between two polls; a wake by webhook comes sooner. */
const POLL = '1s';

/** A controller whose recipe "box" lies in a forge, with a member, an outsider, and a Canonical that names the repository. */
export class ForgeBench {
  readonly bench: Bench;
  readonly gitea: GiteaDouble;

  private constructor(bench: Bench, gitea: GiteaDouble) {
    this.bench = bench;
    this.gitea = gitea;
  }

  /** Starts nothing but the forge. @param fields of the configuration; those of `forge` are laid over what suits tests. */
  static async open(
    { forge: more, ...fields }: Record<string, unknown> = {},
    canonical: Record<string, unknown> = {},
  ): Promise<ForgeBench> {
    const gitea = await GiteaDouble.start();
    for (const login of ['member', 'bot', 'outsider']) await gitea.addUser(login);
    await gitea.addOrganisation('recipes');
    await gitea.addTeam('recipes', 'maintainers', 'member', 'bot');
    const forge = { url: gitea.url, tokenFile: 'token', pollInterval: POLL, ...(more as object | undefined) };
    const bench = new Bench({ forge, maxRuns: 2, ...fields });
    mkdirSync(join(bench.root, 'recipes'));
    boxRepository(join(bench.root, 'recipes/box'), [RELEASE]);
    await gitea.addRepository(REPOSITORY, join(bench.root, 'recipes/box'));
    const token = await gitea.token('bot', 'write:repository', 'write:issue', 'read:organization', 'read:user');
    writeFileSync(join(bench.root, 'token'), `${token}\n`, { mode: 0o600 });
    const spec = boxCanonical('box', { trigger: { repository: REPOSITORY }, ...canonical });
    const app = { ...(spec.app as object), source: gitea.cloneUrl(REPOSITORY) };
    bench.apply('Canonical', 'box', { ...spec, app });
    return new ForgeBench(bench, gitea);
  }

  async dispose(): Promise<void> {
    await this.bench.dispose();
    await this.gitea.stop();
  }

  /** Until comments of before are marked. */
  async waitEnrolled(): Promise<void> {
    const isWatched = async (): Promise<boolean> => (await this.bench.ok('get', 'triggers')).includes('Watching');
    await this.bench.waitFor('the repository to be watched', isWatched);
  }

  /** Runs of a pull request. */
  async runs(pull: number): Promise<ReadObject[]> {
    const { objects } = await readAll({ stateDirectory: this.bench.state });
    return objects.filter(({ object }) => object.name.startsWith(`box-pr${pull}-`)) as ReadObject[];
  }

  /** Bodies of our comments. */
  answers(pull: number): string[] {
    const comments = this.gitea.commentsOf(REPOSITORY, pull);
    return comments.filter(({ author }) => author === 'bot').map(({ body }) => body);
  }

  states(pull: number, context: string): string[] {
    const all = this.gitea.statusesOf(REPOSITORY, this.gitea.headOf(REPOSITORY, pull));
    return all.filter((one) => one.context === context).map(({ state }) => state);
  }

  /** Until a status of that context is no more pending, and the answer says how it ended. */
  async waitAnswer(pull: number, context = 'cc-ci/testme'): Promise<void> {
    const isOver = (): boolean => !['pending', undefined].includes(this.states(pull, context).at(-1));
    const isSaid = (): boolean => this.answers(pull).some((body) => /: (passed|failed|no verdict)/.test(body));
    await this.bench.waitFor(`the answer at ${pull}`, () => isOver() && isSaid(), {
      timeoutMs: 120_000,
      progress: () => `${this.bench.log.length} ${this.gitea.calls.length}`,
    });
  }
}
