import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CcError, type ErrorCode } from '../../../lib/errors.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { DockerStackDriver } from '../../../lib/platform/swarm/stack/docker-stack-driver.ts';
import type { StackPlan } from '../../../lib/platform/swarm/stack/driver.ts';
import { FakeEngine } from '../../fakes/fake-engine.ts';
import { docker, testSocket } from '../../rig/test-engine.ts';
import { type PlanParts, planOf } from '../../unit/platform/swarm/stack-plans.ts';
import { removeRecipes } from '../../unit/recipe/recipe-files.ts';
import { hasStackConfig } from './stack-config.ts';

const SIGNAL = new AbortController().signal;
const STACK = 'ccci_driver';
const NOTHING = '    deploy: {replicas: 0}\n';

describe('the docker stack driver with the real CLI', function () {
  this.timeout(120_000);
  let state: string;
  let driver: DockerStackDriver;

  before(async () => {
    state = await mkdtemp(join(tmpdir(), 'ccci-driver-'));
    driver = driverOn(testSocket());
  });
  afterEach(async () => {
    docker('stack', 'rm', STACK);
    await gone();
    await removeRecipes();
  });
  after(() => rm(state, { recursive: true, force: true }));

  function driverOn(socketPath: string, path = process.env.PATH ?? ''): DockerStackDriver {
    const engine = new FakeEngine();
    return new DockerStackDriver({
      engine,
      socketPath,
      path,
      runner: commandRunner,
      instanceId: 'i1',
      stateDirectory: state,
    });
  }

  async function plan(
    lines: string,
    top = '',
    parts: PlanParts = {},
    files: Record<string, string> = {},
  ): Promise<StackPlan> {
    const text = `version: "3.8"\nservices:\n  app:\n    image: none:1\n${NOTHING}${lines}${top}`;
    return { ...(await planOf({ 'compose.yml': text, ...files }, parts)), stack: STACK };
  }

  async function gone(): Promise<void> {
    const filter = `label=com.docker.stack.namespace=${STACK}`;
    for (let tries = 0; docker('network', 'ls', '--quiet', '--filter', filter).trim() !== ''; tries += 1) {
      if (tries > 300) throw new Error(`the network of ${STACK} stays`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function caught(work: Promise<unknown>, code: ErrorCode): Promise<CcError> {
    const error: unknown = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(CcError).with.property('code', code);
    return error as CcError;
  }

  const spec = (): { Labels: Record<string, string>; TaskTemplate: { ContainerSpec: { Env: string[] } } } =>
    JSON.parse(docker('service', 'inspect', '--format', '{{json .Spec}}', `${STACK}_app`));

  it('puts the marks and the exact environment on the engine', async () => {
    const env = { TYPE: 'notes', PRICE: 'a$b ${HOME} $$', DOCKER_HOST: '', LANG: '', QUOTED: '"x"\n\ty' };
    await driver.apply(await plan('', '', { env }), SIGNAL);
    const { Labels, TaskTemplate } = spec();
    expect(Labels).to.include({ 'cc-ci.commit': '0123456789abcdef0123', 'cc-ci.instance': 'i1' });
    expect(TaskTemplate.ContainerSpec.Env).to.have.members([
      'DOCKER_HOST=',
      'LANG=',
      'PRICE=a$b ${HOME} $$',
      'QUOTED="x"\n\ty',
      'TYPE=notes:01234567',
    ]);
  });

  it('updates in place, and is content with what is there already', async () => {
    const first = await plan('');
    await driver.apply(first, SIGNAL);
    await driver.apply(first, SIGNAL);
    await driver.apply({ ...first, revision: { ...first.revision, commit: 'f'.repeat(20) } }, SIGNAL);
    expect(spec().Labels['cc-ci.commit']).to.equal('f'.repeat(20));
  });

  it('does what two callers at once ask for', async () => {
    const one = await plan('');
    await Promise.all([1, 2, 3, 4].map(() => driver.apply(one, SIGNAL)));
    expect(spec().Labels['cc-ci.commit']).to.equal(one.revision.commit);
  });

  it('T41 names the config that changed under its name', async () => {
    const top = 'configs: {c: {file: c.txt, name: "ccci_driver_c_${C_VERSION:-v1}"}}\n';
    const first = await plan('    configs: [c]\n', top, {}, { 'c.txt': 'old' });
    await driver.apply(first, SIGNAL);
    const file = join(first.revision.directory, 'c.txt');
    expect(await readFile(file, 'utf8')).to.equal('old');
    await writeFile(file, 'new');
    const error = await caught(driver.apply(first, SIGNAL), 'InvalidInput');
    expect(error.message).to.include('ccci_driver_c_v1');
    expect(error.remedy).to.include('C_VERSION');
  });

  const CHECKED: [string, Record<string, unknown>, string][] = [
    ['an unknown key', { colour: 'blue' }, 'colour'],
    ['a wrong type', { hostname: 10 }, 'hostname'],
  ];
  for (const [reason, keys, named] of CHECKED) {
    it(`refuses ${reason} before anything is touched, also where our reader would let it pass`, async () => {
      const right = await plan('');
      const services = { app: { ...(right.compose.raw.services as { app: object }).app, ...keys } };
      const wrong = { ...right, compose: { ...right.compose, raw: { ...right.compose.raw, services } } };
      // A CLI before 23 cannot check; it looks at the whole file before it deploys.
      const refusing = hasStackConfig(state) ? driver.check(wrong, SIGNAL) : driver.apply(wrong, SIGNAL);
      const error = await caught(refusing, 'InvalidInput');
      expect(error.message).to.include(named).and.to.include('app');
      expect(docker('stack', 'ls')).not.to.include(STACK);
    });
  }

  it('T93 refuses a file that the CLI refuses as it is written, with its line', async function () {
    if (!hasStackConfig(state)) this.skip();
    const right = await plan('');
    const judged = [{ file: 'compose.yml', tree: { version: '3.8', services: { app: { image: 'x', tty: 'yes' } } } }];
    const error = await caught(
      driver.check({ ...right, compose: { ...right.compose, judged } }, SIGNAL),
      'InvalidInput',
    );
    expect(error.message).to.match(/compose\.yml:\d+:\d+: services\.app\.tty must be a boolean/);
  });

  it('accepts in check what it can apply', async () => {
    await driver.check(await plan('    restart: always\n    tmpfs: /tmp\n'), SIGNAL);
  });

  it('says which network and which secret is missing', async () => {
    const network = await plan('    networks: [n]\n', 'networks: {n: {external: true, name: ccci_no_such}}\n');
    expect((await caught(driver.apply(network, SIGNAL), 'NotFound')).remedy).to.include(
      'create -d overlay ccci_no_such',
    );
    const secret = await plan('    secrets: [s]\n', 'secrets: {s: {external: true, name: ccci_no_such}}\n');
    expect((await caught(driver.apply(secret, SIGNAL), 'NotFound')).remedy).to.include('ccci_no_such');
  });

  it('tells an engine that is down from a program that is missing', async () => {
    const one = await plan('');
    await caught(driverOn(join(state, 'no.sock')).apply(one, SIGNAL), 'Unreachable');
    await caught(driverOn(testSocket(), state).apply(one, SIGNAL), 'NotFound');
  });
});
