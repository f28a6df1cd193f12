import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../../lib/clock.ts';
import { CcError } from '../../../../lib/errors.ts';
import { convergence } from '../../../../lib/platform/convergence.ts';
import type { AppSpec, Revision } from '../../../../lib/platform/platform.ts';
import { STACK_LABEL } from '../../../../lib/platform/swarm/engine/engine.ts';
import { SwarmPlatform } from '../../../../lib/platform/swarm/swarm-platform.ts';
import { deployTo } from '../../../contract/platform/deploy-to.ts';
import { codeOf } from '../../../contract/platform/platform-contract.ts';
import { FakeEngine, FakeStackDriver } from '../../../fakes/fake-engine.ts';

const never = new AbortController().signal;
const DOMAIN = 'notes.ci.test';
const STACK = 'notes_ci_test';
const SECRET = `${STACK}_key_v1`;

/** One service `app` with a volume and a secret. */
const compose = (image: string, more: Record<string, unknown> = {}) => ({
  version: '3.8',
  services: {
    app: {
      image,
      volumes: ['data:/data'],
      secrets: ['key'],
      deploy: { labels: ['traefik.enable=true', `coop-cloud.\${STACK_NAME}.version=1.0.0`] },
    },
  },
  volumes: { data: {} },
  secrets: { key: { external: true, name: '${STACK_NAME}_key_${SECRET_KEY_VERSION:-v1}' } },
  ...more,
});

describe('SwarmPlatform over a fake engine', () => {
  let engine: FakeEngine;
  let platform: SwarmPlatform;
  let driver: FakeStackDriver;
  let directory: string;

  beforeEach(async () => {
    engine = await new FakeEngine().open();
    directory = await mkdtemp(join(tmpdir(), 'ccci-swarm-unit-'));
    driver = new FakeStackDriver(engine);
    platform = open();
    engine.images.set('notes:1', { id: 'sha256:1', repoDigests: ['notes@sha256:aaa'] });
    engine.images.set('notes:2', { id: 'sha256:2', repoDigests: [] });
  });

  afterEach(async () => {
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  });

  const open = (instanceId = 'instance'): SwarmPlatform =>
    new SwarmPlatform({
      kind: 'Swarm',
      stateDirectory: join(directory, 'state'),
      instanceId,
      clock: systemClock,
      engine,
      driver,
      hostPorts: { first: 28_000, last: 28_010 },
    });
  const revision = async (commit: string, file: unknown, key = 'first value'): Promise<[AppSpec, Revision]> => {
    const checkout = join(directory, commit);
    await mkdir(checkout, { recursive: true });
    await writeFile(join(checkout, 'compose.yml'), JSON.stringify(file));
    await writeFile(join(checkout, 'site.conf'), `text of ${commit}`);
    const secret = join(directory, 'key');
    await writeFile(secret, key);
    const app = { domain: DOMAIN, recipe: 'notes', composeFiles: ['compose.yml'], env: {}, secrets: { key: secret } };
    return [app, { commit, directory: checkout, version: '1.0.0' }];
  };
  const deploy = async (commit: string, file: unknown, key?: string): Promise<void> =>
    await deployTo(platform, ...(await revision(commit, file, key)));
  const observe = async () => await platform.observe({ domain: DOMAIN }, never);
  const verdict = async () => convergence(await observe(), { sinceMs: 0, now: 2_000 });
  const secretValue = (name: string) => [...engine.secretMap.values()].find((one) => one.name === name)?.data;
  const service = () => [...engine.serviceMap.values()][0] ?? expect.fail('no service');

  it('pins the image that is here, by digest where it has one', async () => {
    await deploy('a1', compose('notes:1'));
    expect(service().image).to.equal('notes:1@sha256:aaa');
    await deploy('b2', compose('notes:2'));
    expect(service().image).to.equal('notes:2');
  });

  it('says of an app whose routers name other hosts, or that has none, that nobody is led to it', async () => {
    await deploy('a1', compose('notes:1'));
    expect((await observe()).unrouted)
      .to.include(DOMAIN)
      .and.to.include('service app');
    const { app } = compose('notes:1').services;
    const labels = [...app.deploy.labels, 'traefik.http.routers.notes.rule=Host(`${DOMAIN}`)'];
    await deploy('b2', compose('notes:1', { services: { app: { ...app, deploy: { labels } } } }));
    expect((await observe()).unrouted).to.equal(undefined);
  });

  it('T40 a tag that moved in the registry does not change what runs: the image that is here counts', async () => {
    engine.registry.set('notes:1', { id: 'sha256:new', repoDigests: ['notes@sha256:bbb'] });
    await deploy('a1', compose('notes:1'));
    expect(engine.calls.some((call) => call.startsWith('pull'))).to.equal(false);
    expect(service().image).to.equal('notes:1@sha256:aaa');
  });

  it('T54 a registry that is down at an upgrade leaves what runs, and its record, as they are', async () => {
    await deploy('a1', compose('notes:1'));
    const before = await observe();
    const touched = engine.calls.length;
    engine.failNext('pull', new CcError('Unreachable', 'the registry does not answer'));
    const error = await deploy('b2', compose('notes:3')).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(CcError).with.property('code', 'Unreachable');
    expect((error as CcError).message)
      .to.include('service app')
      .and.include('image notes:3');
    expect((error as CcError).remedy).to.include('docker pull notes:3');
    expect(await observe()).to.deep.equal(before);
    const writes = engine.calls.slice(touched).filter((call) => /^(apply|remove|create|scale)/.test(call));
    expect(writes).to.deep.equal([]);
  });

  it('a service that is gone right after it was applied is a conflict, never an app of fewer services', async () => {
    const applied = engine.put.bind(engine);
    engine.put = (...spec) => {
      applied(...spec);
      if (spec[1] === 'db') engine.serviceMap.delete([...engine.serviceMap.keys()].at(-1) ?? '');
    };
    const { app } = compose('notes:1').services;
    const both = compose('notes:1', { services: { app, db: { image: 'notes:1' } } });
    expect(await codeOf(deploy('a1', both))).to.equal('Conflict');
    expect(await verdict()).not.to.include({ state: 'Up' });
    engine.put = applied;
    await deploy('a1', both);
    expect((await observe()).services.map(({ name }) => name)).to.deep.equal(['app', 'db']);
  });

  it('T54 an image for another processor is refused before anything is touched, pulled or here already', async () => {
    await deploy('a1', compose('notes:1'));
    const before = await observe();
    const foreign = { id: 'sha256:4', repoDigests: [], architecture: 'arm64' };
    engine.images.set('notes:here', foreign);
    engine.registry.set('notes:pulled', foreign);
    const touched = engine.calls.length;
    for (const image of ['notes:here', 'notes:pulled']) {
      const error = await deploy('b2', compose(image)).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(CcError).with.property('code', 'Unsupported');
      for (const word of ['service app', image, 'arm64', 'amd64']) expect((error as CcError).message).to.include(word);
    }
    expect(await observe()).to.deep.equal(before);
    const writes = engine.calls.slice(touched).filter((call) => /^(apply|remove|create|scale)/.test(call));
    expect(writes).to.deep.equal([]);
  });

  it('takes an image of its own processor, of one that it runs as well, and one that says nothing', async () => {
    for (const [index, architecture] of ['amd64', '386', undefined].entries()) {
      engine.images.set('notes:2', { id: 'sha256:2', repoDigests: [], ...(architecture ? { architecture } : {}) });
      await deploy(`a${index}`, compose('notes:2'));
    }
    engine.architectureList = [];
    engine.images.set('notes:2', { id: 'sha256:2', repoDigests: [], architecture: 'arm64' });
    await deploy('b2', compose('notes:2'));
    expect(driver.applied).to.have.lengthOf(4);
  });

  it('leaves an image for another processor to the other nodes of a swarm that has some', async () => {
    engine.nodes = 2;
    engine.images.set('notes:2', { id: 'sha256:2', repoDigests: [], architecture: 'arm64' });
    await deploy('a1', { services: { app: { image: 'notes:2' } } });
    expect(driver.applied).to.have.lengthOf(1);
  });

  it('an image that no registry has is the recipe’s fault', async () => {
    expect(await codeOf(deploy('a1', compose('notes:nowhere')))).to.equal('InvalidInput');
  });

  it('has the driver look at what is deployed once, and asks a registry once', async () => {
    engine.registry.set('notes:3', { id: 'sha256:3', repoDigests: [] });
    await deploy('a1', { services: { app: { image: 'notes:3', environment: ['PORT=${PORT}'] } } }, undefined);
    expect(engine.calls.filter((call) => /^(check|pull|apply)/.test(call))).to.have.lengthOf(3);
  });

  it('T104 looks for neighbours of an untrusted commit again when it is deployed', async () => {
    const limits = { memoryBytes: 2 ** 28, cpus: 1, pids: 64 };
    engine.networkMap.set('proxy', { id: 'proxy', name: 'proxy', labels: {} });
    const web = {
      services: { web: { image: 'notes:1', networks: ['proxy'] } },
      networks: { proxy: { external: true } },
    };
    const [app, found] = await revision('a1', web);
    const prepared = await platform.prepare({ ...app, limits }, found, never);
    engine.put('other', 'web', { image: 'x', replicas: 1, labels: { [STACK_LABEL]: 'other' } });
    expect(await codeOf(platform.deploy(prepared, never))).to.equal('Refused');
    expect(driver.applied).to.deep.equal([]);
  });

  it('makes volumes and secrets before the services', async () => {
    await deploy('a1', compose('notes:1'));
    const order = engine.calls.filter((call) => /^(createVolume|createSecret|apply)/.test(call));
    expect(order).to.deep.equal([`createVolume ${STACK}_data`, `createSecret ${SECRET}`, `apply ${STACK}`]);
    expect(secretValue(SECRET)).to.equal('first value');
  });

  it('a secret with another value takes the place of the old one once nothing runs', async () => {
    await deploy('a1', compose('notes:1'));
    await platform.undeploy({ domain: DOMAIN }, never);
    expect(secretValue(SECRET)).to.equal('first value');
    await deploy('a1', compose('notes:1'), 'value of the restored set');
    expect(secretValue(SECRET)).to.equal('value of the restored set');
  });

  it('an unchanged secret is never made again', async () => {
    await deploy('a1', compose('notes:1'));
    await platform.undeploy({ domain: DOMAIN }, never);
    await deploy('b2', compose('notes:2'));
    expect(engine.calls.filter((call) => call.startsWith('createSecret'))).to.have.lengthOf(1);
  });

  it('a secret whose record a crash lost is replaced, not trusted', async () => {
    engine.failNext('apply', new CcError('Unreachable', 'the engine went away'));
    engine.failNext('createSecret', new CcError('Unreachable', 'no answer, but it was made'));
    await codeOf(deploy('a1', compose('notes:1')));
    await engine.createSecret({ name: SECRET, labels: {}, data: Buffer.from('of the lost call') });
    await codeOf(deploy('a1', compose('notes:1')));
    await deploy('a1', compose('notes:1'));
    expect(secretValue(SECRET)).to.equal('first value');
  });

  it('T50 an apply that was cut off claims no commit, and is made again', async () => {
    await deploy('a1', compose('notes:1'));
    engine.failNext('apply', new CcError('Unreachable', 'cut off'));
    expect(await codeOf(deploy('b2', compose('notes:2')))).to.equal('Unreachable');
    expect(await observe())
      .to.include({ deployed: true })
      .and.not.have.property('commit');
    await deploy('b2', compose('notes:2'));
    expect(await observe()).to.include({ commit: 'b2' });
  });

  it('the same again applies nothing; after a change by hand it does', async () => {
    await deploy('a1', compose('notes:1'));
    await deploy('a1', compose('notes:1'));
    expect(engine.calls.filter((call) => call.startsWith('apply'))).to.have.lengthOf(1);
    await engine.scale(service().id, 0);
    await deploy('a1', compose('notes:1'));
    expect(service().replicas).to.equal(1);
  });

  it('tells what others did: scaled, updated, removed, added, the whole stack', async () => {
    await deploy('a1', compose('notes:1'));
    expect(await observe()).to.not.have.property('changedByOthers');
    const mine = service();
    await engine.scale(mine.id, 0);
    expect((await observe()).changedByOthers).to.equal('service app was scaled to 0');
    engine.put(STACK, 'app', { image: 'other:1', replicas: 1, labels: {} });
    expect((await observe()).changedByOthers).to.equal('service app was updated');
    engine.put(STACK, 'more', { image: 'other:1', replicas: 1, labels: {} });
    await engine.removeService(mine.id);
    expect((await observe()).changedByOthers).to.equal(`service app was removed; service ${STACK}_more was added`);
    for (const id of [...engine.serviceMap.keys()]) await engine.removeService(id);
    expect(await observe()).to.include({ deployed: false, changedByOthers: `the stack ${STACK} was removed` });
  });

  it('T22 the engine rolled back: the old task answers, the verdict is RolledBack and no commit is claimed', async () => {
    await deploy('a1', compose('notes:1'));
    await deploy('b2', compose('notes:2'));
    engine.put(STACK, 'app', { image: 'notes:1@sha256:aaa', replicas: 1, labels: { 'cc-ci.commit': 'a1' } });
    engine.serviceMap.set(service().id, { ...service(), update: 'RolledBack' });
    expect(await observe()).to.not.have.any.keys('commit', 'changedByOthers');
    expect(await verdict()).to.include({ state: 'Failed', reason: 'RolledBack' });
  });

  it('T55 going back to the version that the engine rolled back to is up, though its word of the rollback stays', async () => {
    await deploy('a1', compose('notes:1'));
    await deploy('b2', compose('notes:2'));
    engine.put(STACK, 'app', { image: 'notes:1@sha256:aaa', replicas: 1, labels: { 'cc-ci.commit': 'a1' } });
    await deploy('a1', compose('notes:1'));
    engine.serviceMap.set(service().id, { ...service(), update: 'RolledBack' });
    expect(await verdict()).to.deep.equal({ state: 'Up' });
    expect(await observe()).to.include({ commit: 'a1' });
  });

  it('T41 a config with new content under its old name is refused before anything is touched', async () => {
    const configs = { site: { file: './site.conf', name: `${STACK}_site_v1` } };
    await deploy('a1', compose('notes:1', { configs }));
    const name = `${STACK}_site_v1`;
    engine.configMap.set('c', { id: 'c', name, labels: { [STACK_LABEL]: STACK }, data: Buffer.from('text of a1') });
    const before = await observe();
    expect(await codeOf(deploy('b2', compose('notes:2', { configs })))).to.equal('InvalidInput');
    expect(await observe()).to.deep.equal(before);
  });

  it('I17 a stack that somebody else made under that name is never touched', async () => {
    engine.put(STACK, 'app', { image: 'theirs:1', replicas: 1, labels: {} });
    expect(await codeOf(deploy('a1', compose('notes:1')))).to.equal('Conflict');
    await platform.undeploy({ domain: DOMAIN }, never);
    await platform.destroy({ domain: DOMAIN }, never);
    expect(service().image).to.equal('theirs:1');
    expect(await observe()).to.include({ deployed: false });
  });

  it('I15 I17 a volume or secret that only has such a name is neither used nor replaced nor removed', async () => {
    const secret = await engine.createSecret({ name: SECRET, labels: {}, data: Buffer.from('theirs') });
    expect(await codeOf(deploy('a1', compose('notes:1')))).to.equal('Conflict');
    await engine.removeSecret(secret.id);
    const volume = await engine.createVolume(`${STACK}_data`, {});
    await writeFile(join(volume.mountpoint, 'kept'), 'theirs');
    expect(await codeOf(deploy('a1', compose('notes:1')))).to.equal('Conflict');
    expect(await codeOf(platform.ensureVolumes({ domain: DOMAIN }, ['data'], never))).to.equal('Conflict');
    expect(engine.calls.filter((call) => /^(apply|createVolume)/.test(call))).to.have.length(1);
    await platform.destroy({ domain: DOMAIN }, never);
    expect(await readFile(join(volume.mountpoint, 'kept'), 'utf8')).to.equal('theirs');
  });

  it('I17 nothing is taken down or made on another swarm than the recorded one', async () => {
    await deploy('a1', compose('notes:1'));
    engine.clusterId = 'another';
    const before = engine.calls.length;
    for (const call of [platform.undeploy({ domain: DOMAIN }, never), platform.destroy({ domain: DOMAIN }, never)]) {
      expect(await codeOf(call)).to.equal('Refused');
    }
    expect(await codeOf(deploy('b2', compose('notes:2')))).to.equal('Refused');
    expect(engine.calls.slice(before).filter((call) => /^(remove|apply|create)/.test(call))).to.deep.equal([]);
  });

  it('another instance’s record is Refused', async () => {
    await deploy('a1', compose('notes:1'));
    expect(await codeOf(open('other').observe({ domain: DOMAIN }, never))).to.equal('Refused');
  });

  it('a recipe with volumes is refused where its data could be on another node', async () => {
    engine.nodes = 2;
    expect(await codeOf(deploy('a1', compose('notes:1')))).to.equal('Unsupported');
    expect(await platform.leftovers({ domain: DOMAIN }, never)).to.deep.equal([]);
  });

  it('a node that is no manager is Unreachable', async () => {
    engine.manager = false;
    expect(await codeOf(platform.identity(never))).to.equal('Unreachable');
  });

  it('a network of the host that is missing is named, before anything is touched', async () => {
    const networks = { proxy: { external: true } };
    expect(await codeOf(deploy('a1', compose('notes:1', { networks })))).to.equal('NotFound');
    engine.networkMap.set('p', { id: 'p', name: 'proxy', labels: {} });
    await deploy('a1', compose('notes:1', { networks }));
    await platform.destroy({ domain: DOMAIN }, never);
    expect([...engine.networkMap.keys()]).to.deep.equal(['p']);
  });

  it('destroy leaves nothing on the engine and on disk', async () => {
    await deploy('a1', compose('notes:1'));
    const path = (await platform.volumes({ domain: DOMAIN }, never))[0]?.path ?? expect.fail('no volume');
    for (let time = 0; time < 2; time += 1) await platform.destroy({ domain: DOMAIN }, never);
    expect(
      [engine.serviceMap, engine.volumeMap, engine.secretMap, engine.configMap].map(({ size }) => size),
    ).to.deep.equal([0, 0, 0, 0]);
    expect(existsSync(path)).to.equal(false);
    expect(await platform.apps(never)).to.deep.equal([]);
  });

  it('the record holds no value of a secret, and answers at its domain when it is routed', async () => {
    await deploy('a1', compose('notes:1'));
    const text = await readFile(join(directory, 'state/apps', DOMAIN, 'swarm.json'), 'utf8');
    expect(text).to.not.include('first value');
    expect(await observe()).to.include({ url: `https://${DOMAIN}` });
  });

  it('answers below its path prefix where its router has one', async () => {
    const file = compose('notes:1');
    file.services.app.deploy.labels.push('traefik.http.routers.n.rule=Host(`${DOMAIN}`) && PathPrefix(`/notes`)');
    await deploy('a1', file);
    expect(await observe()).to.include({ url: `https://${DOMAIN}/notes` });
  });

  describe('of a commit that nobody trusts', () => {
    const limits = { memoryBytes: 2 ** 28, cpus: 1, pids: 64 };
    const facing = (name: string, more: Record<string, unknown> = {}) => ({
      services: { [name]: { image: 'notes:1', networks: ['proxy'], ...more } },
      networks: { proxy: { external: true } },
    });
    const check = async (file: unknown, env: Record<string, string> = {}): Promise<string | undefined> => {
      const [app, found] = await revision('a1', file);
      return await codeOf(platform.prepare({ ...app, env, limits }, found, never));
    };

    beforeEach(() => {
      engine.networkMap.set('proxy', { id: 'proxy', name: 'proxy', labels: {} });
    });

    it('T104 hands the driver limits for each service', async () => {
      const [app, found] = await revision('a1', facing('app'));
      await deployTo(platform, { ...app, limits }, found);
      const [plan] = driver.applied;
      expect(plan?.compose.raw.services)
        .to.have.nested.property('app.deploy.resources.limits')
        .that.deep.equals({
          memory: String(2 ** 28),
          cpus: '1',
          pids: 64,
        });
    });

    it('leaves a trusted one as it is', async () => {
      await deployTo(platform, ...(await revision('a1', facing('app'))));
      expect(driver.applied[0]?.compose.raw.services).not.to.have.nested.property('app.deploy');
    });

    it('T105 refuses what is not listed, whoever asked before', async () => {
      expect(await check(facing('app', { cap_add: ['ALL'] }))).to.equal('Refused');
      expect(await check(facing('app'), { A: '{{.Node.Hostname}}' })).to.equal('Refused');
    });

    it('T104 takes host ports that were reserved for it, and no others', async () => {
      const ports = [{ target: 80, published: '${PORT}', mode: 'host' }];
      expect(await check(facing('app', { ports }), { PORT: '{port:app}' })).to.equal(undefined);
      expect(await check(facing('app', { ports }), { PORT: '8443' })).to.equal('Refused');
    });

    it('T18 T104 refuses a name on the shared network that another stack has, but for app', async () => {
      engine.put('sso_ci_test', 'web', { image: 'sso:1', replicas: 1, labels: {} });
      engine.put('sso_ci_test', 'app', { image: 'sso:1', replicas: 1, labels: {} });
      engine.put(STACK, 'frontend', { image: 'notes:1', replicas: 1, labels: {} });
      expect(await check(facing('web'))).to.equal('Refused');
      expect(await check(facing('app'))).to.equal(undefined);
      const silent = {
        services: { web: { image: 'notes:1' } },
        networks: { default: { external: true, name: 'proxy' } },
      };
      expect(await check(silent)).to.equal('Refused');
      expect(await check(facing('frontend'))).to.equal(undefined);
    });

    it('needs an engine that limits processes', async () => {
      engine.apiVersion = '1.40';
      expect(await check(facing('app'))).to.equal('Unsupported');
    });
  });
});
