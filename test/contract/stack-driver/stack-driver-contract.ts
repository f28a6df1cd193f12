import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandRunner } from '../../../lib/exec/command.ts';
import { DockerStackDriver } from '../../../lib/platform/swarm/stack/docker-stack-driver.ts';
import type { StackDriver, StackPlan } from '../../../lib/platform/swarm/stack/driver.ts';
import { draftPlan } from '../../../lib/platform/swarm/stack/plan.ts';
import { AbraBench, COMPOSE } from '../../component/abra/abra-bench.ts';
import { docker, testSocket } from '../../rig/test-engine.ts';
import { codeOf, until } from '../platform/platform-contract.ts';

/** Drivers of stacks on the test engine, by the platform that they belong to. */
const DRIVERS = {
  Abra: (bench: AbraBench): StackDriver => bench.driver(),
  Swarm: ({ engine, instanceId, state }: AbraBench): StackDriver =>
    new DockerStackDriver({
      engine,
      socketPath: testSocket(),
      runner: commandRunner,
      path: process.env.PATH ?? '',
      instanceId,
      stateDirectory: state,
    }),
};

/** What every driver of stacks promises, on a real engine. */
export function stackDriverContract(kind: keyof typeof DRIVERS): void {
  describe(`stack driver contract: ${kind}`, function () {
    this.timeout(120_000);
    let bench: AbraBench;
    let driver: StackDriver;
    /** What is going on the engine need not hold up the next test. */
    const closing: Promise<void>[] = [];

    beforeEach(async () => {
      bench = await AbraBench.open();
      driver = DRIVERS[kind](bench);
    });
    afterEach(() => {
      closing.push(bench.close());
    });
    after(async () => {
      const ends = await Promise.allSettled(closing);
      expect(ends.filter(({ status }) => status === 'rejected')).to.deep.equal([]);
    });

    const app = () => ({ domain: bench.domain });
    const serviceNames = async () => (await bench.found()).services.map(({ name }) => name).sort();
    const isDeployed = async ({ revision, stack }: StackPlan): Promise<boolean> =>
      driver.isRevision({ services: (await bench.found()).services, revision, stack });

    /** Another commit, and the plan for it. */
    async function changed(greeting: string): Promise<StackPlan> {
      await bench.repository.write('compose.yml', COMPOSE.replace('GREETING:-hello', `GREETING:-${greeting}`));
      bench.repository.commit(greeting);
      return await bench.plan();
    }

    async function goneContainers(): Promise<void> {
      await until(
        async () => (await bench.found()).containers.length,
        (count) => count === 0,
      );
    }

    it('check touches nothing', async () => {
      await driver.check(await bench.plan(), bench.signal);
      expect(await serviceNames()).to.deep.equal([]);
      expect(await bench.engine.networks(bench.stack, bench.signal)).to.deep.equal([]);
    });

    it('apply leaves the services with the marks of their revision, and of no other', async () => {
      const plan = await bench.deployed(driver);
      expect(await serviceNames()).to.deep.equal([`${bench.stack}_app`, `${bench.stack}_worker`]);
      expect(await isDeployed(plan)).to.equal(true);
      expect(await isDeployed({ ...plan, revision: { ...plan.revision, commit: 'f'.repeat(40) } })).to.equal(false);
      expect(driver.isRevision({ services: [], revision: plan.revision, stack: plan.stack })).to.equal(false);
    });

    it('T02 T70 apply over what is deployed changes it in place, and back again', async () => {
      const first = await bench.deployed(driver);
      const ids = (await bench.found()).services.map(({ id }) => id);
      await driver.apply(first, bench.signal);
      const second = await changed('good morning');
      await driver.apply(second, bench.signal);
      expect([await isDeployed(first), await isDeployed(second)]).to.deep.equal([false, true]);
      await driver.apply(first, bench.signal);
      expect([await isDeployed(first), await isDeployed(second)]).to.deep.equal([true, false]);
      expect((await bench.found()).services.map(({ id }) => id)).to.have.members(ids);
    });

    it('hands the env of the plan to the services as it is', async () => {
      await bench.deployed(driver);
      const greeting = `it's $5 #1`;
      await driver.apply(await bench.plan({ GREETING: greeting }), bench.signal);
      const format = '{{json .Spec.TaskTemplate.ContainerSpec.Env}}';
      const env: string[] = JSON.parse(docker('service', 'inspect', '--format', format, `${bench.stack}_app`));
      expect(env).to.include(`GREETING=${greeting}`);
    });

    it('T104 limits of a plan reach every service', async () => {
      const trusted = await bench.plan();
      const limited = { ...trusted.app, limits: { memoryBytes: 2 ** 26, cpus: 1, pids: 64 } };
      const plan = { ...trusted, ...(await draftPlan(limited, trusted.revision, async () => 1)) };
      await driver.check(plan, bench.signal);
      await bench.secret(driver);
      await driver.apply(plan, bench.signal);
      const format = '{{json .Spec.TaskTemplate.Resources.Limits}}';
      for (const name of await serviceNames()) {
        const limits: unknown = JSON.parse(docker('service', 'inspect', '--format', format, name));
        expect(limits).to.include({ MemoryBytes: 2 ** 26, NanoCPUs: 1e9, Pids: 64 });
      }
      expect(await isDeployed(plan)).to.equal(true);
    });

    it('what the engine lacks stops an apply before anything is there', async () => {
      const plan = await bench.plan();
      await driver.check(plan, bench.signal);
      expect(await codeOf(driver.apply(plan, bench.signal))).to.be.oneOf(['InvalidInput', 'NotFound']);
      expect(await serviceNames()).to.deep.equal([]);
    });

    it('nothing begins after the signal', async () => {
      const plan = await bench.plan();
      await driver.check(plan, bench.signal);
      await bench.secret(driver);
      expect(await codeOf(driver.apply(plan, AbortSignal.abort()))).to.equal('Aborted');
      expect(await serviceNames()).to.deep.equal([]);
    });

    it('T06 remove, twice: services go, volumes and secrets stay', async () => {
      const plan = await bench.deployed(driver);
      await until(
        () => bench.engine.volumes(bench.stack, bench.signal),
        ({ length }) => length === 1,
      );
      for (let time = 0; time < 2; time += 1) await driver.remove(app(), await bench.found(), bench.signal);
      expect(await serviceNames()).to.deep.equal([]);
      expect(await isDeployed(plan)).to.equal(false);
      await goneContainers();
      expect(await bench.engine.volumes(bench.stack, bench.signal)).to.have.length(1);
      expect(await bench.engine.secrets('', [`${bench.stack}_token_v1`], bench.signal)).to.have.length(1);
      await driver.apply(plan, bench.signal);
      expect(await isDeployed(plan)).to.equal(true);
    });

    it('I10 a secret is made from its file once, and its value is nowhere else', async () => {
      await driver.check(await bench.plan(), bench.signal);
      await writeFile(join(bench.root, 'token'), 'another-value', { mode: 0o600 });
      await bench.secret(driver);
      const [made] = await bench.engine.secrets('', [`${bench.stack}_token_v1`], bench.signal);
      expect(made?.name).to.equal(`${bench.stack}_token_v1`);
      expect(await codeOf(bench.secret(driver))).to.equal('Conflict');
      expect(docker('secret', 'inspect', made?.name ?? '')).not.to.include('another-value');
      const files = await readdir(bench.state, { recursive: true, withFileTypes: true });
      const texts = files
        .filter((file) => file.isFile())
        .map((file) => readFile(join(file.parentPath, file.name), 'utf8'));
      expect((await Promise.all(texts)).join('\n')).not.to.include('another-value');
    });

    it('forget, twice, leaves nothing that the driver kept, also with a new one', async () => {
      await bench.deployed(driver);
      await driver.remove(app(), await bench.found(), bench.signal);
      await goneContainers();
      const later = DRIVERS[kind](bench);
      for (let time = 0; time < 2; time += 1) await later.forget(app(), bench.signal);
      expect(await later.leftovers(app())).to.deep.equal([]);
      expect(await driver.leftovers(app())).to.deep.equal([]);
    });
  });
}
