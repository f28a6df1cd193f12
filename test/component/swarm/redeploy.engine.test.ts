import { expect } from 'chai';
import { StackLab } from './stack-lab.ts';
import { lines, until, upOrFail } from './stack-look.ts';

const never = new AbortController().signal;
/** Redeploys in all, over {@link STACKS} stacks at once. */
const REDEPLOYS = Number(process.env.CC_CI_REDEPLOYS ?? 50);
const STACKS = 5;
const PUBLISHED = {
  env: { PORT: '{port:app}' },
  app: { ports: [{ target: 8080, published: '${PORT}', mode: 'host' }] },
};

describe('stacks that come and go on a real engine', function () {
  this.timeout(600_000);
  let lab: StackLab;

  beforeEach(() => {
    lab = new StackLab();
  });
  afterEach(() => lab.close());

  const observe = (name: string) => lab.platform.observe({ domain: lab.domain(name) }, never);
  const up = (name: string) => upOrFail(lab.platform, lab.domain(name));
  const portOf = async (name: string): Promise<number> => (await observe(name)).endpoints[0]?.port ?? 0;

  it(`T06 T25 a redeploy right after an undeploy works ${REDEPLOYS} times, at the same host port`, async () => {
    const cycle = async (index: number): Promise<void> => {
      const name = `again${index}`;
      await lab.deploy(name, PUBLISHED);
      const port = await portOf(name);
      for (let times = 0; times < REDEPLOYS / STACKS; times += 1) {
        // Every other one is taken down while it still comes up.
        if (times % 2 === 0) await up(name);
        await lab.platform.undeploy({ domain: lab.domain(name) }, never);
        await lab.deploy(name, PUBLISHED);
      }
      await up(name);
      expect(await portOf(name)).to.equal(port);
      const answer = await until(`${name} to answer at ${port}`, () => fetch(`http://127.0.0.1:${port}/`));
      expect(answer.status).to.equal(404);
    };
    await Promise.all(Array.from({ length: STACKS }, (_, index) => cycle(index)));
  });

  it('many are undeployed and destroyed at the same time, each of them twice', async () => {
    const names = ['one', 'two', 'three', 'four', 'five', 'six'];
    await Promise.all(names.map((name) => lab.deploy(name, PUBLISHED)));
    const apps = names.map((name) => ({ domain: lab.domain(name) }));
    await Promise.all(apps.slice(0, 3).flatMap((app) => [1, 2].map(() => lab.platform.undeploy(app, never))));
    await Promise.all(apps.flatMap((app) => [1, 2].map(() => lab.platform.destroy(app, never))));
    for (const app of apps) expect(await lab.platform.leftovers(app, never)).to.deep.equal([]);
    expect(await lab.platform.apps(never)).to.deep.equal([]);
    for (const name of names) expect(lines(lab.stackOf(name))).to.deep.equal([]);
  });

  it('T29 a service without a health check is up by its task', async () => {
    await lab.deploy('plain');
    await up('plain');
    expect((await observe('plain')).services[0]).to.deep.include({ replicas: 1, update: 'None' });
  });

  it('T23 a first start within its start period is waited for, by the one task that does it', async () => {
    const slow = 'sleep 5; touch /data/ready; exec httpd -f -p 8080 -h /data';
    const healthcheck = {
      test: ['CMD', 'test', '-e', '/data/ready'],
      interval: '500ms',
      retries: 1,
      start_period: '60s',
    };
    await lab.deploy('slow', { app: { command: ['sh', '-c', slow], healthcheck } });
    await up('slow');
    expect((await observe('slow')).services[0]?.tasks).to.have.length(1);
  });
});
