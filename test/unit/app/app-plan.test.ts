import { expect } from 'chai';
import fc from 'fast-check';
import { planApp, planInstall, planUpgrade } from '../../../lib/app/app-plan.ts';
import { planChanges } from '../../../lib/app/plan-changes.ts';
import { codeOf } from '../../contract/platform/platform-contract.ts';
import { removeRecipes } from '../recipe/recipe-files.ts';
import { COMPOSE, FILES, PlanBench, plain, SAMPLE } from './plan-bench.ts';

const value = fc.stringMatching(/^[\w {}$"'#=-]{0,12}$/);
const env = fc.dictionary(fc.constantFrom('GREETING', 'TAG_NOTE', 'A', 'B'), value, { maxKeys: 4 });
/** Env files as people and hooks leave them, whole or not. */
const envText = fc
  .array(fc.oneof(fc.constant('# a remark'), fc.tuple(fc.constantFrom('A', 'B', 'GREETING'), value)))
  .map((lines) => lines.map((line) => (typeof line === 'string' ? line : line.join('='))).join('\n'));

describe('the plan of an app', () => {
  let bench: PlanBench;

  beforeEach(async () => {
    bench = await PlanBench.open();
  });
  afterEach(async () => {
    await bench.close();
    await removeRecipes();
  });

  const sources = async (present: readonly string[] = [], files = FILES) => {
    const { secrets } = await planApp({ ...(await bench.options(files)), domain: 'n.example.org', present });
    return Object.fromEntries(secrets.map(({ name, from }) => [name, from]));
  };
  const faults = async (files: Readonly<Record<string, string>>, domain = 'n.example.org') => {
    const plan = await planApp({ ...(await bench.options(files)), domain, present: ['brought'] });
    return plan.faults.map(({ code }) => code);
  };

  it('I13 writes nothing, and is the same again, whatever is kept, laid over and there', async () => {
    const options = await bench.options();
    const property = fc.asyncProperty(
      fc.option(envText, { nil: undefined }),
      fc.array(env, { maxLength: 3 }),
      fc.subarray(['token', 'mail', 'brought', 'banner']),
      async (kept, overlays, present) => {
        await bench.place(kept, present);
        const before = await bench.stamps();
        const plan = kept === undefined ? planInstall : planUpgrade;
        const first = plain(await plan({ ...options, overlays }));
        expect(plain(await plan({ ...options, overlays }))).to.deep.equal(first);
        expect(await bench.stamps()).to.deep.equal(before);
      },
    );
    await fc.assert(property, { numRuns: 10 });
  });

  it('over what it would write it is the same plan', async () => {
    const options = { ...(await bench.options()), domain: 'n.example.org', present: ['brought'] };
    const property = fc.asyncProperty(env, env, async (own, laid) => {
      const wanted = { ...options, app: { ...options.app, env: own }, overlays: [laid] };
      const plan = await planApp(wanted);
      const again = await planApp({ ...wanted, kept: plan.envText });
      expect([again.envText, again.env, again.faults]).to.deep.equal([plan.envText, plan.env, []]);
      expect(planChanges(plan, again)).to.deep.equal([]);
    });
    await fc.assert(property, { numRuns: 10 });
  });

  it('lays the env in order, fills in the domain, and says which files and values follow from it', async () => {
    const options = await bench.options({ ...FILES, 'compose.b.yml': 'services: {b: {image: "b:${TAG}"}}\n' });
    const app = { ...options.app, env: { COMPOSE_FILE: 'compose.yml:compose.b.yml', TAG: '2', GREETING: 'own' } };
    const plan = await planApp({ ...options, app, overlays: [{ GREETING: 'at {domain}' }], domain: 'x.example.org' });
    expect(plan.env).to.include({ TYPE: 'notes', GREETING: 'at x.example.org', DOMAIN: 'x.example.org' });
    expect(plan.compose.services.map(({ image }) => image)).to.deep.equal(['notes:2', 'b:2']);
    expect(plan.envText).to.include('# length=20 charset=hex').and.to.match(/\n$/);
  });

  it('begins with the env that is kept, and takes no new keys of the sample', async () => {
    const plan = await planApp({ ...(await bench.options()), domain: 'n.example.org', kept: 'TAG=7' });
    expect(plan.env).to.deep.equal({ TAG: '7', DOMAIN: 'n.example.org' });
    expect(plan.over).to.equal('TAG=7');
  });

  it('an upgrade without its env is DataMissing', async () => {
    expect(await codeOf(planUpgrade(await bench.options()))).to.equal('DataMissing');
  });

  it('says where each secret comes from; one of the recipe goes with the revision, others stay', async () => {
    const fresh = { token: 'Generated', mail: 'Given', brought: 'Missing', banner: 'Recipe' };
    expect(await sources()).to.deep.equal(fresh);
    const kept = { token: 'Kept', mail: 'Kept', brought: 'Kept', banner: 'Recipe' };
    expect(await sources(['token', 'mail', 'brought', 'banner'])).to.deep.equal(kept);
  });

  for (const [what, files, code] of [
    ['no sample', { 'compose.yml': COMPOSE, 'banner.txt': '' }, 'InvalidInput'],
    ['a charset that nobody knows', { ...FILES, '.env.sample': SAMPLE.replace('hex', 'runes') }, 'InvalidInput'],
    ['a secret without a value', { ...FILES, 'compose.yml': COMPOSE.replaceAll('mail', 'brought2') }, undefined],
  ] as const) {
    it(`tells, rather than throws, what keeps it from being committed: ${what}`, async () => {
      expect(await faults(files)).to.deep.equal(code === undefined ? [] : [code]);
    });
  }

  it('tells of a stack name that is too long, and of a secret that nobody brought', async () => {
    expect(await faults(FILES, `${'n'.repeat(60)}.example.org`)).to.deep.equal(['Misconfigured']);
    const plan = await planInstall(await bench.options());
    expect(plan.faults.map(({ code }) => code)).to.deep.equal(['Misconfigured']);
    expect(plan.faults[0]?.message).to.include('brought');
  });

  it('throws for compose files that cannot be read', async () => {
    const options = await bench.options({ ...FILES, 'compose.yml': 'services: [' });
    expect(await codeOf(planInstall(options))).to.equal('InvalidInput');
  });

  it('I10 names in what it differs from another, without values of its env', async () => {
    const from = await planInstall(await bench.options());
    const text = COMPOSE.replaceAll('banner', 'motd')
      .replace('data', 'media')
      .replace('{ image: "notes:', '{ image: "other:');
    const options = await bench.options({ ...FILES, 'compose.yml': `${text}` });
    const to = await planInstall({ ...options, overlays: [{ PASSWORD: 'never told', TYPE: 'other' }] });
    expect(planChanges(from, to)).to.deep.equal([
      { part: 'Image', name: 'app', change: 'Changed', before: 'notes:1', after: 'other:1' },
      { part: 'Volume', name: 'data', change: 'Removed', before: 'data' },
      { part: 'Volume', name: 'media', change: 'Added', after: 'media' },
      { part: 'Secret', name: 'banner', change: 'Removed', before: 'n_example_org_banner' },
      { part: 'Secret', name: 'motd', change: 'Added', after: 'n_example_org_motd' },
      { part: 'Env', name: 'PASSWORD', change: 'Added' },
      { part: 'Env', name: 'TYPE', change: 'Changed' },
    ]);
    expect(JSON.stringify(planChanges(from, to))).not.to.include('never told');
    expect(planChanges(to, to)).to.deep.equal([]);
  });
});
