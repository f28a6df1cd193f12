import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { stepContext } from '../../../controllers/run/stage.ts';
import { prepare } from '../../../controllers/run/stages/prepare.ts';
import { toTime } from '../../../lib/clock.ts';
import { CcError, type ErrorCode } from '../../../lib/errors.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { parseVersion } from '../../../lib/recipe/version.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { BASE, HEAD } from '../../builders/resolved-run.ts';
import { enrolledCanonical, storedCanonical, storedRun } from '../../builders/stored-object.ts';
import { fields, realTools } from '../../component/snapshot/scratch.ts';
import { codeOf } from '../../rig/code-of.ts';
import { DOMAIN, RunWorld } from './run-world.ts';

const SIDE = 'c'.repeat(40);
const [OLD, NEW] = ['1.0.0+1.0.0', '1.1.0+1.1.0'];
const version = (tag: string, commit: string) => ({ tag, commit, ...parseVersion(tag) });

describe('what a run tests, as it is prepared', () => {
  let world: RunWorld;
  let versions: { tag: string; commit: string }[];
  let branch: { name: string; commit: string } | undefined;
  let trusted: boolean;
  let contained: boolean;

  beforeEach(() => {
    world = new RunWorld();
    world.resolved = undefined;
    world.recipeSource = 'https://git.example/{recipe}.git';
    versions = [version(NEW, HEAD), version(OLD, BASE)];
    [branch, trusted, contained] = [{ name: 'main', commit: SIDE }, true, true];
  });
  afterEach(() => world.close());

  const mirror = (source: string) => ({
    fetch: () => world.say(`fetch ${source}`, undefined),
    resolve: (ref: string) => world.say(`resolve ${ref}`, { ref: `refs/heads/${ref}`, commit: SIDE }),
    versions: async () => ({ versions, ignored: [] }),
    defaultBranch: async () => branch,
    contains: (ref: string, commit: string) => world.say(`contains ${ref} ${commit}`, contained),
    keep: (ref: string, commit: string) => world.say(`keep ${ref} ${commit}`, undefined),
    checkout: (commit: string) => world.say(`checkout ${commit}`, undefined),
    versionAt: async (commit: string) => versions.find((one) => one.commit === commit),
    nearestVersion: async () => undefined,
    isTrusted: (_: string, { source: from }: { source: string }) => world.say(`trusted by ${from} ${source}?`, trusted),
  });
  const step = async (name: 'Fetch' | 'Resolve' | 'CheckOut') => {
    const pass = world.pass();
    const mirrors = { of: (_: string, source: string) => mirror(source), secretValues: () => [] };
    Object.assign(pass.services, { mirrors });
    const context = await stepContext(pass, 'Prepare', 60_000);
    const outcome = await prepare.steps.find((one) => one.name === name)!.run(context);
    world.resolved = context.resolved;
    return outcome.kind === 'End' ? `${outcome.end.result} ${outcome.end.reason}` : outcome.kind;
  };
  const run = (spec: object) => {
    world.object = storedRun({}, spec);
  };
  const KEPT = [`keep run-uid-notes-head ${HEAD}`, `checkout ${HEAD}`, `keep run-uid-notes-base ${BASE}`];
  const GIT = 'https://git.example/notes.git';

  describe('its source', () => {
    it('is fetched outside the pool, and not again once it is resolved', async () => {
      expect([await step('Fetch'), world.took()]).to.deep.equal(['Next', ['leave pool', `fetch ${GIT}`]]);
      run({ source: '/own' });
      await step('Fetch');
      expect(world.took()[1]).to.equal('fetch /own');
      world.resolved = undefined;
      await step('Resolve');
      world.took();
      expect([await step('Fetch'), world.took()]).to.deep.equal(['Next', []]);
    });

    it('T100 that is wrong fails the stage; one that is not there now is an error', async () => {
      world.recipeSource = undefined;
      expect(await step('Fetch')).to.equal('Failed InvalidSource');
      run({ source: '/own' });
      world.fail('fetch /own', new CcError('Misconfigured', 'x'));
      expect(await step('Fetch')).to.equal('Failed InvalidSource');
      for (const code of ['Unreachable', 'NoSpace', 'NotFound'] as const) {
        world.fail('fetch /own', new CcError(code, 'x'));
        expect(await codeOf(step('Fetch'))).to.equal(code);
      }
    });
  });

  it('is the newest release by default, kept and checked out before it is noted, against the one before', async () => {
    await world.clock.advance(500);
    expect(await step('Resolve')).to.equal('Next');
    expect(world.took()).to.deep.equal([...KEPT, `trusted by Remote ${GIT}?`]);
    expect(world.resolved).to.deep.include({
      ...{ run: { name: 'notes', uid: 'uid-notes' }, attempt: 1, recipe: 'notes', source: GIT, sourceType: 'Remote' },
      ...{ mode: 'Cold', ref: NEW, head: { commit: HEAD, version: NEW, tag: NEW }, trusted: true, domain: DOMAIN },
      ...{ base: { from: 'Release', commit: BASE, version: OLD, tag: OLD }, resolvedTime: toTime(world.clock.now()) },
    });
    expect(world.resolved).to.not.have.any.keys('fallback', 'canonical', 'profile');
    const written = JSON.parse(readFileSync(join(world.directories.root, 'resolved.json'), 'utf8'));
    expect(written).to.deep.equal(JSON.parse(JSON.stringify(world.resolved)));
    expect([await step('Resolve'), world.took()], 'once only').to.deep.equal(['Next', []]);
  });

  it('is the default branch where nothing is released, or nothing at all', async () => {
    versions = [];
    expect(await step('Resolve')).to.equal('Next');
    expect(world.resolved).to.deep.include({ ref: 'main', head: { commit: SIDE } });
    expect(world.resolved?.base).to.include({ from: 'None', reason: 'NothingToTest' });
    [world.resolved, branch] = [undefined, undefined];
    expect(await step('Resolve')).to.equal('Failed UnknownRef');
  });

  it('is the ref that is asked for, or a commit that it contains', async () => {
    run({ ref: 'topic' });
    await step('Resolve');
    expect(world.took()[0]).to.equal('resolve topic');
    expect(world.resolved).to.deep.include({
      ref: 'refs/heads/topic',
      base: { from: 'Release', commit: HEAD, version: NEW, tag: NEW },
    });
    run({ ref: 'topic', commit: BASE });
    world.resolved = undefined;
    await step('Resolve');
    expect(world.took()).to.include(`contains refs/heads/topic ${BASE}`).and.include(`checkout ${BASE}`);
    contained = false;
    world.resolved = undefined;
    expect(await step('Resolve')).to.equal('Failed CommitNotInRef');
    expect(world.took()).to.not.include(`checkout ${BASE}`);
  });

  for (const [code, is] of [
    ['NotFound', 'Failed UnknownRef'],
    ['InvalidInput', 'Failed UnknownRef'],
    ['Unreachable', 'Unreachable'],
    ['Damaged', 'Damaged'],
  ] as [ErrorCode, string][]) {
    it(`a ref that is ${code}: ${is}`, async () => {
      run({ ref: 'topic' });
      world.fail('resolve topic', new CcError(code, 'x'));
      expect(await step('Resolve').catch((error: CcError) => error.code)).to.equal(is);
    });
  }

  it('T100 a base that is gone is lost where it was known to be good, and else an error', async () => {
    const gone = (code: ErrorCode) => {
      world.resolved = undefined;
      world.fail(KEPT[2] ?? '', new CcError(code, 'x'));
      return step('Resolve').catch((error: CcError) => error.code);
    };
    expect(await gone('NotFound')).to.equal('NotFound');
    world.others.set('Canonical/canon', enrolledCanonical({ name: 'canon' }));
    const knownGood = new KnownGoodStore({ directory: join(world.root, 'canonicals/canon') });
    writeFileSync(join(world.root, 'env'), '');
    await makeSet({
      ...{ id: 'g1', directory: knownGood.sets.directory, volumes: [], envFile: join(world.root, 'env') },
      ...{ secretsDirectory: join(world.root, 'none'), assertUndeployed: async () => {}, clock: world.clock },
      ...{ tools: realTools(), fields: { ...fields, version: OLD, commit: BASE } },
    });
    await knownGood.swap('g1', new AbortController().signal);
    expect([await gone('NotFound'), world.resolved]).to.deep.equal(['Failed KnownGoodLost', undefined]);
    expect(await gone('Unreachable')).to.equal('Unreachable');
    expect(await step('Resolve')).to.equal('Next');
    expect(world.resolved).to.have.property('base').which.includes({ from: 'KnownGood', commit: BASE });
    rmSync(join(knownGood.sets.pathOf('g1'), 'manifest.json'));
    world.resolved = undefined;
    await step('Resolve');
    expect(world.resolved, 'one that cannot be read is none')
      .to.have.property('base')
      .which.includes({ from: 'Release' });
  });

  it('Quick that fell back is Cold, and says why; passwords of sources are not kept', async () => {
    run({ mode: 'Quick', source: 'https://me:geheim@git.example/x.git' });
    Object.assign(world.journal.memory ?? {}, { fallback: 'NoKnownGood' });
    await step('Resolve');
    expect(world.resolved).to.include({ mode: 'Cold', fallback: 'NoKnownGood' });
    expect(JSON.stringify(world.resolved)).to.not.include('geheim');
  });

  describe('whether it is trusted', () => {
    const asked = async () => {
      world.resolved = undefined;
      world.took();
      const outcome = await step('Resolve');
      return [outcome, ...world.took().filter((line) => /^(?:trusted|fetch)/.test(line))];
    };

    it('comes from the configured source, which is fetched where the run names another', async () => {
      expect(await asked()).to.deep.equal(['Next', `trusted by Remote ${GIT}?`]);
      run({ source: 'https://other.example/x.git' });
      expect(await asked()).to.deep.equal(['Next', `fetch ${GIT}`, `trusted by Remote ${GIT}?`]);
      run({ source: '/own' });
      expect(await asked()).to.deep.equal(['Next', 'trusted by LocalPath /own?']);
      trusted = false;
      expect(await asked()).to.deep.equal(['Failed UntrustedRecipe', 'trusted by LocalPath /own?']);
      expect(world.resolved).to.include({ trusted: false });
    });

    it('is never where nothing is configured to vouch for it', async () => {
      world.recipeSource = undefined;
      run({ source: 'https://other.example/x.git' });
      expect(await asked()).to.deep.equal(['Failed UntrustedRecipe']);
      const spec = { ...(enrolledCanonical({ name: 'canon' }).spec as { app: object }) };
      const own = { ...spec, app: { ...spec.app, source: 'https://own.example/x.git' } };
      const accepted = { spec: own, digest: 'd1', generation: 1 };
      world.others.set('Canonical/canon', { ...enrolledCanonical({ name: 'canon' }), spec: own, accepted });
      expect((await asked()).at(-1)).to.equal('trusted by Remote https://own.example/x.git?');
    });
  });

  describe('the profile', () => {
    const enrol = (changes: Partial<StoredObject> = {}) => {
      const path = join(world.root, 'specs/canon.yaml');
      mkdirSync(join(world.root, 'specs/canon.ci'), { recursive: true });
      writeFileSync(join(world.root, 'specs/canon.ci/seed.sh'), 'x');
      world.others.set('Canonical/canon', { ...enrolledCanonical({ name: 'canon', path, generation: 4 }), ...changes });
    };

    it('is that of the Canonical, copied, with the domain that it claimed', async () => {
      enrol();
      world.claims = [
        { kind: 'Run', name: 'canon', uid: 'uid-canon', domain: 'run.example.org' },
        { kind: 'Canonical', name: 'canon', uid: 'uid-canon', domain: 'warm.example.org' },
      ];
      await step('Resolve');
      const canonical = { name: 'canon', uid: 'uid-canon', generation: 4, domain: 'warm.example.org' };
      expect(world.resolved?.canonical).to.deep.equal(canonical);
      expect(world.resolved?.profile?.directory).to.equal(world.directories.profile);
      expect(readFileSync(join(world.directories.profile, 'seed.sh'), 'utf8')).to.equal('x');
      expect(world.took()).to.not.include('event Warning CanonicalNotAccepted');
      world.claims = [];
      world.resolved = undefined;
      await step('Resolve');
      expect(world.resolved)
        .to.have.property('canonical')
        .which.deep.equals({ name: 'canon', uid: 'uid-canon', generation: 4 });
    });

    it('that is not accepted is done without, which is said', async () => {
      world.others.set('Canonical/canon', storedCanonical({ name: 'canon' }));
      await step('Resolve');
      expect(world.took().at(-1)).to.equal('event Warning CanonicalNotAccepted');
      expect(world.resolved).to.not.have.any.keys('canonical', 'profile');
    });

    it('that pins a base which is no release is wrong', async () => {
      const { spec } = enrolledCanonical();
      const ci = { ...(spec as { ci: object }).ci, upgrade: { base: { policy: 'Version', version: '9.0.0+9.0.0' } } };
      enrol({ accepted: { spec: { ...(spec as object), ci }, digest: 'd1', generation: 1 } });
      expect(await step('Resolve')).to.equal('Failed InvalidProfile');
      expect(world.resolved).to.equal(undefined);
    });
  });

  it('is put in place again by each later attempt; what was never resolved is a fault of ours', async () => {
    expect(await codeOf(step('CheckOut'))).to.equal('Internal');
    await step('Resolve');
    world.took();
    expect([await step('CheckOut'), world.took()]).to.deep.equal(['Next', []]);
    Object.assign(world.resolved ?? {}, { attempt: -1 });
    expect([await step('CheckOut'), world.took()]).to.deep.equal(['Next', [`checkout ${HEAD}`]]);
    Object.assign(world.resolved ?? {}, { trusted: false });
    expect(await step('CheckOut')).to.equal('Failed UntrustedRecipe');
  });
});
