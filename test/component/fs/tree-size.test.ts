import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { treeSize, type WalkBounds } from '../../../lib/fs/tree-size.ts';
import { codeOf } from '../../contract/platform/platform-contract.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { makeScratch } from '../snapshot/scratch.ts';
import { makeDeepTree } from './deep-tree.ts';

const never = new AbortController().signal;
const MIB = 2 ** 20;
/** More than the directories of these small trees take. */
const SLACK = MIB / 2;

describe('the size of a tree', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let root: string;

  beforeEach(() => {
    scratch = makeScratch();
    root = join(scratch.path, 'volume');
    fs.mkdirSync(root);
  });
  afterEach(() => scratch.remove());

  const place = (name: string): string => join(root, name);
  const write = (name: string, bytes: number): void => fs.writeFileSync(place(name), Buffer.alloc(bytes, 1));
  const size = async (bounds: Partial<WalkBounds> = {}, signal = never, path = root) =>
    await treeSize(path, { maxEntries: 10_000, maxMs: 60_000, clock: new FakeClock(), ...bounds }, signal);

  it('counts what files take, a hard-linked one once, holes and what links lead to not at all', async () => {
    fs.mkdirSync(place('below'));
    write('one', MIB);
    write('below/two', 2 * MIB);
    for (const name of ['again', 'below/again']) fs.linkSync(place('one'), place(name));
    fs.truncateSync(place('one'), 500 * MIB);
    fs.symlinkSync('/usr', place('usr'));
    fs.symlinkSync('.', place('below/loop'));
    const seen = await size();
    expect(seen?.bytes).to.be.within(3 * MIB, 3 * MIB + SLACK);
    expect(seen).to.include({ entries: 8 }).and.to.not.have.property('gap');
  });

  it('is absent where nothing is, and refuses a link in its place', async () => {
    expect(await size({}, never, place('nothing'))).to.equal(undefined);
    expect(await size({}, never, place('nothing/below'))).to.equal(undefined);
    fs.symlinkSync('/usr', place('usr'));
    expect(await codeOf(size({}, never, place('usr')))).to.equal('Refused');
  });

  it('T87 a tree that is deeper than a path can be has a size', async () => {
    makeDeepTree(root, { levels: 70, bytes: 200 });
    const seen = await size();
    expect(seen).to.include({ entries: 212 }).and.to.not.have.property('gap');
  });

  it('ends at its bound of entries and says so, in one wide directory too', async () => {
    for (let file = 0; file < 300; file += 1) write(`file${file}`, 10);
    const seen = await size({ maxEntries: 100 });
    expect(seen).to.include({ gap: 'Cut' });
    expect(seen?.entries).to.be.within(100, 120);
    expect(seen?.bytes).to.be.greaterThan(0);
  });

  it('ends when its time is over and says so', async () => {
    for (let file = 0; file < 300; file += 1) write(`file${file}`, 10);
    const clock = new FakeClock();
    let looks = 0;
    const monotonicMs = (): number => (looks++ < 3 ? 0 : 1_000);
    const seen = await size({ maxMs: 500, clock: Object.assign(clock, { monotonicMs }) });
    expect(seen).to.include({ gap: 'Cut' });
    expect(seen?.entries).to.be.lessThan(100);
  });

  it('ends with its signal, and leaves nothing open', async () => {
    write('one', 10);
    const open = fs.readdirSync('/proc/self/fd').length;
    expect(await codeOf(size({}, AbortSignal.abort()))).to.equal('Aborted');
    expect(fs.readdirSync('/proc/self/fd').length).to.be.at.most(open);
  });

  it('a tree that changes under the walk has a size, never an error', async () => {
    for (let number = 0; number < 10; number += 1) {
      fs.mkdirSync(place(`d${number}/deep/deeper`), { recursive: true });
      write(`d${number}/deep/deeper/file`, 4_096);
    }
    const changes = [
      () => fs.rmSync(place('d1'), { recursive: true }),
      () => fs.renameSync(place('d2/deep'), place('d3/moved')),
      () => fs.renameSync(place('d4'), place('away')),
      () => fs.symlinkSync('/usr', place('d4')),
      () => fs.rmSync(place('d5'), { recursive: true }),
      () => write('d5', 10),
      ...[0, 6, 7, 8, 9].map((number) => () => fs.renameSync(place(`d${number}/deep`), place(`moved${number}`))),
    ];
    let made = 0;
    // Asked between any two looks.
    const monotonicMs = (): number => {
      if (made > 0) changes[made - 1]?.();
      made += 1;
      return 0;
    };
    const seen = await size({ clock: Object.assign(new FakeClock(), { monotonicMs }) });
    expect(made).to.be.greaterThan(changes.length);
    expect(seen?.entries).to.be.within(11, 60);
    expect(seen?.bytes).to.be.lessThan(MIB);
  });
});
