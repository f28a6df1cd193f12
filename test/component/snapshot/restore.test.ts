import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import { removeAsides } from '../../../lib/snapshot/discard.ts';
import { type RestoreSetOptions, type RestoreStep, restoreSet } from '../../../lib/snapshot/restore.ts';
import { restoreJournalPath, restoreUnfinished } from '../../../lib/snapshot/restore-journal.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { verifySet } from '../../../lib/snapshot/verify-set.ts';
import { makeOddTree } from './odd-tree.ts';
import { describeTree, fields, makeScratch, realTools, ScratchApp } from './scratch.ts';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof CcError ? error.code : String(error);
  }
  return 'none';
}

describe('restoreSet', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let app: ScratchApp;
  let set: string;
  let live: string[];

  beforeEach(async () => {
    scratch = makeScratch();
    app = new ScratchApp(scratch.path);
    app.fill('good');
    makeOddTree(app.volumePath('data'));
    set = join(scratch.path, 'sets', 'op-1');
    await makeSetOf('op-1');
    live = ['data', 'db'];
  });
  afterEach(() => scratch.remove());

  async function makeSetOf(id: string): Promise<void> {
    await makeSet({
      id,
      directory: join(scratch.path, 'sets'),
      volumes: [app.volume('data'), app.volume('db')],
      envFile: app.envFile,
      secretsDirectory: app.secretsDirectory,
      fields,
      assertUndeployed: async () => {},
      clock: systemClock,
      tools: realTools(),
    });
  }

  function options(changes: Partial<RestoreSetOptions> = {}): RestoreSetOptions {
    return {
      set,
      target: app.target(() => live),
      operation: { id: 'restore-1', attempt: 1 },
      assertUndeployed: async () => {},
      tools: realTools(),
      ...changes,
    };
  }

  const hidden = (): string[] => fs.readdirSync(join(app.directory, 'volumes')).filter((name) => name.startsWith('.'));

  it('I3 brings back exactly what the set holds', async () => {
    const before = describeTree(app.directory);
    app.fill('bad');
    fs.rmSync(join(app.volumePath('data'), 'zero'));
    fs.writeFileSync(join(app.volumePath('data'), 'new'), 'n');
    await restoreSet(options());
    await removeAsides(app.directory);
    expect(describeTree(app.directory)).to.deep.equal(before);
    expect((await verifySet(set, realTools().signal)).state).to.equal('Intact');
  });

  it('I15 keeps what was live beside it until it is told that the app is healthy', async () => {
    app.fill('bad');
    const bad = describeTree(app.volumePath('data'));
    await restoreSet(options());
    const aside = join(app.directory, 'volumes', '.cc-ci~aside~data~restore-1~1');
    expect(describeTree(aside)).to.deep.equal(bad);
    expect(fs.readFileSync(join(app.directory, '.cc-ci~aside~env~restore-1~1'), 'utf8')).to.contain('bad');
    await removeAsides(app.directory);
    await removeAsides(app.directory);
    expect(hidden()).to.deep.equal([]);
    expect(fs.readdirSync(app.directory).sort()).to.deep.equal(['env', 'secrets', 'volumes']);
  });

  it('does nothing once it has ended, whatever happened to the data since', async () => {
    await restoreSet(options());
    app.fill('later');
    const steps: RestoreStep[] = [];
    await restoreSet(options({ onStep: (step) => steps.push(step) }));
    expect(steps).to.deep.equal(['Verify']);
    expect(app.conditions()).to.deep.equal(['later', 'later', 'later', 'later']);
  });

  it('I15 a later attempt sets aside what the earlier one restored, under another name', async () => {
    app.fill('bad');
    await restoreSet(options());
    app.fill('worse');
    await restoreSet(options({ operation: { id: 'restore-1', attempt: 2 } }));
    expect(app.conditions()).to.deep.equal(['good', 'good', 'good', 'good']);
    const asides = hidden().map((name) =>
      fs
        .readFileSync(join(app.directory, 'volumes', name, 'inner', 'file'), 'utf8')
        .split(' ')
        .at(0),
    );
    expect(asides.sort()).to.deep.equal(['bad', 'bad', 'worse', 'worse']);
  });

  it('I16 restores a lost volume', async () => {
    fs.rmSync(app.volumePath('db'), { recursive: true });
    live = ['data'];
    await restoreSet(options());
    expect(app.conditions()).to.deep.equal(['good', 'good', 'good', 'good']);
  });

  it('I3 sets volumes aside that the set does not know', async () => {
    fs.mkdirSync(app.volumePath('cache'));
    fs.writeFileSync(join(app.volumePath('cache'), 'x'), 'x');
    live = ['data', 'db', 'cache'];
    await restoreSet(options());
    expect(fs.existsSync(app.volumePath('cache'))).to.equal(false);
    expect(hidden()).to.contain('.cc-ci~aside~cache~restore-1~1');
  });

  it('I13 sets env and secrets aside that the set does not know', async () => {
    const bare = join(scratch.path, 'bare');
    await makeSet({
      id: 'bare-1',
      directory: bare,
      volumes: [],
      envFile: join(bare, 'none'),
      secretsDirectory: join(bare, 'none'),
      fields,
      assertUndeployed: async () => {},
      clock: systemClock,
      tools: realTools(),
    });
    await restoreSet(options({ set: join(bare, 'bare-1') }));
    expect(fs.existsSync(app.envFile)).to.equal(false);
    expect(fs.existsSync(app.secretsDirectory)).to.equal(false);
    expect(fs.existsSync(join(app.directory, '.cc-ci~aside~env~restore-1~1'))).to.equal(true);
  });

  it('T09 records the revision last, once the data is in place', async () => {
    app.fill('bad');
    let seen: string[] = [];
    await restoreSet(
      options({
        setRevision: async (manifest) => {
          seen = [manifest.commit, ...app.conditions(), String((await restoreUnfinished(app.directory))?.id)];
        },
      }),
    );
    expect(seen).to.deep.equal([fields.commit, 'good', 'good', 'good', 'good', 'restore-1']);
    expect(await restoreUnfinished(app.directory)).to.equal(undefined);
  });

  it('I15 touches nothing when the set is damaged or missing', async () => {
    const before = describeTree(app.directory);
    expect(await codeOf(restoreSet(options({ set: join(scratch.path, 'nowhere') })))).to.equal('DataMissing');
    fs.appendFileSync(join(set, 'volumes', 'db', 'big'), 'x');
    expect(await codeOf(restoreSet(options()))).to.equal('Damaged');
    expect(describeTree(app.directory)).to.deep.equal(before);
    expect(await restoreUnfinished(app.directory)).to.equal(undefined);
  });

  it('T06 touches nothing while something still runs', async () => {
    const before = describeTree(app.directory);
    const assertUndeployed = async (): Promise<void> => {
      throw new CcError('Refused', 'still there');
    };
    expect(await codeOf(restoreSet(options({ assertUndeployed })))).to.equal('Refused');
    expect(describeTree(app.directory)).to.deep.equal(before);
  });

  it('I13 a fault at any step leaves it unfinished, keeps all data, and is resumed by the next call', async () => {
    const count = await countSteps();
    expect(count).to.be.above(10);
    for (let broken = 2; broken <= count; broken += 1) {
      app.fill('bad');
      live = ['data', 'db'];
      const operation = { id: `restore-at-${broken}`, attempt: 1 };
      await failAt(broken, operation);
      expect(await allConditions(), `step ${broken}`).to.deep.equal({ bad: 4 });
      if (broken > 2) {
        expect(await restoreUnfinished(app.directory), `step ${broken}`).to.deep.equal(operation);
        expect(await codeOf(removeAsides(app.directory))).to.equal('Refused');
      }
      live = fs.readdirSync(join(app.directory, 'volumes')).filter((name) => !name.startsWith('.'));
      await restoreSet(options({ operation }));
      expect(app.conditions(), `step ${broken}`).to.deep.equal(['good', 'good', 'good', 'good']);
      await removeAsides(app.directory);
      expect(hidden()).to.deep.equal([]);
    }
  });

  it('says each step before it takes it, and begins with none that it cannot do', async () => {
    const said: string[] = [];
    const onStep = (step: RestoreStep): void => void said.push(`${step} ${hasJournal() ? 'journaled' : 'new'}`);
    const none = { id: '../x', attempt: 1 };
    expect(await codeOf(restoreSet(options({ operation: none, onStep })))).to.equal('InvalidInput');
    expect(said).to.deep.equal([]);
    await restoreSet(options({ onStep, setRevision: async () => void said.push('set') }));
    const parts = ['Swap', 'MarkDone'].map((step) => `${step} journaled`);
    expect(said).to.deep.equal([
      ...['Verify new', 'Journal new', ...Array.from({ length: 4 }, () => 'Copy journaled')],
      ...[1, 2, 3, 4].flatMap(() => parts),
      ...['Revision journaled', 'set', 'Finish journaled'],
    ]);
  });
  const hasJournal = (): boolean => fs.existsSync(restoreJournalPath(app.directory));

  it('I13 a part that is in place is journaled as done before the next one moves', async () => {
    const done: (boolean[] | undefined)[] = [];
    let last: RestoreStep | undefined;
    const onStep = (step: RestoreStep): void => {
      if (step !== 'Copy' && last === 'MarkDone') done.push(journaled());
      last = step;
    };
    await restoreSet(options({ onStep }));
    const of = (count: number): boolean[] => [0, 1, 2, 3].map((part) => part < count);
    expect(done).to.deep.equal([1, 2, 3, 4].map(of));
  });
  const journaled = (): boolean[] =>
    JSON.parse(fs.readFileSync(restoreJournalPath(app.directory), 'utf8')).parts.map(
      (part: { done: boolean }) => part.done,
    );

  it('a copy that is gone before its part moves is missing data; the next call makes it anew', async () => {
    app.fill('bad');
    const incoming = join(app.directory, 'volumes', '.cc-ci~incoming~data~restore-1~1');
    const onStep = (step: RestoreStep): void => {
      if (step === 'Swap') fs.rmSync(incoming, { recursive: true, force: true });
    };
    expect(await codeOf(restoreSet(options({ onStep })))).to.equal('DataMissing');
    expect(app.conditions()).to.deep.equal(['bad', 'bad', 'bad', 'bad']);
    await restoreSet(options());
    expect(app.conditions()).to.deep.equal(['good', 'good', 'good', 'good']);
  });

  it('I13 another operation takes over from an unfinished one', async function () {
    this.timeout(60_000); // a hundred copies
    const count = await countSteps();
    for (let broken = 3; broken <= count; broken += 1) {
      app.fill('bad');
      await failAt(broken, { id: `first-${broken}`, attempt: 1 });
      live = fs.readdirSync(join(app.directory, 'volumes')).filter((name) => !name.startsWith('.'));
      await restoreSet(options({ operation: { id: `second-${broken}`, attempt: 1 } }));
      expect(app.conditions(), `step ${broken}`).to.deep.equal(['good', 'good', 'good', 'good']);
      expect(await allConditions(), `step ${broken}`).to.deep.equal({ bad: 4 });
      await removeAsides(app.directory);
      expect(hidden(), `step ${broken}`).to.deep.equal([]);
    }
  });

  it('I15 what an unfinished one set aside for good is known to the one that takes over, and goes in the end', async () => {
    fs.mkdirSync(app.volumePath('cache'));
    live = ['data', 'db', 'cache'];
    const onStep = (step: RestoreStep): void => {
      if (step === 'MarkDone') throw new CcError('Internal', 'crash');
    };
    expect(await codeOf(restoreSet(options({ onStep })))).to.equal('Internal');
    expect(hidden()).to.contain('.cc-ci~aside~cache~restore-1~1');
    live = ['data', 'db'];
    await restoreSet(options({ operation: { id: 'restore-2', attempt: 1 } }));
    await removeAsides(app.directory);
    expect(hidden()).to.deep.equal([]);
  });

  it('T84 I15 takes over where the journal of an unfinished one cannot be read, and loses nothing', async () => {
    const texts = ['', '{"format":1', '{"format":7}'];
    const count = await countSteps();
    // Each step is broken in the test before; here every third one, each text in turn.
    for (let broken = 3; broken <= count; broken += 3) {
      app.fill('bad');
      await failAt(broken, { id: `first-${broken}`, attempt: 1 });
      live = fs.readdirSync(join(app.directory, 'volumes')).filter((name) => !name.startsWith('.'));
      fs.writeFileSync(restoreJournalPath(app.directory), texts[(broken / 3) % texts.length] ?? '');
      expect((await restoreUnfinished(app.directory))?.id).to.equal('unknown');
      await restoreSet(options({ operation: { id: `second-${broken}`, attempt: 1 } }));
      expect(app.conditions(), `step ${broken}`).to.deep.equal(['good', 'good', 'good', 'good']);
      expect((await allConditions()).bad, `step ${broken}`).to.equal(4);
      await removeAsides(app.directory);
      expect(hidden(), `step ${broken}`).to.deep.equal([]);
    }
  });

  it('I16 an empty volume that somebody creates in the middle does not win', async () => {
    app.fill('bad');
    let swaps = 0;
    const onStep = (step: RestoreStep): void => {
      if (step === 'Swap') swaps += 1;
      if (step === 'MarkDone' && swaps === 1) throw new CcError('Internal', 'crash');
    };
    await codeOf(restoreSet(options({ onStep })));
    await removeTree(app.volumePath('data'));
    fs.mkdirSync(app.volumePath('data'));
    await restoreSet(options());
    expect(app.conditions()).to.deep.equal(['good', 'good', 'good', 'good']);
    expect(hidden()).to.contain('.cc-ci~aside~data~restore-1~1.2');
  });

  it('I16 an unreadable journal counts as unfinished', async () => {
    fs.writeFileSync(join(app.directory, 'restore.json'), '{"for');
    expect((await restoreUnfinished(app.directory))?.id).to.equal('unknown');
    expect(await codeOf(removeAsides(app.directory))).to.equal('Damaged');
  });

  it('T64 a full disk at any child process changes nothing that is live', async () => {
    app.fill('bad');
    const before = describeTree(app.directory);
    for (let broken = 1; broken <= 8; broken += 1) {
      let calls = 0;
      const runner: typeof commandRunner = {
        run: async (command) => {
          calls += 1;
          const result = await commandRunner.run(command);
          if (calls !== broken) return result;
          return { ...result, exitCode: 1, stderr: `${command.argv[0]}: x: No space left on device\n` };
        },
      };
      const operation = { id: `full-${broken}`, attempt: 1 };
      expect(await codeOf(restoreSet(options({ operation, tools: { ...realTools(), runner } })))).to.equal('NoSpace');
      const visible = describeTree(app.directory).filter((line) => !/restore\.json|\.cc-ci~/.test(line));
      expect(visible, `child ${broken}`).to.deep.equal(before);
    }
  });

  async function countSteps(): Promise<number> {
    let count = 0;
    await restoreSet(
      options({
        operation: { id: 'counting', attempt: 1 },
        onStep: () => {
          count += 1;
        },
      }),
    );
    await removeAsides(app.directory);
    return count;
  }

  async function failAt(broken: number, operation: RestoreSetOptions['operation']): Promise<void> {
    let count = 0;
    const onStep = (): void => {
      count += 1;
      if (count === broken) throw new CcError('Internal', 'crash');
    };
    expect(await codeOf(restoreSet(options({ operation, onStep })))).to.equal('Internal');
  }

  /** How many parts that say `bad` exist anywhere: live or aside. None may ever be lost. */
  async function allConditions(): Promise<Record<string, number>> {
    const files = fs.readdirSync(app.directory, { recursive: true, withFileTypes: true });
    const bad = files.filter((entry) => {
      const part = ['file', 'key', 'env'].includes(entry.name) || entry.name.startsWith('.cc-ci~aside~env~');
      if (!entry.isFile() || !part) return false;
      return /^(CONDITION=)?bad\b/.test(fs.readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    });
    return { bad: bad.length };
  }
});
