import { expect } from 'chai';
import { StackLab } from './stack-lab.ts';
import { until, upOrFail } from './stack-look.ts';

const never = new AbortController().signal;
const STACKS = 5;

/** What lets the service of a stack be reached at a port of the host. */
export const PUBLISHED = {
  env: { PORT: '{port:app}' },
  app: { ports: [{ target: 8080, published: '${PORT}', mode: 'host' }] },
};

/** So many redeploys in all, over some stacks at once. */
export function redeploys(count: number): void {
  describe('stacks that come back again and again on a real engine', function () {
    this.timeout(600_000);
    let lab: StackLab;

    beforeEach(() => {
      lab = new StackLab();
    });
    afterEach(() => lab.close());

    const up = (name: string) => upOrFail(lab.platform, lab.domain(name));
    const portOf = async (name: string): Promise<number> => {
      const { endpoints } = await lab.platform.observe({ domain: lab.domain(name) }, never);
      return endpoints[0]?.port ?? 0;
    };

    it(`T06 T25 a redeploy right after an undeploy works ${count} times, at the same host port`, async () => {
      const cycle = async (index: number): Promise<void> => {
        const name = `again${index}`;
        await lab.deploy(name, PUBLISHED);
        const port = await portOf(name);
        for (let times = 0; times < count / STACKS; times += 1) {
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
  });
}
