import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { releaseRecipe } from '../../builders/recipe.ts';
import { CANONICAL_DOMAIN, enrol, HEALTHY, type Notes, notesBench } from '../run/enrolled.ts';

describe('an old answer of the platform', function () {
  this.timeout(120_000);
  const key = { kind: 'Canonical', name: 'notes' } as const;
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
    await enrol(notes);
    await notes.bench.write('Run', 'r1', { recipe: 'notes' });
    await notes.bench.finish('r1');
  });
  afterEach(() => notes.bench.close());

  const live = () => join(notes.bench.platform.directory, CANONICAL_DOMAIN, 'data');
  const passes = async (count: number) => {
    for (let pass = 0; pass < count; pass += 1) await notes.bench.pass(key);
  };

  it('T68 without the volumes, given once, restores nothing over them', async () => {
    const { platform, root } = notes.bench;
    await writeFile(join(live(), 'precious'), 'nowhere else');
    await passes(2);
    await rename(live(), join(root, 'elsewhere'));
    await platform.staleNext('volumes', CANONICAL_DOMAIN);
    await rename(join(root, 'elsewhere'), live());
    const undeployed = platform.count('undeploy');
    await passes(4);
    expect(await readFile(join(live(), 'precious'), 'utf8')).to.equal('nowhere else');
    expect(platform.count('undeploy')).to.equal(undeployed);
  });

  it('T68 without a volume, given once, makes no known-good that lacks it', async () => {
    const { platform, root } = notes.bench;
    notes.bench.platform.behave(await releaseRecipe(notes.recipe, { version: '1.2.0+1.2.0' }), HEALTHY);
    await notes.bench.write('Run', 'r2', { recipe: 'notes' });
    const down = async () =>
      (await notes.bench.journal('r2').catch(() => undefined))?.promotionMemory?.steps?.done.includes('Undeploy') ===
      true;
    await notes.bench.until(down, 'the undeploy');
    await rename(live(), join(root, 'elsewhere'));
    await platform.staleNext('volumes', CANONICAL_DOMAIN);
    await rename(join(root, 'elsewhere'), live());
    const status = await notes.bench.finish('r2');
    const pointer = await notes.bench.knownGood('notes').pointer();
    expect(pointer?.manifest.volumes.map(({ name }) => name)).to.deep.equal(['data']);
    expect(status.promotion?.result).to.equal('Failed');
  });
});
