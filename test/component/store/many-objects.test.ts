import { appendFile, readFile, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import type { FileStore } from '../../../lib/store/file-store.ts';
import { CallCounts } from '../../rig/call-counts.ts';
import { canonicalText, eventually, type Fixture, fixture } from './store-fixture.ts';

const key = (index: number) => ({ kind: 'Canonical', name: `r${index}` }) as const;
/** Longer than any test. */
const ENOUGH_MS = 3_600_000;
const listings = (counts: Record<string, number>): number =>
  (counts.readdir ?? 0) + (counts.readdirSync ?? 0) + (counts.opendir ?? 0);

/** A store over so many specs, in the state in which a controller leaves it that has shown each once. */
async function storeOf(f: Fixture, size: number): Promise<FileStore> {
  for (let index = 0; index < size; index += 1) await f.write(`r${index}.yaml`, canonicalText(`r${index}`));
  const store = await f.open();
  await store.sync();
  for (const object of store.list()) await store.projectStatus(object, { observedGeneration: 1 });
  return store;
}

describe('a store over many specs', () => {
  let f: Fixture;
  let counts: CallCounts | undefined;
  beforeEach(async () => {
    f = await fixture();
  });
  afterEach(async () => {
    counts?.stop();
    await f.close();
  });
  /** From when nothing is under way any more. */
  const count = async (directory = f.root): Promise<CallCounts> => {
    counts = CallCounts.on(await realpath(directory));
    await quiet(counts);
    return counts;
  };
  /** What was called until nothing was under way any more. */
  const quiet = async (counted: CallCounts): Promise<Record<string, number>> => {
    const all: Record<string, number> = {};
    const more = async (): Promise<boolean> => {
      await f.clock.sleep(300);
      const some = Object.entries(counted.take());
      for (const [name, number] of some) all[name] = (all[name] ?? 0) + number;
      return some.length === 0;
    };
    await eventually(more, 'nothing is called any more');
    return all;
  };
  /** Time stands still for whoever looks regularly: what happens is what a hint led to. */
  const withoutRescans = (): void => {
    f.clock.monotonicMs = () => 0;
    f.clock.after = (delayMs, run) => systemClock.after(delayMs < 1_000 ? delayMs : ENOUGH_MS, run);
  };
  /** Written at once, so that nobody sees a part of it. */
  const put = async (index: number, text: string, directory = f.specs): Promise<void> => {
    await writeFile(join(directory, `.r${index}`), text);
    await rename(join(directory, `.r${index}`), join(directory, `r${index}.yaml`));
  };
  const observedEdit = async (store: FileStore, index: number): Promise<void> => {
    const before = store.get(key(index))!.generation;
    await put(index, canonicalText(`r${index}`, '  seed: Manual\n'));
    await eventually(() => store.get(key(index))!.generation > before, 'the edit is seen');
  };

  it('T66 no directory is listed for status files that are written', async () => {
    withoutRescans();
    const store = await storeOf(f, 10);
    await store.start();
    await observedEdit(store, 0);
    const counted = await count(f.specs);
    for (let turn = 0; turn < 50; turn += 1) await store.projectStatus(key(turn % 10), { turn });
    expect(listings(await quiet(counted))).to.equal(0);
  });

  it('F5 a changed status is written without a look at what it replaces but for one at the file of people', async () => {
    withoutRescans();
    const store = await storeOf(f, 3);
    const counted = await count();
    await store.projectStatus(key(1), { observedGeneration: 2 });
    const { statSync, readFile = 0, open = 0, stat = 0 } = counted.take();
    expect([readFile, open, stat]).to.deep.equal([0, 0, 0]);
    expect(statSync, 'one of the file beside, and one of each that was written').to.equal(3);
  });

  /** All calls of a first sync over so many specs, each shown once, and of the stop. */
  const firstSync = async (size: number): Promise<Record<string, number>> => {
    f.clock.after = (_, run) => systemClock.after(ENOUGH_MS, run);
    for (let index = 0; index < size; index += 1) {
      const path = await f.write(`r${index}.yaml`, canonicalText(`r${index}`));
      await utimes(path, 1, 1);
    }
    const counted = CallCounts.on(await realpath(f.root));
    counts = counted;
    const store = await f.open();
    await store.sync();
    for (const object of store.list()) await store.projectStatus(object, { observedGeneration: 1 });
    await store.stop();
    const all = counted.take();
    counted.stop();
    await f.close();
    f = await fixture();
    return all;
  };

  for (const [few, some, many, when] of [
    [4, 8, 24, ''],
    [50, 100, 1_000, ' @nightly'],
  ] as const) {
    it(`a first sync costs each object the same calls, at ${some} as at ${many}${when}`, async function () {
      this.timeout(600_000);
      const [one, two, three] = [await firstSync(few), await firstSync(some), await firstSync(many)];
      const added = (a: Record<string, number>, b: Record<string, number>, by: number) =>
        Object.fromEntries(Object.keys(b).map((name) => [name, ((b[name] ?? 0) - (a[name] ?? 0)) / by]));
      const { openSync: openOfMany = 0, statSync: statOfMany = 0, ...ofMany } = added(two, three, many - some);
      const { openSync: openOfFew = 0, statSync: statOfFew = 0, ...ofFew } = added(one, two, some - few);
      expect(ofMany).to.deep.equal(ofFew);
      // Objects that are made at once share a turn of the log of records: a look at it and its opening, at most one more each.
      expect(Math.abs(openOfMany - openOfFew), 'opened').to.be.at.most(1);
      expect(Math.abs(statOfMany - statOfFew), 'looked at').to.be.at.most(1);
    });
  }

  it('an edit costs the same calls however many files there are, and no listing', async () => {
    const costs: Record<string, number>[] = [];
    for (const size of [5, 70]) {
      withoutRescans();
      const store = await storeOf(f, size);
      await store.start();
      await observedEdit(store, 0);
      const counted = await count();
      await observedEdit(store, 1);
      costs.push(await quiet(counted));
      counted.stop();
      await f.close();
      f = await fixture();
    }
    expect(listings(costs[0]!)).to.equal(0);
    expect(costs[1]).to.deep.equal(costs[0]);
  });

  it('F1 an edit, a new file and a broken one are taken over by a look at them alone', async () => {
    withoutRescans();
    const store = await storeOf(f, 3);
    await store.start();
    await observedEdit(store, 0);
    const counted = await count(f.specs);
    await observedEdit(store, 1);
    await f.write('new.yaml', canonicalText('new'));
    await eventually(() => store.get({ kind: 'Canonical', name: 'new' }) !== undefined, 'the new one is there');
    await f.write('r2.yaml', '{');
    await eventually(() => store.get(key(2))!.rejected !== undefined, 'the broken one is refused');
    expect(listings(await quiet(counted))).to.equal(0);
    expect(store.get(key(2))!.spec).to.deep.include({ seed: 'Auto' });
  });

  it('what vanished, moved, or names what another file names is told by a listing', async () => {
    const store = await storeOf(f, 3);
    await store.start();
    await f.remove('r0.yaml');
    await eventually(() => store.get(key(0))!.deletion !== undefined, 'the one that vanished is missed');
    await rename(join(f.specs, 'r1.yaml'), join(f.specs, 'moved.yaml'));
    await eventually(() => store.get(key(1))!.path.endsWith('moved.yaml'), 'the one that moved is found');
    expect(store.get(key(1))!.deletion).to.equal(undefined);
    await f.write('other.yaml', canonicalText('r2'));
    const problems = (): Promise<string> => readFile(join(f.state, 'problems.json'), 'utf8');
    await eventually(async () => (await problems()).includes('DuplicateName'), 'the second one of the name is told');
    expect(store.get(key(2))!.path).to.equal(join(f.specs, 'r2.yaml'));
  });

  it('a directory that is new is watched, with what it holds by then', async () => {
    const store = await storeOf(f, 1);
    await store.start();
    await f.write('sub/deep/a.yaml', canonicalText('a'));
    await eventually(() => store.get({ kind: 'Canonical', name: 'a' }) !== undefined, 'the file below is found');
    await f.write('sub/deep/a.yaml', canonicalText('a', '  seed: Manual\n'));
    await eventually(() => store.get({ kind: 'Canonical', name: 'a' })!.generation === 2, 'its edit is seen');
  });

  it('F4 a file in a directory that is left out stays out, until it is not left out any more', async () => {
    await f.write('sub/.cc-ci-ignore', '');
    const store = await storeOf(f, 1);
    await store.start();
    await f.write('sub/a.yaml', canonicalText('a'));
    await observedEdit(store, 0);
    expect(store.get({ kind: 'Canonical', name: 'a' })).to.equal(undefined);
    await f.remove('sub/.cc-ci-ignore');
    await eventually(() => store.get({ kind: 'Canonical', name: 'a' }) !== undefined, 'it is taken in');
  });

  it('T51 the spec directory is seen to go and to come back; what else happens beside it is nothing', async () => {
    withoutRescans();
    const store = await storeOf(f, 1);
    await store.start();
    const counted = await count(f.specs);
    for (let line = 0; line < 20; line += 1) await appendFile(join(f.root, 'controller.log'), 'line\n');
    expect(await quiet(counted)).to.deep.equal({});
    counted.stop();
    await rename(f.specs, `${f.specs}-away`);
    await eventually(() => !store.complete(), 'it is missed');
    await put(0, canonicalText('r0', '  seed: Manual\n'), `${f.specs}-away`);
    await rename(`${f.specs}-away`, f.specs);
    await eventually(() => store.complete() && store.get(key(0))!.generation === 2, 'it is back');
    expect(store.get(key(0))!.deletion).to.equal(undefined);
  });

  it('F4 a link to a file elsewhere is followed to the file', async () => {
    const elsewhere = join(f.root, 'elsewhere.yaml');
    await writeFile(elsewhere, canonicalText('a'));
    await symlink(elsewhere, join(f.specs, 'a.yaml'));
    const store = await storeOf(f, 1);
    await store.start();
    await writeFile(`${elsewhere}.new`, canonicalText('a', '  seed: Manual\n'));
    await rename(`${elsewhere}.new`, elsewhere);
    await eventually(() => store.get({ kind: 'Canonical', name: 'a' })!.generation === 2, 'the edit is seen');
    await rm(elsewhere);
    await store.sync();
    expect(store.get({ kind: 'Canonical', name: 'a' })!.deletion).to.equal(undefined);
  });
});
