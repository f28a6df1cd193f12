import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { convergence } from '../../../lib/platform/convergence.ts';
import { StackLab } from './stack-lab.ts';
import { lines, until, upOrFail } from './stack-look.ts';

const never = new AbortController().signal;
const job = (mode: string, command: string): Record<string, unknown> => ({
  command: ['sh', '-c', command],
  deploy: { mode, restart_policy: { condition: 'none' } },
});

describe('jobs on a real engine', function () {
  this.timeout(120_000);
  let lab: StackLab;

  beforeEach(() => {
    lab = new StackLab();
  });
  afterEach(() => lab.close());

  const app = (name: string) => ({ domain: lab.domain(name) });

  for (const mode of ['replicated-job', 'global-job']) {
    it(`T92 ${mode}: a finished one is up, and nothing of it is left after a teardown`, async () => {
      await lab.deploy('once', { app: job(mode, 'touch /data/done') });
      await upOrFail(lab.platform, lab.domain('once'));
      const ended = await until('the job to end', async () => {
        const [service] = (await lab.platform.observe(app('once'), never)).services;
        return service?.tasks[0]?.state === 'Exited' ? service : undefined;
      });
      expect(ended).to.deep.include({ replicas: 1, restart: 'Never' });
      expect(ended.tasks[0]).to.deep.include({ exitCode: 0 });
      await upOrFail(lab.platform, lab.domain('once'));
      await lab.platform.undeploy(app('once'), never);
      expect((await lab.platform.observe(app('once'), never)).deployed).to.equal(false);
      await lab.platform.destroy(app('once'), never);
      expect(await lab.platform.leftovers(app('once'), never)).to.deep.equal([]);
      expect(lines(lab.stackOf('once'))).to.deep.equal([]);
    });
  }

  for (const mode of ['replicated-job', 'global-job']) {
    it(`T92 ${mode}: one that still runs is ended and removed too @nightly`, async () => {
      await lab.deploy('long', { app: job(mode, 'sleep 600') });
      await upOrFail(lab.platform, lab.domain('long'));
      await lab.platform.destroy(app('long'), never);
      expect(lines(lab.stackOf('long'))).to.deep.equal([]);
    });
  }

  it('T91 a job that failed is a failure, not something to wait for', async () => {
    await lab.deploy('bad', { app: job('replicated-job', 'exit 3') });
    const verdict = await until('the job to fail', async () => {
      const found = convergence(await lab.platform.observe(app('bad'), never), { sinceMs: 0, now: systemClock.now() });
      return found.state === 'Failed' ? found : undefined;
    });
    expect(verdict).to.deep.include({ state: 'Failed', reason: 'ExitedForGood', exitCode: 3 });
  });

  it('T91 attempts that are used up are a failure at once', async () => {
    const policy = { condition: 'on-failure', max_attempts: 1, delay: '100ms' };
    const init = { command: ['sh', '-c', 'exit 3'], deploy: { restart_policy: policy } };
    await lab.deploy('twice', { app: init });
    const verdict = await until('the service to fail', async () => {
      const found = convergence(await lab.platform.observe(app('twice'), never), {
        sinceMs: 0,
        now: systemClock.now(),
      });
      return found.state === 'Failed' ? found : undefined;
    });
    expect(verdict).to.deep.include({ state: 'Failed', reason: 'ExitedForGood', exitCode: 3 });
    expect((await lab.platform.observe(app('twice'), never)).services[0]?.tasks).to.have.length(2);
  });

  it('T91 a service that is rerun now and then is up between two runs', async () => {
    const deploy = { restart_policy: { condition: 'any', delay: '40s' } };
    await lab.deploy('again', { app: { command: ['sh', '-c', 'exit 0'], deploy } });
    const [service] = await until('the first run to end', async () => {
      const { services } = await lab.platform.observe(app('again'), never);
      return services[0]?.tasks.some(({ state }) => state === 'Exited') ? services : undefined;
    });
    expect(service).to.include({ restart: 'Always', restartDelayMs: 40_000 });
    await upOrFail(lab.platform, lab.domain('again'));
  });
});
