import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { CliBench, eventually } from './cli-bench.ts';

describe('ccctl get', () => {
  let bench: CliBench;

  before(async () => {
    bench = await CliBench.open();
    await bench.run('one', 'recipe: notes', '{ team: a, urgent: "1" }');
    await bench.run('two', 'recipe: hello, mode: Quick', '{ team: b }');
    await bench.run('three');
    await bench.write(
      'notes.yaml',
      'apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: notes }\nspec: { app: { recipe: notes } }\n',
    );
    await bench.write(
      'broken.yaml',
      'apiVersion: cc-ci/v1\nkind: Run\nmetadata: { name: broken }\nspec: { recpie: x }\n',
    );
    await bench.store.sync();
    await bench.status({ kind: 'Run', name: 'one' }, ['Accepted=True', 'Succeeded=True/Passed'], {
      level: 5,
      version: { head: '1.1.0+1.1.0' },
      stages: [{ name: 'Install', result: 'Passed' }],
    });
    await bench.status({ kind: 'Run', name: 'two' }, ['Accepted=True', 'Succeeded=Unknown/Running'], {
      level: 1,
      stages: [{ name: 'Upgrade', result: 'Running' }],
    });
    await bench.status({ kind: 'Canonical', name: 'notes' }, [
      'Accepted=True',
      'Ready=False/Seeding',
      'Stalled=True/SeedFailed',
    ]);
  });

  after(() => bench.close());

  const rows = (text: string): string[][] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));

  it('lists one kind as a table: NAME READY STATUS AGE and its own columns', async () => {
    const { code, out } = await bench.ctl(['get', 'runs']);
    expect(code).to.equal(0);
    const [header, ...lines] = rows(out);
    expect(header).to.deep.equal(['NAME', 'READY', 'STATUS', 'AGE', 'RECIPE', 'MODE', 'STAGE', 'LEVEL']);
    expect(lines.map(([name, ready, status]) => [name, ready, status])).to.deep.equal([
      ['one', 'True', 'Passed'],
      ['three', 'Unknown', 'Waiting'],
      ['two', 'Unknown', 'Running'],
    ]);
    expect(lines[2]?.slice(4)).to.deep.equal(['hello', 'Quick', 'Upgrade', '1']);
  });

  it('says on stderr which files are not accepted, and lists them with -o wide', async () => {
    const table = await bench.ctl(['get', 'runs']);
    expect(table.err).to.match(/broken\.yaml:4:\d+: /);
    expect(table.out).not.to.include('broken.yaml');
    const wide = await bench.ctl(['get', 'runs', '-o', 'wide']);
    expect(wide.out).to.include('broken.yaml').and.include('InvalidSpec');
  });

  it('several kinds: a table each, names with their kind', async () => {
    const { out } = await bench.ctl(['get', 'all', '--no-headers']);
    expect(out).to.match(/^canonical\/notes {2}False {2}Stalled\/SeedFailed/);
    expect(out).to.include('\n\nrun/one ');
  });

  for (const [selector, names] of [
    ['team=a', ['one']],
    ['team!=a', ['three', 'two']],
    ['urgent', ['one']],
    ['team=a,team=b', []],
  ] as const) {
    it(`-l ${selector}`, async () => {
      const { out, code } = await bench.ctl(['get', 'runs', '-l', selector, '-o', 'name']);
      expect(code).to.equal(0);
      expect(out).to.equal(names.map((name) => `run/${name}\n`).join(''));
    });
  }

  it('--sort-by puts what has no value last', async () => {
    const { out } = await bench.ctl(['get', 'runs', '-o', 'name', '--sort-by', '{.status.level}']);
    expect(out).to.equal('run/two\nrun/one\nrun/three\n');
  });

  it('json and yaml: one named object bare, several as a List', async () => {
    const one = JSON.parse((await bench.ctl(['get', 'run/one', '-o', 'json'])).out);
    expect(one).to.include({ apiVersion: 'cc-ci/v1', kind: 'Run' });
    expect(one.metadata).to.include({ name: 'one', generation: 1 }).and.have.property('uid');
    expect(one.spec.recipe).to.equal('notes');
    expect(one.status.level).to.equal(5);
    const list = parse((await bench.ctl(['get', 'runs', '-o', 'yaml'])).out);
    expect(list.kind).to.equal('List');
    expect(list.items.map((item: { metadata: { name: string } }) => item.metadata.name)).to.deep.equal([
      'one',
      'three',
      'two',
    ]);
    const none = JSON.parse((await bench.ctl(['get', 'sweeps', '-o', 'json'])).out);
    expect(none).to.deep.equal({ kind: 'List', items: [] });
  });

  it('jsonpath on one and on a list', async () => {
    const one = await bench.ctl([
      'get',
      'run',
      'one',
      '-o',
      'jsonpath={.status.conditions[?(@.type=="Succeeded")].reason}',
    ]);
    expect(one.out).to.equal('Passed');
    const list = await bench.ctl(['get', 'runs', '-o', 'jsonpath={.items[*].metadata.name}']);
    expect(list.out).to.equal('one three two');
  });

  it('a misspelt name exits 3 and names the near one; nothing on stdout', async () => {
    const { code, out, err } = await bench.ctl(['get', 'run/thre']);
    expect(code).to.equal(3);
    expect(out).to.equal('');
    expect(err).to.include('run/three');
  });

  it('a name that only a broken file has exits 5 with the file', async () => {
    const { code, err } = await bench.ctl(['get', 'run/broken']);
    expect(code).to.equal(5);
    expect(err).to.include('broken.yaml');
  });

  it('nothing found is said on stderr', async () => {
    const { code, out, err } = await bench.ctl(['get', 'sweeps']);
    expect([code, out]).to.deep.equal([0, '']);
    expect(err).to.include('No resources');
  });

  it('colours on a terminal only, and not with NO_COLOR; lines fit the terminal', async () => {
    const colour = '\u001b[';
    expect((await bench.ctl(['get', 'runs'])).out).not.to.include(colour);
    const tty = await bench.ctl(['get', 'runs'], { columns: 60 });
    expect(tty.out).to.include(colour);
    const plain = await bench.ctl(['get', 'runs'], { columns: 60, variables: { NO_COLOR: '1' } });
    expect(plain.out).not.to.include(colour);
    for (const line of plain.out.split('\n')) expect(line.length).to.be.at.most(60);
  });

  it('F6 the controller down: reads work and say since when', async () => {
    await bench.heartbeat(180_000);
    const { code, out, err } = await bench.ctl(['get', 'runs']);
    expect(code).to.equal(0);
    expect(out).to.include('one');
    expect(err).to.include('3m');
    expect(err, 'T64 its process is there: it may only be unable to write').not.to.include('not running');
    await bench.heartbeat();
    expect((await bench.ctl(['get', 'runs'])).err).not.to.include('not running');
    bench.alive = false;
    expect((await bench.ctl(['get', 'runs'])).err, 'a fresh heartbeat of a dead process').to.include('not running');
    bench.alive = true;
    await bench.heartbeat(0, { stopTime: new Date().toISOString() });
    expect((await bench.ctl(['get', 'runs'])).err, 'a graceful stop, whatever has that pid now').to.include(
      'not running',
    );
    await bench.heartbeat();
  });

  it('directories that were not given come from the controller of the state directory', async () => {
    const flags = ['--state-directory', bench.state];
    const { code, err } = await bench.ctl(['validate'], { flags });
    expect(code).to.equal(1);
    expect(err).to.include('4 of 5');
  });

  it('a configuration file names the directories, relative to itself; a flag wins', async () => {
    const file = join(bench.root, 'cc-ci.yaml');
    await writeFile(file, 'stateDirectory: state\nspecDirectory: specs\n');
    const found = await bench.ctl(['get', 'run/one', '-o', 'name'], { flags: ['--config', file], cwd: '/' });
    expect(found.out).to.equal('run/one\n');
    const flag = await bench.ctl(['get', 'runs'], {
      flags: ['--config', file, '--state-directory', join(bench.root, 'none')],
    });
    expect(flag.code).to.equal(2);
    const variable = await bench.ctl(['get', 'run/one', '-o', 'name'], {
      flags: [],
      cwd: '/',
      variables: { CC_CI_STATE_DIRECTORY: bench.state },
    });
    expect(variable.out).to.equal('run/one\n');
  });

  it('so does one that has to be parsed for it; one that cannot be read, or is none, is told', async () => {
    const file = join(bench.root, 'cc-ci.yaml');
    const get = (name = file) => bench.ctl(['get', 'run/one', '-o', 'name'], { flags: ['--config', name], cwd: '/' });
    await writeFile(file, '"stateDirectory": { }\n');
    expect((await get()).err).to.include(`${file}:1:`);
    await writeFile(file, '{ "stateDirectory": "state" }\n');
    expect((await get()).out).to.equal('run/one\n');
    await writeFile(file, 'zone: "ci.localhost"\nstateDirectory: "state"\n');
    expect((await get()).out).to.equal('run/one\n');
    expect((await get(join(bench.root, 'none.yaml'))).err).to.include('does not exist');
    expect((await get(bench.root)).code).to.equal(2);
  });

  it('one beside the working directory is found, and names what is relative to it', async () => {
    await writeFile(join(bench.root, 'cc-ci.yaml'), '# of this host\nstateDirectory: state\n');
    const found = await bench.ctl(['get', 'run/one', '-o', 'name'], { flags: [], cwd: bench.root });
    expect(found.out).to.equal('run/one\n');
  });

  it('every flag of the configuration is known, before and after the verb', async () => {
    const flags = ['--state-directory', bench.state, '--forge-poll-interval', '5s'];
    expect((await bench.ctl(['get', 'run/one', '-o', 'name'], { flags })).out).to.equal('run/one\n');
    expect((await bench.ctl(['--max-runs=3', 'get', 'run/one', '-o', 'name'])).out).to.equal('run/one\n');
  });

  it('without a state directory exits 2 and names what was tried, never an empty list', async () => {
    const { code, out, err } = await bench.ctl(['get', 'runs'], { flags: ['--state-directory', bench.specs] });
    expect([code, out]).to.deep.equal([2, '']);
    expect(err).to.include(bench.specs).and.include('--state-directory');
  });

  it('-w prints what changes until interrupted', async () => {
    const interrupt = new AbortController();
    const watching = bench.ctl(['get', 'runs', '-w', '--no-headers'], { signal: interrupt.signal });
    await eventually(() => bench.out.includes('two'), 'the first list');
    await bench.status({ kind: 'Run', name: 'two' }, ['Succeeded=False/TimedOut']);
    await eventually(() => bench.out.includes('TimedOut'), 'the change');
    interrupt.abort();
    const { code, out } = await watching;
    expect(code).to.equal(130);
    expect(out.match(/^one /gm), 'what did not change is not repeated').to.have.length(1);
  });

  for (const output of ['table', 'name'])
    it(`-w -o ${output} writes nothing where a person would see no change`, async () => {
      const interrupt = new AbortController();
      const key = { kind: 'Run', name: 'three' } as const;
      await bench.status(key, ['Succeeded=Unknown/Running']);
      bench.out = '';
      const watching = bench.ctl(['get', 'all', '-w', '-o', output], { signal: interrupt.signal });
      await eventually(() => bench.out.includes('three'), 'the first list');
      const first = bench.out;
      await bench.status(key, ['Succeeded=Unknown/Running'], { startTime: '2030-01-01T00:00:00Z' });
      await bench.run(`later-${output}`);
      await bench.store.sync();
      await eventually(() => bench.out.includes(`later-${output}`), 'the next change');
      interrupt.abort();
      const { out } = await watching;
      expect(out.slice(first.length)).to.match(new RegExp(`^run/later-${output}\\b.*\\n$`));
    });

  for (const argv of [
    ['get'],
    ['get', 'runs', '-o', 'xml'],
    ['get', 'runs', '--watchh'],
    ['gte', 'runs'],
    ['get', 'runs', '-l', '=x'],
  ]) {
    it(`usage: ${argv.join(' ')} exits 2`, async () => {
      expect((await bench.ctl(argv)).code).to.equal(2);
    });
  }
});
