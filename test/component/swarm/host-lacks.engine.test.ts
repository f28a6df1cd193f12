import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { convergence } from '../../../lib/platform/convergence.ts';
import { StackLab } from './stack-lab.ts';
import { until } from './stack-look.ts';

const never = new AbortController().signal;

describe('what the host of a real engine lacks', function () {
  this.timeout(120_000);
  let lab: StackLab;

  beforeEach(() => {
    lab = new StackLab();
  });
  afterEach(() => lab.close());

  const lacks: [string, string, Record<string, unknown>][] = [
    ['path', '/nowhere/on/this/host', { volumes: ['/nowhere/on/this/host:/srv'] }],
    ['cpus', 'CPUs', { deploy: { resources: { limits: { cpus: '4096' } } } }],
  ];
  for (const [name, what, app] of lacks) {
    it(`is told at its first refusal, in the engine's words: ${name}`, async () => {
      await lab.deploy(name, { app });
      const verdict = await until('the service to fail', async () => {
        const observation = await lab.platform.observe({ domain: lab.domain(name) }, never);
        const found = convergence(observation, { sinceMs: 0, now: systemClock.now() });
        return found.state === 'Failed' ? found : undefined;
      });
      expect(verdict).to.include({ reason: 'MissingOnHost', service: 'app' });
      expect(verdict.message).to.contain(what);
    });
  }
});
