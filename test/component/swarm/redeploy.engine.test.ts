import { expect } from 'chai';
import { PUBLISHED, redeploys } from './redeploys.ts';
import { StackLab } from './stack-lab.ts';
import { lines, upOrFail } from './stack-look.ts';

const never = new AbortController().signal;

// More of them are in `test/nightly`.
redeploys(5);

describe('stacks that come and go on a real engine', function () {
  this.timeout(600_000);
  let lab: StackLab;

  beforeEach(() => {
    lab = new StackLab();
  });
  afterEach(() => lab.close());

  const observe = (name: string) => lab.platform.observe({ domain: lab.domain(name) }, never);
  const up = (name: string) => upOrFail(lab.platform, lab.domain(name));

  it('many are undeployed and destroyed at the same time, each of them twice @nightly', async () => {
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

  it('T23 a first start within its start period is waited for, by the one task that does it @nightly', async () => {
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
