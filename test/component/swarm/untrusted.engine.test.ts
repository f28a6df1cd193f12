import { expect } from 'chai';
import type { ContainerLimits } from '../../../lib/platform/platform.ts';
import { codeOf } from '../../contract/platform/platform-contract.ts';
import { docker } from '../../rig/test-engine.ts';
import { StackLab } from './stack-lab.ts';
import { until, upOrFail } from './stack-look.ts';

const LIMITS: ContainerLimits = { memoryBytes: 32 * 2 ** 20, cpus: 1, pids: 32 };
const DEPLOY = { endpoint_mode: 'dnsrr', update_config: { order: 'stop-first', monitor: '1s' } };
const PROXY = { networks: { proxy: { external: true } } };

describe('commits that nobody trusts on a real engine', function () {
  this.timeout(120_000);
  let lab: StackLab;

  beforeEach(() => {
    lab = new StackLab();
  });
  afterEach(() => lab.close());

  const up = (name: string) => upOrFail(lab.platform, lab.domain(name));
  const limitsOf = (name: string): unknown => {
    const service = `${lab.stackOf(name)}_app`;
    return JSON.parse(
      docker('service', 'inspect', service, '--format', '{{json .Spec.TaskTemplate.Resources.Limits}}'),
    );
  };
  const exec = (name: string, command: string) =>
    lab.platform.exec({ domain: lab.domain(name) }, 'app', ['sh', '-c', command], { timeoutMs: 30_000 });

  it('T104 an update of a trusted version brings the limits, which the engine enforces @nightly', async () => {
    await lab.deploy('kept');
    await up('kept');
    expect(limitsOf('kept')).to.equal(null);
    await lab.deploy('kept', { limits: LIMITS, app: { networks: ['proxy'], deploy: DEPLOY }, top: PROXY }, 'b2');
    await up('kept');
    expect(limitsOf('kept')).to.deep.equal({ NanoCPUs: 1e9, MemoryBytes: LIMITS.memoryBytes, Pids: LIMITS.pids });
    const forks = await exec('kept', 'for i in $(seq 60); do sleep 5 & done; wait');
    expect(forks.stderr).to.match(/fork/);
  });

  it('T104 a service that takes more memory than the limit is ended, not the host', async () => {
    const eat = 'sleep 1; x=a; while true; do x=$$x$$x; done';
    await lab.deploy('greedy', {
      limits: LIMITS,
      app: { command: ['sh', '-c', eat], deploy: { restart_policy: { condition: 'none' } } },
    });
    const task = await until('the task to be ended', async () => {
      const [service] = (await lab.platform.observe({ domain: lab.domain('greedy') }, new AbortController().signal))
        .services;
      return service?.tasks.find(({ state }) => state === 'Exited');
    });
    expect(task.exitCode).to.equal(137);
  });

  it('T18 T104 one whose service would answer to the name of a live one is not deployed', async () => {
    const web = {
      services: { web: { image: 'cc-ci-test/busybox:1', command: ['sleep', '600'], networks: ['proxy'] } },
    };
    await lab.deploy('live', { top: { ...PROXY, ...web } });
    const other = lab.deploy('other', { limits: LIMITS, top: { ...PROXY, ...web } });
    expect(await codeOf(other)).to.equal('Refused');
    expect(docker('service', 'ls', '-q', '--filter', `name=${lab.stackOf('other')}`)).to.equal('');
  });
});
