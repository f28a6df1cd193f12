import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { CliBench } from './cli-bench.ts';

describe('ccctl why', () => {
  let bench: CliBench;
  const key = { kind: 'Canonical', name: 'notes' } as const;

  beforeEach(async () => {
    bench = await CliBench.open();
    await bench.write(
      'notes.yaml',
      'apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: notes }\nspec: { app: { recipe: notes } }\n',
    );
    await bench.store.sync();
  });
  afterEach(() => bench.close());

  const decide = (inputs: object, action: object) => bench.decide(key, { inputs, action });
  const why = async (): Promise<string> => {
    const { code, out } = await bench.ctl(['why', 'can/notes']);
    expect(code).to.equal(0);
    return out;
  };

  it('says what was seen, what made the difference, what was done and what is next', async () => {
    await bench.status(key, ['Accepted=True', 'Ready=False/Seeding/the first run is under way'], {
      nextAction: { what: 'look again', reason: 'Resync' },
    });
    const seen = { claimed: true, knownGood: { state: 'Absent' }, now: 17, resyncMs: 600_000 };
    await decide({ ...seen, leaseHolderAlive: false }, { type: 'FindNewest' });
    await decide({ ...seen, leaseHolderAlive: true, lease: { holder: 'x' } }, { type: 'Rest', reason: 'Leased' });
    const out = await why();
    for (const line of [
      /^canonical\/notes is:\n {2}Seeding\n {2}Ready False \(Seeding\): the first run is under way$/m,
      /^Decided:\n {2}Nothing was to be done\. .*\n {2}reason: leased$/m,
      /^ {2}lease holder alive: yes, before no$/m,
      /^ {2}lease, holder: x, before not there$/m,
      /^ {2}known good, state: absent$/m,
      /^Next:\n {2}look again \(Resync\)$/m,
    ])
      expect(out).to.match(line);
    expect(out, 'no raw JSON, no clocks').to.not.match(/[{}"]|resync ms|600/);
  });

  it('an act that it has no sentence for is told by its name; several plans by theirs', async () => {
    await bench.decide(key, {
      planner: 'knownGood',
      inputs: {},
      action: { type: 'PolishBrass', grade: 2.001 },
    });
    expect(await why()).to.match(/^ {2}Polish brass \(by the plan of known good\)\. .*\n {2}grade: 2$/m);
  });

  it('before the first look it says so', async () => {
    const out = await why();
    expect(out).to.include('the controller has not looked at it').and.include('the first look by the controller');
  });

  it('T90 what an app said steers nothing, and a decision of another form is borne', async () => {
    await decide({ message: 'a\u001b[2Jb\nc', list: [1, {}], deep: { a: { b: { c: { d: 1 } } } } }, { type: 7 });
    const out = await why();
    expect(out).to.not.match(/\u001b/);
    expect(out).to.include('message: a').and.include('list: 2');
    await writeFile(join(bench.state, 'objects/Canonical/notes/decisions.jsonl'), 'null\n{"time":"x"}\n');
    expect((await bench.ctl(['why', 'can/notes'])).code).to.equal(0);
  });

  it('3 for what is not there, 2 for several', async () => {
    expect((await bench.ctl(['why', 'can/note'])).code).to.equal(3);
    expect((await bench.ctl(['why', 'can/notes', 'run/x'])).code).to.equal(2);
  });
});

describe('ccctl tree', () => {
  let bench: CliBench;

  before(async () => {
    bench = await CliBench.open();
    await bench.write(
      'notes.yaml',
      'apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: notes }\nspec: { app: { recipe: notes } }\n',
    );
    await bench.run('alone');
    await bench.store.sync();
    const owner = bench.store.get({ kind: 'Canonical', name: 'notes' });
    for (const name of ['seed-1', 'seed-2'])
      await bench.store.createRun({ name, spec: { recipe: 'notes' }, ...(owner && { owner }) });
    await bench.store.sync();
    await bench.status({ kind: 'Run', name: 'seed-1' }, ['Succeeded=True/Passed'], {
      dependencies: [{ as: 'sso', mode: 'Warm', realm: 'notes-ab12cd' }],
    });
  });
  after(() => bench.close());

  const names = async (...words: string[]): Promise<string[]> => {
    const { code, out } = await bench.ctl(['tree', ...words]);
    expect(code).to.equal(0);
    return out
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/ +(True|False|Unknown) .*/, ''));
  };

  it('shows what belongs to what, realms of runs included', async () => {
    expect(await names()).to.deep.equal([
      'canonical/notes',
      '├─ run/seed-1',
      '│  └─ realm notes-ab12cd',
      '└─ run/seed-2',
      'run/alone',
    ]);
  });
  it('of one object, and of a kind', async () => {
    expect(await names('run/seed-1')).to.deep.equal(['run/seed-1', '└─ realm notes-ab12cd']);
    expect((await names('runs')).filter((name) => name.startsWith('run/'))).to.deep.equal([
      'run/alone',
      'run/seed-1',
      'run/seed-2',
    ]);
  });
  it('3 for what is not there, and says that there is nothing', async () => {
    expect((await bench.ctl(['tree', 'run/none'])).code).to.equal(3);
    expect((await bench.ctl(['tree', 'sweeps'])).err).to.include('No resources found');
  });
});
