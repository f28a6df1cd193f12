import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Bench } from './harness.ts';

const RUN = { recipe: 'nothing', ref: 'main', suspend: true };
const waiting = { kind: 'Run', name: 'waiting' } as const;

describe('a controller whose directories', function () {
  this.timeout(240_000);
  let bench: Bench;
  let aside: string;

  beforeEach(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}', deletionGrace: '300ms' });
    aside = join(bench.root, 'aside');
    bench.apply('Run', 'waiting', RUN);
    await bench.start();
    await bench.waitCondition(waiting, 'Succeeded', 'Unknown');
  });
  afterEach(() => bench.dispose());

  /** What a restart makes of the object that was there. */
  const uidAfterRestart = async (): Promise<string | undefined> => {
    await bench.start();
    return (await bench.object('Run', 'waiting'))?.object.uid;
  };

  it('are moved away (state): ends with an error, and nothing is made anew there', async () => {
    const uid = (await bench.object('Run', 'waiting'))?.object.uid;
    renameSync(bench.state, aside);
    expect(await bench.ownEnd()).to.equal(1);
    expect(bench.log).to.contain(bench.state);
    expect(existsSync(bench.state)).to.equal(false);
    renameSync(aside, bench.state);
    expect(await uidAfterRestart()).to.equal(uid);
  });

  it('are replaced (state): ends, and leaves the new directory alone', async () => {
    renameSync(bench.state, aside);
    mkdirSync(bench.state);
    expect(await bench.ownEnd()).to.equal(1);
    expect(readdirSync(bench.state)).to.deep.equal([]);
  });

  it('T51 are moved away (specs): holds, deletes nothing, and goes on when they are back', async () => {
    renameSync(bench.specs, aside);
    const source = () => readFileSync(join(bench.state, 'source.json'), 'utf8');
    await bench.waitFor('the source to be unavailable', () => source().includes('DirectoryMissing'));
    expect(existsSync(bench.specs)).to.equal(false);
    renameSync(aside, bench.specs);
    await bench.waitFor('the source to be there', () => source().includes('"available":true'));
    expect((await bench.object('Run', 'waiting'))?.object.deletion).to.equal(undefined);
  });

  it('I9 are replaced by a copy of ours (specs): locks it anew, and uses it', async () => {
    mkdirSync(aside);
    // What is written meanwhile comes and goes.
    const lasting = readdirSync(bench.specs).filter((name) => !/^\.(tmp-|cc-ci-lock)/.test(name));
    for (const name of lasting) cpSync(join(bench.specs, name), join(aside, name), { recursive: true });
    renameSync(bench.specs, join(bench.root, 'before'));
    renameSync(aside, bench.specs);
    await bench.waitFor('the lock', () => bench.log.includes('locked anew'));
    bench.apply('Run', 'another', RUN);
    await bench.waitCondition({ kind: 'Run', name: 'another' }, 'Succeeded', 'Unknown');
    const other = join(bench.root, 'other-state');
    const second = await bench.startAndFail(['--state-directory', other]);
    expect(second.exitCode).to.equal(1);
    expect(second.stderr).to.contain('.cc-ci-lock');
  });

  it("I9 are replaced by somebody else's (specs): ends, and leaves them alone", async () => {
    mkdirSync(aside);
    writeFileSync(join(aside, '.cc-ci-instance'), 'somebody-else\n');
    renameSync(bench.specs, join(bench.root, 'before'));
    renameSync(aside, bench.specs);
    expect(await bench.ownEnd()).to.equal(1);
    expect(bench.log).to.contain('somebody-else');
    expect(readdirSync(bench.specs)).to.deep.equal(['.cc-ci-instance']);
  });
});
