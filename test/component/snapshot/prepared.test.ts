import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import type { Coreutils } from '../../../lib/fs/coreutils.ts';
import { discardAsides, emptyTrash, hasTrash } from '../../../lib/snapshot/discard.ts';
import { leavingsOf } from '../../../lib/snapshot/leavings.ts';
import type { Manifest } from '../../../lib/snapshot/manifest.ts';
import { type PrepareStep, prepareCopy, withdrawPrepared } from '../../../lib/snapshot/prepare.ts';
import { isPrepared, readPrepared } from '../../../lib/snapshot/prepared.ts';
import { restoreSet } from '../../../lib/snapshot/restore.ts';
import { restoreUnfinished } from '../../../lib/snapshot/restore-journal.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { codeOf } from '../../rig/code-of.ts';
import { makeOddTree } from './odd-tree.ts';
import { describeTree, fields, makeScratch, realTools, ScratchApp } from './scratch.ts';

const { signal } = new AbortController();
const GOOD = ['good', 'good', 'good', 'good'];

describe('a prepared copy', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let app: ScratchApp;
  let set: string;
  let manifest: Manifest;

  beforeEach(async () => {
    scratch = makeScratch();
    app = new ScratchApp(scratch.path);
    app.fill('good');
    makeOddTree(app.volumePath('data'));
    const directory = join(scratch.path, 'generations');
    set = join(directory, 'g1');
    manifest = await makeSet({
      ...{ id: 'g1', directory, volumes: volumes(), envFile: app.envFile, secretsDirectory: app.secretsDirectory },
      ...{ fields, assertUndeployed: async () => {}, clock: systemClock, tools: realTools() },
    });
    fs.rmSync(app.volumePath('data'), { recursive: true });
    app.fill('bad');
  });
  afterEach(() => scratch.remove());

  const volumes = () => [app.volume('data'), app.volume('db')];
  const live = () => ({ home: app, volumes: volumes() });
  const prepare = (changes: Partial<Parameters<typeof prepareCopy>[0]> = {}) =>
    prepareCopy({ set, manifest, live: live(), tools: realTools(), ...changes });
  const restore = (tools: Coreutils = realTools(), id = 'r1') =>
    restoreSet({
      ...{ set, target: app.target(() => []), operation: { id, attempt: 1 }, assertUndeployed: async () => {}, tools },
    });
  /** Fails whoever starts a program. */
  const noTools: Coreutils = {
    ...realTools(),
    runner: { run: () => Promise.reject(new Error('nothing is to be copied while somebody waits')) },
  };
  const copyOf = (live: string): string => {
    const parent = join(live, '..');
    const name = fs.readdirSync(parent).find((one) => one.startsWith(`.cc-ci~prepared~${live.split('/').at(-1)}~`));
    return join(parent, name ?? '', 'copy');
  };

  it('holds all that the set holds, in directories that only we enter, and touches nothing live', async () => {
    await prepare();
    expect(await isPrepared(live(), manifest)).to.equal(true);
    for (const name of ['data', 'db']) {
      const copy = copyOf(app.volumePath(name));
      expect(describeTree(copy)).to.deep.equal(describeTree(join(set, 'volumes', name)));
      expect((fs.statSync(join(copy, '..')).mode & 0o777).toString(8)).to.equal('700');
    }
    expect(app.conditions()).to.deep.equal(['bad', 'bad', 'bad', 'bad']);
    expect(await leavingsOf(live())).to.equal('None');
  });

  it('is put in place by renames: nothing is read or copied, and what was live goes aside', async () => {
    await prepare();
    const inodes = volumes().map(({ path }) => fs.statSync(copyOf(path)).ino);
    await restore(noTools);
    expect(volumes().map(({ path }) => fs.statSync(path).ino)).to.deep.equal(inodes);
    expect(app.conditions()).to.deep.equal(GOOD);
    expect(describeTree(app.volumePath('data'))).to.deep.equal(describeTree(join(set, 'volumes/data')));
    expect(await restoreUnfinished(app.directory)).to.equal(undefined);
    expect(await isPrepared(live(), manifest), 'used up').to.equal(false);
    await restore(noTools);
    const aside = fs.readdirSync(join(app.directory, 'volumes')).filter((name) => name.includes('~aside~'));
    expect(aside).to.have.length(2);
  });

  it('that is used up is followed by another one, and by a restore without one', async () => {
    await prepare();
    await restore(noTools);
    await discardAsides(app.directory);
    app.fill('bad');
    await restore(realTools(), 'r2');
    expect(app.conditions()).to.deep.equal(GOOD);
    await discardAsides(app.directory);
    await withdrawPrepared(live());
    await prepare();
    app.fill('bad');
    await restore(noTools, 'r3');
    expect(app.conditions()).to.deep.equal(GOOD);
  });

  const faults: readonly (readonly [string, () => void])[] = [
    ['of another mode', () => fs.chmodSync(copyOf(app.volumePath('db')), 0o777)],
    ['with an entry more', () => fs.writeFileSync(join(copyOf(app.volumePath('db')), 'more'), '')],
    ['that was put there anew', () => replaced(copyOf(app.volumePath('db')))],
    ['of which a part is gone', () => fs.rmSync(copyOf(app.envFile))],
    ['of which a file was written to', () => fs.appendFileSync(copyOf(app.envFile), 'X=1\n')],
    ['whose record is garbled', () => fs.writeFileSync(join(app.directory, 'prepared.json'), '{')],
    ['whose record is of another format', () => fs.writeFileSync(join(app.directory, 'prepared.json'), '{"format":2}')],
    ['whose record is gone', () => fs.unlinkSync(join(app.directory, 'prepared.json'))],
    ['of another set', () => rewrite((record) => ({ ...record, set: 'g0' }))],
    ['of a set with another manifest', () => rewrite((record) => ({ ...record, manifestDigest: 'sha256:0' }))],
  ];
  for (const [what, spoil] of faults) {
    it(`I3 ${what} is none: the set is copied`, async () => {
      await prepare();
      spoil();
      expect(await isPrepared(live(), manifest)).to.equal(false);
      await restore();
      expect(app.conditions()).to.deep.equal(GOOD);
      expect(describeTree(app.volumePath('db'))).to.deep.equal(describeTree(join(set, 'volumes/db')));
    });
  }
  const replaced = (path: string): void => {
    fs.cpSync(path, `${path}.2`, { recursive: true });
    fs.rmSync(path, { recursive: true });
    fs.renameSync(`${path}.2`, path);
  };
  const rewrite = (change: (record: object) => object): void => {
    const path = join(app.directory, 'prepared.json');
    fs.writeFileSync(path, JSON.stringify(change(JSON.parse(fs.readFileSync(path, 'utf8')) as object)));
  };

  it('I1 of a damaged set is not made, and nothing is left of it', async () => {
    fs.appendFileSync(join(set, 'volumes/db/big'), 'x');
    expect(await codeOf(prepare())).to.equal('Damaged');
    expect([await readPrepared(app.directory), prepared()]).to.deep.equal([undefined, []]);
  });

  it('beside a volume that is gone is not made', async () => {
    const without = { home: app, volumes: [app.volume('data')] };
    expect(await codeOf(prepare({ live: without }))).to.equal('DataMissing');
    expect(prepared()).to.deep.equal([]);
  });

  it('is not sealed where a step fails, and nothing is left', async () => {
    const steps: PrepareStep[] = [];
    await prepare({ onStep: (step) => steps.push(step) });
    expect(steps).to.deep.equal(['Copy', 'Copy', 'Copy', 'Copy', 'Seal']);
    for (let fails = 0; fails < steps.length; fails += 1) {
      await withdrawPrepared(live());
      await emptyTrash(live(), signal);
      let step = 0;
      const onStep = (): void => {
        if (step++ === fails) throw new Error('no');
      };
      await codeOf(prepare({ onStep }));
      expect([await readPrepared(app.directory), prepared()], String(fails)).to.deep.equal([undefined, []]);
    }
  });

  const prepared = (): string[] =>
    [app.directory, join(app.directory, 'volumes')].flatMap((directory) =>
      fs.readdirSync(directory).filter((name) => name.includes('~prepared~')),
    );

  it('that is withdrawn, and asides that are discarded, lose their names at once and their data later', async () => {
    await prepare();
    await withdrawPrepared(live());
    expect([await isPrepared(live(), manifest), prepared(), await hasTrash(live())]).to.deep.equal([false, [], true]);
    await restore();
    await discardAsides(app.directory);
    expect(await leavingsOf(live())).to.equal('None');
    expect(fs.readdirSync(join(app.directory, 'volumes')).filter((name) => name.includes('~trash~'))).to.have.length(4);
    expect(await codeOf(emptyTrash(live(), AbortSignal.abort()))).to.equal('Aborted');
    await emptyTrash(live(), signal);
    expect(await hasTrash(live())).to.equal(false);
    expect(fs.readdirSync(app.directory).sort()).to.deep.equal(['env', 'secrets', 'volumes']);
    expect(app.conditions()).to.deep.equal(GOOD);
  });
});
