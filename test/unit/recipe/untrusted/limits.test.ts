import { expect } from 'chai';
import fc from 'fast-check';
import { isTree, type Tree } from '../../../../lib/recipe/compose-document.ts';
import { withLimits } from '../../../../lib/recipe/untrusted/limits.ts';
import { memoryBytes } from '../../../../lib/recipe/untrusted/memory.ts';
import { composeOf, removeRecipes } from '../recipe-files.ts';

const LIMITS = { memoryBytes: 2 ** 30, cpus: 1, pids: 512 };
const MIB = 2 ** 20;

async function limitsOf(service: Tree): Promise<Tree> {
  const compose = await composeOf(JSON.stringify({ services: { app: { image: 'x', ...service } } }));
  const services = withLimits(compose, LIMITS).raw.services;
  const app = isTree(services) ? services.app : undefined;
  return isTree(app) && isTree(app.deploy) && isTree(app.deploy.resources) ? app.deploy.resources : {};
}

describe('limits of untrusted apps', () => {
  afterEach(removeRecipes);

  it('T104 are set where the recipe sets none', async () => {
    const limits = { memory: String(2 ** 30), cpus: '1', pids: 512 };
    expect(await limitsOf({})).to.deep.equal({ limits });
    expect(await limitsOf({ deploy: { resources: { limits: { memory: '0', cpus: '0', pids: 0 } } } })).to.deep.equal({
      limits,
    });
  });

  it('T104 are the most where it sets more, and its own where that is less', async () => {
    const more = { memory: '64G', cpus: '32', pids: 100_000 };
    expect((await limitsOf({ deploy: { resources: { limits: more } } })).limits).to.deep.equal({
      memory: String(2 ** 30),
      cpus: '1',
      pids: 512,
    });
    const less = { memory: '128M', cpus: '0.25', pids: 20 };
    expect((await limitsOf({ deploy: { resources: { limits: less } } })).limits).to.deep.equal({
      memory: String(128 * MIB),
      cpus: '0.25',
      pids: 20,
    });
  });

  it('T104 leave no reservation, which would be taken from live apps', async () => {
    const reservations = { memory: '32G', cpus: '8' };
    expect(await limitsOf({ deploy: { resources: { reservations } } })).to.have.all.keys('limits');
  });

  it('T104 hold for every service, whatever it says', async () => {
    const size = fc.oneof(fc.nat().map(String), fc.constantFrom('1g', '0', '5TB', '1.5 GiB', '900000000000'));
    const limits = fc.record({
      memory: size,
      cpus: fc.float({ min: 0, max: 100, noNaN: true }).map((one) => one.toFixed(3)),
      pids: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(limits, async (own) => {
        const { limits: found } = await limitsOf({ deploy: { resources: { limits: own } } });
        const { memory, cpus, pids } = isTree(found) ? found : {};
        expect(Number(memory)).to.be.within(0, LIMITS.memoryBytes);
        expect(Number(cpus)).to.be.within(0, LIMITS.cpus).and.not.equal(0);
        expect(Number(pids)).to.be.within(1, LIMITS.pids);
      }),
      { numRuns: 100 },
    );
  });

  it('keep what else the service says, but for what has no effect on a swarm', async () => {
    const compose = await composeOf('services: {app: {image: x, tmpfs: /t, init: true, deploy: {replicas: 2}}}');
    const app = (withLimits(compose, LIMITS).raw.services as Record<string, Tree>).app;
    expect(app).to.have.all.keys('image', 'init', 'deploy');
    expect(app?.deploy).to.deep.include({ replicas: 2 });
  });

  const sizes: [string, number | undefined][] = [
    ['1048576', MIB],
    ['1m', MIB],
    ['1MB', MIB],
    ['1MiB', MIB],
    ['1.5 g', 1.5 * 1024 * MIB],
    ['2T', 2 * MIB * MIB],
    ['10b', 10],
    ['', undefined],
    ['-1', undefined],
    ['lots', undefined],
    ['0x10', undefined],
    ['1e3', undefined],
  ];
  for (const [size, bytes] of sizes) {
    it(`reads the size "${size}" as ${bytes} bytes, as Docker does`, () => {
      expect(memoryBytes(size)).to.equal(bytes);
    });
  }
});
