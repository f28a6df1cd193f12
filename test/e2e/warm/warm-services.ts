import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { docker } from '../../rig/test-engine.ts';
import { conditionOf } from '../harness.ts';
import type { StackKind } from '../swarm/stack-bench.ts';
import { emptyRegistry, foreignImage } from './absent-images.ts';
import { CrateBench, FIRST, READY_MS } from './crate-bench.ts';
import { LOOKS } from './crate-recipe.ts';

const RESYNCS = 100;

/** The first line of a file of the volume, or of a copy of it. */
const lineIn = (directory: string, name: string): string => readFileSync(join(directory, name), 'utf8').trim();

/** What is tried after the deploy, in this order. */
const STORIES = {
  Upgrade: (at: () => CrateBench) =>
    it('WC1.1 I5 is upgraded with its data, which was copied while nothing ran', async () => {
      const crate = at();
      const before = crate.running;
      crate.running = '1.1.0+1.1.0';
      await crate.release(crate.running);
      const { snapshot } = await crate.settledAt(crate.running);
      expect(await crate.data()).to.deep.equal({ schema: crate.running, order: 'first' });
      const set = join(crate.bench.state, 'warm/crate/sets', snapshot?.id ?? '', 'volumes/data');
      expect(lineIn(set, 'schema')).to.equal(before);
    }),

  RollBack: (at: () => CrateBench) =>
    it('WC1.1 I5 goes back with its data from one that migrates and never answers, and keeps what it wrote', async () => {
      const crate = at();
      const volume = await crate.volume();
      const before = statSync(volume).ino;
      await crate.release('1.2.0+1.2.0', { starts: 'echo spoilt >/data/order', port: 8081 });
      const { quarantine, failedSets = [] } = await crate.rolledBack('1.2.0+1.2.0');
      expect(quarantine?.[0]).to.include({ version: '1.2.0+1.2.0' });
      expect(await crate.data()).to.deep.equal({ schema: crate.running, order: 'first' });
      // Another directory in the place of the one that the new version wrote to, and nothing beside it.
      expect(await crate.volume()).to.equal(volume);
      expect(statSync(volume).ino).not.to.equal(before);
      expect(readdirSync(dirname(volume))).to.deep.equal(['_data']);
      expect(lineIn(volume, 'order')).to.equal('first');
      const kept = join(crate.bench.state, 'warm/crate/asides', failedSets[0]?.id ?? '', 'volumes/data');
      expect([lineIn(kept, 'schema'), lineIn(kept, 'order')]).to.deep.equal(['1.2.0+1.2.0', 'spoilt']);
    }),

  CrashLoop: (at: () => CrateBench) =>
    it('WC1.1 T04 goes back with its data from one that writes and dies', async () => {
      const crate = at();
      await crate.release('1.3.0+1.3.0', { starts: 'echo torn >/data/order; exit 3' });
      await crate.rolledBack('1.3.0+1.3.0');
      expect(await crate.data()).to.deep.equal({ schema: crate.running, order: 'first' });
    }),

  NoImage: (at: () => CrateBench) =>
    it('T54 touches nothing for a version whose image no registry has, and says so', async () => {
      const registry = await emptyRegistry();
      try {
        await isLeftAlone(at(), '1.4.0+1.4.0', `${registry.host}/nowhere/crate:1`);
      } finally {
        await registry.close();
      }
    }),

  ForeignImage: (at: () => CrateBench) =>
    it('T54 touches nothing for a version whose image is for another processor, and says so', async () => {
      await isLeftAlone(at(), '1.5.0+1.5.0', foreignImage());
    }),

  Removed: (at: () => CrateBench) =>
    it('comes back with its data where somebody removes the stack', async () => {
      const crate = at();
      docker('stack', 'rm', await crate.stack());
      await isRepaired(crate, /the stack \S+ was removed/);
    }),

  Scaled: (at: () => CrateBench) =>
    it('comes back with its data where somebody scales its service to nothing', async () => {
      const crate = at();
      docker('service', 'scale', '--detach', `${await crate.stack()}_app=0`);
      await isRepaired(crate, /service app was scaled to 0/);
    }),

  Killed: (at: () => CrateBench) =>
    it('is left to the engine where somebody removes its container', async () => {
      const crate = at();
      const [{ containers }, before] = [await crate.living(), await crate.drifts()];
      docker('rm', '--force', ...containers);
      await crate.hasOther(containers);
      await crate.settledAt(crate.running);
      expect(await crate.data()).to.deep.equal({ schema: crate.running, order: 'first' });
      expect(await crate.drifts()).to.deep.equal(before);
    }),

  AtRest: (at: () => CrateBench) =>
    it(`WC1a keeps its tasks and containers over ${RESYNCS} resyncs`, async () => {
      const crate = at();
      const before = await crate.living();
      const [container = ''] = before.containers;
      const looks = () => Number(docker('exec', container, 'sh', '-c', `wc -l <${LOOKS}`));
      const wanted = looks() + RESYNCS;
      const options = { timeoutMs: READY_MS, everyMs: 500 };
      await crate.bench.waitFor(`${RESYNCS} looks`, () => looks() >= wanted, options);
      expect(await crate.living()).to.deep.equal(before);
    }),
} as const;

/** It is deployed again with its data, once, and an event says what was seen. */
async function isRepaired(crate: CrateBench, what: RegExp): Promise<void> {
  await crate.repaired(what);
  expect(await crate.data()).to.deep.equal({ schema: crate.running, order: 'first' });
  expect((await crate.drifts()).filter((message) => what.test(message))).to.have.length(1);
}

async function isLeftAlone(crate: CrateBench, version: string, image: string): Promise<void> {
  const before = await crate.living();
  await crate.release(version, { image });
  // The gate holds what runs another image; somebody lets it through.
  const isHeld = async (): Promise<boolean> =>
    conditionOf(await crate.status(), 'Held')?.message?.includes(version) === true;
  await crate.bench.waitFor('the hold', isHeld, { timeoutMs: READY_MS });
  await crate.bench.ok('approve', 'ws/crate', version);
  const isTold = async (): Promise<boolean> => {
    const { items } = JSON.parse(await crate.bench.ok('get', 'alerts', '-o', 'json')) as {
      items: { reason: string; message: string }[];
    };
    return items.some(({ reason, message }) => reason === 'UpgradeNotPrepared' && message.includes(version));
  };
  await crate.bench.waitFor('the alert', isTold, { timeoutMs: READY_MS });
  const { quarantine = [] } = await crate.settledAt(crate.running);
  expect(quarantine.find((one) => one.version === version)?.reason).to.equal('NotPrepared');
  expect(await crate.living()).to.deep.equal(before);
}

/** A warm service with data on an engine; what is tried of it, in this order. */
export function warmServices(kind: StackKind, stories: readonly (keyof typeof STORIES)[]): void {
  describe(`a warm service on ${kind}`, function () {
    this.timeout(4 * READY_MS);
    let crate: CrateBench;

    before(async () => {
      const isResting = stories.includes('AtRest');
      crate = new CrateBench(kind, isResting ? { word: 'rest', resync: '100ms' } : { word: 'warm' });
      await crate.start();
    });
    after(() => crate?.bench.dispose());

    it('WC1a is deployed with a volume of its own, and answers', async () => {
      expect(await crate.data()).to.deep.equal({ schema: FIRST, order: 'first' });
      expect((await crate.volume()).endsWith('/_data')).to.equal(true);
    });
    for (const story of stories) STORIES[story](() => crate);
  });
}
