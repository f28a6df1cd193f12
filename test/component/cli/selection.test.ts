import { expect } from 'chai';
import { exists } from '../../../lib/fs/exists.ts';
import { CliBench } from './cli-bench.ts';

describe('ccctl by selector and by kind', () => {
  let bench: CliBench;
  const paths: Record<string, string> = {};

  beforeEach(async () => {
    bench = await CliBench.open();
    for (const [name, labels] of [
      ['one', '{ team: a }'],
      ['two', '{ team: b }'],
      ['three', '{}'],
    ] as const)
      paths[name] = await bench.run(name, 'recipe: notes', labels);
    await bench.store.sync();
  });
  afterEach(() => bench.close());

  const there = async (): Promise<string[]> => {
    const names = ['one', 'three', 'two'];
    const found = await Promise.all(names.map((name) => exists(paths[name] ?? '')));
    return names.filter((_, index) => found[index]);
  };

  describe('get', () => {
    for (const [selector, names] of [
      ['team in (a, b)', ['one', 'two']],
      ['team notin (a)', ['three', 'two']],
      ['!team', ['three']],
      ['team in (a,b),team!=b', ['one']],
      ['team in ()', []],
    ] as const)
      it(`-l '${selector}'`, async () => {
        const { code, out } = await bench.ctl(['get', 'runs', '-l', selector, '-o', 'name']);
        expect([code, out]).to.deep.equal([0, names.map((name) => `run/${name}\n`).join('')]);
      });
    for (const selector of ['team in a', 'team in (a', 'in (a)', 'team notin a,b', '!team in (a)'])
      it(`2 for -l '${selector}'`, async () => {
        expect((await bench.ctl(['get', 'runs', '-l', selector])).code).to.equal(2);
      });
  });

  describe('get -o custom-columns, -L, --show-labels', () => {
    const lines = async (...words: string[]): Promise<string[][]> => {
      const { code, out } = await bench.ctl(['get', ...words]);
      expect(code).to.equal(0);
      return out.split('\n').map((line) => line.split(/ {2,}/));
    };
    const TEAM = 'custom-columns=NAME:.metadata.name,TEAM:{.metadata.labels.team}';

    it('a column for each path, <none> for what is not there', async () => {
      const wanted = [['one', 'a'], ['three', '<none>'], ['two', 'b'], ['']];
      expect(await lines('runs', '-o', TEAM)).to.deep.equal([['NAME', 'TEAM'], ...wanted]);
      expect(await lines('runs', '-o', TEAM, '--no-headers')).to.deep.equal(wanted);
      expect(await lines('run/one', '-o', TEAM, '--no-headers')).to.deep.equal([wanted[0], ['']]);
    });
    it('several values of one path are in one column, and filters may hold a comma', async () => {
      await bench.status({ kind: 'Run', name: 'one' }, ['Accepted=True', 'Succeeded=True/Passed']);
      const types = 'custom-columns=A:.status.conditions[*].type,B:.status.conditions[?(@.reason=="a,b")].type';
      expect(await lines('run/one', '-o', types, '--no-headers')).to.deep.equal([
        ['Accepted,Succeeded', '<none>'],
        [''],
      ]);
    });
    for (const columns of ['', 'NAME', 'NAME:', ':.metadata.name', 'NAME:.metadata.name,', 'NAME:.a b'])
      it(`2 for custom-columns=${columns}`, async () => {
        expect((await bench.ctl(['get', 'runs', '-o', `custom-columns=${columns}`])).code).to.equal(2);
      });
    it('-L gives labels columns of their own, --show-labels one for all', async () => {
      const [header = [], first = [], second = []] = await lines('runs', '-L', 'team,x/tier', '--show-labels');
      expect(header.slice(-3)).to.deep.equal(['TEAM', 'TIER', 'LABELS']);
      expect(first.slice(-2)).to.deep.equal(['a', 'team=a']);
      expect(second.at(-1)).to.equal('<none>');
    });
    it('2 for what is no label, and for what has none', async () => {
      for (const words of [
        ['runs', '-L', 'a b'],
        ['runs', '-L', ''],
        ['alerts', '--show-labels'],
        ['sets', '-L', 'a'],
      ])
        expect((await bench.ctl(['get', ...words])).code, words.join(' ')).to.equal(2);
    });
  });

  describe('describe', () => {
    it('describes all of a kind, and those with a label', async () => {
      const all = await bench.ctl(['describe', 'runs']);
      expect([all.code, all.out.match(/^Name: .*/gm)?.length]).to.deep.equal([0, 3]);
      const some = await bench.ctl(['describe', 'run', '-l', 'team=b']);
      expect(some.out.match(/^Name: .*/gm)).to.deep.equal(['Name:         two']);
    });
    it('says that there are none, and takes no selector with a name', async () => {
      expect((await bench.ctl(['describe', 'runs', '-l', 'team=c'])).err).to.include('No resources found');
      expect((await bench.ctl(['describe', 'sweeps'])).code).to.equal(0);
      expect((await bench.ctl(['describe', 'run/one', '-l', 'team=a'])).code).to.equal(2);
    });
  });

  describe('delete', () => {
    it('-l deletes those with the label, and no others', async () => {
      const { code, out } = await bench.ctl(['delete', 'runs', '-l', 'team']);
      expect([code, out]).to.deep.equal([0, 'run/one deleted\nrun/two deleted\n']);
      expect(await there()).to.deep.equal(['three']);
    });
    it('--all deletes all of the kind; a kind alone is a mistake', async () => {
      const alone = await bench.ctl(['delete', 'runs']);
      expect(alone.code).to.equal(2);
      expect(alone.err).to.include('--all');
      expect(await there()).to.have.length(3);
      expect((await bench.ctl(['delete', 'runs', '--all'])).code).to.equal(0);
      expect(await there()).to.deep.equal([]);
    });
    it('--dry-run names them and leaves everything', async () => {
      for (const words of [
        ['runs', '--all'],
        ['run/one', 'run/three', 'run/two'],
      ]) {
        const { code, out } = await bench.ctl(['delete', ...words, '--dry-run']);
        expect(code).to.equal(0);
        expect(out.trimEnd().split('\n')).to.deep.equal([
          'run/one deleted (dry run)',
          'run/three deleted (dry run)',
          'run/two deleted (dry run)',
        ]);
      }
      expect(await there()).to.have.length(3);
      await bench.store.sync();
      expect(bench.store.get({ kind: 'Run', name: 'one' })?.deletion).to.equal(undefined);
    });
    it('--dry-run still names what is not there', async () => {
      expect((await bench.ctl(['delete', 'run/four', '--dry-run'])).code).to.equal(3);
    });
    it('nothing that matches is no failure, and an empty selector is no --all', async () => {
      const none = await bench.ctl(['delete', 'runs', '-l', 'team=c']);
      expect([none.code, none.out]).to.deep.equal([0, '']);
      for (const words of [
        ['runs', '-l', ''],
        ['runs', '-l', ' , '],
        ['run/one', '--all'],
        ['run/one', '-l', 'team=a'],
        ['-f', paths.one ?? '', '--all'],
      ])
        expect((await bench.ctl(['delete', ...words])).code, words.join(' ')).to.equal(2);
      expect(await there()).to.have.length(3);
    });
  });

  describe('wait', () => {
    it('--all and -l wait for each there is', async () => {
      for (const name of ['one', 'two']) await bench.status({ kind: 'Run', name }, ['Succeeded=True/Passed']);
      const some = await bench.ctl(['wait', 'runs', '-l', 'team', '--for=condition=Succeeded']);
      expect([some.code, some.out]).to.deep.equal([0, 'run/one condition met\nrun/two condition met\n']);
      await bench.status({ kind: 'Run', name: 'three' }, ['Succeeded=False/Failed']);
      expect((await bench.ctl(['wait', 'runs', '--all', '--for=condition=Succeeded'])).code).to.equal(1);
    });
    it('3 where nothing matches: that is no success', async () => {
      expect((await bench.ctl(['wait', 'runs', '-l', 'team=c', '--for=condition=Succeeded'])).code).to.equal(3);
      expect((await bench.ctl(['wait', 'runs', '-l', 'team=c', '--for=delete'])).code).to.equal(0);
    });
    it('--for=create waits for an object that nobody knows yet', async () => {
      const late = bench.ctl(['wait', 'run/late', '--for=create', '--timeout', '60s']);
      await bench.run('late');
      await bench.store.sync();
      expect((await late).out).to.equal('run/late condition met\n');
      expect((await bench.ctl(['wait', 'run/never', '--for=create', '--timeout', '100ms'])).code).to.equal(4);
    });
  });
});
