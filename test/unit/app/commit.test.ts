import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { AppHome } from '../../../lib/app/app-home.ts';
import { type AppPlan, planInstall, planUpgrade } from '../../../lib/app/app-plan.ts';
import { commitAdditions, commitPlan } from '../../../lib/app/commit.ts';
import { codeOf } from '../../contract/platform/platform-contract.ts';
import { removeRecipes } from '../recipe/recipe-files.ts';
import { FILES, PlanBench } from './plan-bench.ts';

/** Dies before the write that comes after so many. */
class DyingHome extends AppHome {
  readonly writes: string[] = [];
  left = Number.POSITIVE_INFINITY;

  override async writeEnv(text: string): Promise<void> {
    this.#enter('env');
    await super.writeEnv(text);
  }

  override async createSecret(name: string, value: string): Promise<void> {
    this.#enter(name);
    await super.createSecret(name, value);
  }

  override async replaceSecret(name: string, value: string | Uint8Array): Promise<void> {
    this.#enter(name);
    await super.replaceSecret(name, value);
  }

  #enter(what: string): void {
    if (this.left === 0) throw new Error(`died before ${what}`);
    this.left -= 1;
    this.writes.push(what);
  }
}

describe('the commit of a plan', () => {
  let bench: PlanBench;
  let home: DyingHome;

  beforeEach(async () => {
    bench = await PlanBench.open();
    home = new DyingHome(bench.root, bench.home.domain);
    await bench.place(undefined, ['brought']);
  });
  afterEach(async () => {
    await bench.close();
    await removeRecipes();
  });

  const install = async (files?: Readonly<Record<string, string>>): Promise<AppPlan> =>
    await planInstall(await bench.options(files));

  it('writes the env first, then the secrets that are not there, and gives what a platform needs', async () => {
    const plan = await install();
    const { spec, revision } = await commitPlan(plan, home);
    expect(home.writes).to.deep.equal(['env', 'token', 'mail', 'banner']);
    const { env, secrets } = await bench.written();
    expect(env).to.equal(plan.envText);
    expect(secrets).to.include({ mail: 'given', brought: 'there', banner: 'of the recipe\n' });
    expect(secrets.token).to.match(/^[0-9a-f]{20}$/);
    expect(revision).to.equal(plan.revision);
    expect(spec).to.deep.include({
      domain: home.domain,
      recipe: 'notes',
      composeFiles: ['compose.yml'],
      env: plan.env,
    });
    expect(spec.secrets).to.deep.equal(await home.secretFiles());
  });

  it('is idempotent: a second one changes nothing', async () => {
    const plan = await install();
    const first = await commitPlan(plan, home);
    const before = await bench.written();
    expect(await commitPlan(plan, home)).to.deep.equal(first);
    expect(await bench.written()).to.deep.equal(before);
  });

  for (const later of ['the same plan', 'a plan made anew'] as const) {
    it(`cut off between any two writes, ${later} ends it the same way`, async () => {
      for (let left = 0; left < 4; left += 1) {
        await bench.place(undefined, ['brought']);
        const plan = await install();
        home.left = left;
        await commitPlan(plan, home).catch(() => undefined);
        const cut = await bench.written();
        expect(Object.keys(cut.secrets), `after ${left} writes`).to.have.lengthOf(Math.max(1, left));
        await commitPlan(later === 'the same plan' ? plan : await install(), bench.home);
        const ended = await bench.written();
        expect(ended.env).to.equal(plan.envText);
        expect(ended.secrets, 'what was written before the cut').to.include(cut.secrets);
        expect(ended.secrets).to.have.all.keys('token', 'mail', 'brought', 'banner');
        expect(ended.secrets).to.include({ mail: 'given', banner: 'of the recipe\n' });
      }
    });
  }

  it('takes the recipe’s own value with the revision, and keeps every other', async () => {
    await commitPlan(await install(), home);
    const before = await bench.written();
    await commitPlan(await planUpgrade(await bench.options({ ...FILES, 'banner.txt': 'new' })), home);
    const { secrets } = await bench.written();
    expect(secrets).to.deep.equal({ ...before.secrets, banner: 'new' });
  });

  for (const [what, files, code] of [
    ['a fault of the plan', { ...FILES, '.env.sample': 'SECRET_TOKEN_VERSION=v1 # charset=runes' }, 'InvalidInput'],
    [
      'a file of the recipe that is missing',
      { ...FILES, 'compose.yml': FILES['compose.yml'].replace('banner.txt', 'x') },
      'InvalidInput',
    ],
  ] as const) {
    it(`writes nothing where there is ${what}`, async () => {
      expect(await codeOf(commitPlan(await install(files), home))).to.equal(code);
      expect(home.writes).to.deep.equal([]);
    });
  }

  it('writes nothing where a given file cannot be read', async () => {
    await rm(join(bench.root, 'mail'));
    expect(await codeOf(commitPlan(await install(), home))).to.equal('Misconfigured');
    expect(home.writes).to.deep.equal([]);
  });

  it('I13 refuses a plan over an env that something else wrote meanwhile, as a restore does', async () => {
    await commitPlan(await install(), bench.home);
    const options = await bench.options();
    const plan = await planUpgrade({ ...options, overlays: [{ TAG: '2' }] });
    await bench.home.writeEnv('TAG=of the restored set\n');
    expect(await codeOf(commitPlan(plan, home))).to.equal('Conflict');
    expect(home.writes).to.deep.equal([]);
    const again = await planUpgrade({ ...options, overlays: [{ TAG: '2' }] });
    await commitPlan(again, home);
    await commitPlan(again, home);
    expect((await bench.written()).env).to.equal(again.envText);
  });

  it('additions of a hook are laid over what was committed; a secret of theirs wins', async () => {
    await commitPlan(await install(), home);
    await commitAdditions(home, { env: { TAG: '9' }, secrets: [['token', 'of the hook']] });
    const { env, secrets } = await bench.written();
    expect(env).to.include('TYPE=notes').and.to.include('TAG=9');
    expect(secrets).to.include({ token: 'of the hook', mail: 'given' });
  });
});
