import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { systemClock } from '../../../lib/clock.ts';
import { CliBench, eventually } from './cli-bench.ts';

describe('ccctl wait', () => {
  let bench: CliBench;
  const key = { kind: 'Run', name: 'x' } as const;

  beforeEach(async () => {
    bench = await CliBench.open();
    await bench.run('x');
    await bench.store.sync();
  });

  afterEach(() => bench.close());

  const wait = (what: string, timeout = '5s') => bench.ctl(['wait', 'run/x', `--for=${what}`, '--timeout', timeout]);

  it('0 once the condition is there', async () => {
    const waiting = wait('condition=Succeeded');
    await bench.status(key, ['Succeeded=Unknown/Running']);
    await bench.status(key, ['Succeeded=True/Passed']);
    expect((await waiting).code).to.equal(0);
  });

  it('1 at once on Succeeded=False', async () => {
    await bench.status(key, ['Succeeded=False/Failed']);
    expect((await wait('condition=Succeeded', '60s')).code).to.equal(1);
  });

  it('5 at once when stalled', async () => {
    await bench.status(key, ['Succeeded=Unknown/Pending', 'Stalled=True/UntrustedRecipe']);
    expect((await wait('condition=Succeeded', '60s')).code).to.equal(5);
  });

  it('4 when its own time is over, saying what is there instead', async () => {
    await bench.status(key, ['Succeeded=Unknown/Running']);
    const { code, err } = await wait('condition=Succeeded', '300ms');
    expect(code).to.equal(4);
    expect(err).to.include('Running');
  });

  it('a status from before the last edit of the file does not count', async () => {
    await bench.status(key, ['Succeeded=True/Passed']);
    await bench.run('x', 'recipe: other');
    expect((await wait('condition=Succeeded', '300ms')).code, 'the controller has not seen the file').to.equal(4);
    await bench.store.sync();
    expect((await wait('condition=Succeeded', '300ms')).code, 'seen, not observed').to.equal(4);
    await bench.status(key, ['Succeeded=True/Passed']);
    expect((await wait('condition=Succeeded')).code).to.equal(0);
  });

  it('5 for a file that became invalid', async () => {
    await bench.status(key, ['Succeeded=Unknown/Running']);
    await bench.run('x', 'recpie: other');
    await bench.store.sync();
    expect((await wait('condition=Succeeded', '60s')).code).to.equal(5);
  });

  it('jsonpath with and without a value', async () => {
    await bench.status(key, ['Succeeded=Unknown/Running'], { level: 3 });
    expect((await wait('jsonpath={.status.level}=3')).code).to.equal(0);
    expect((await wait('jsonpath={.status.level}')).code).to.equal(0);
    expect((await wait('jsonpath={.status.level}=4', '300ms')).code).to.equal(4);
  });

  it('delete: 0 once the object is gone, also where it never was', async () => {
    const waiting = wait('delete');
    await bench.ctl(['delete', 'run/x']);
    await bench.destroy(key);
    expect((await waiting).code).to.equal(0);
    expect((await bench.ctl(['wait', 'run/never', '--for=delete'])).code).to.equal(0);
  });

  it('6 without a controller, unless it is as wanted already', async () => {
    await bench.status(key, ['Succeeded=Unknown/Running']);
    await bench.heartbeat(60_000);
    expect((await wait('condition=Succeeded', '60s')).code).to.equal(6);
    await bench.status(key, ['Succeeded=True/Passed']);
    expect((await wait('condition=Succeeded')).code).to.equal(0);
  });

  it('a controller that is restarted meanwhile is waited for', async () => {
    await bench.status(key, ['Succeeded=Unknown/Running']);
    const before = bench.foundAlive;
    const waiting = wait('condition=Succeeded', '10s');
    // The first look is of the command itself, the second one of what waits.
    await eventually(() => bench.foundAlive >= before + 2, 'it waits for a controller that lives');
    bench.alive = false;
    await eventually(() => bench.err.includes('waiting for it'), 'the absence is noticed');
    bench.alive = true;
    await bench.status(key, ['Succeeded=True/Passed']);
    expect((await waiting).code).to.equal(0);
  });

  it('3 for an object that stays unknown', async () => {
    const { code } = await bench.ctl(['wait', 'run/y', '--for=condition=Succeeded', '--timeout', '20s']);
    expect(code).to.equal(3);
  });

  for (const argv of [
    ['wait', 'run/x'],
    ['wait', 'runs', '--for=delete'],
    ['wait', 'run/x', '--for=ready'],
    ['wait', 'run/x', '--for=delete', '--timeout', 'x'],
  ]) {
    it(`usage: ${argv.join(' ')}`, async () => {
      expect((await bench.ctl(argv)).code).to.equal(2);
    });
  }
});

describe('ccctl run', () => {
  let bench: CliBench;

  beforeEach(async () => {
    bench = await CliBench.open();
  });

  afterEach(() => bench.close());

  const runFiles = () => readdir(join(bench.state, 'specs'));

  it('creates a Run file in the state directory and names the run on stdout', async () => {
    const { code, out } = await bench.ctl([
      'run',
      'notes',
      '--ref',
      'main',
      '--quick',
      '--env',
      'A=1',
      '--hold-on-failure',
      '1h',
    ]);
    expect(code).to.equal(0);
    const name = /^run\/(notes-[0-9a-f]{6}) created\n$/.exec(out)?.[1];
    expect(await runFiles()).to.deep.equal([`${name}.yaml`]);
    const file = parse(await readFile(join(bench.state, 'specs', `${name}.yaml`), 'utf8'));
    expect(file.spec).to.deep.equal({
      recipe: 'notes',
      ref: 'main',
      mode: 'Quick',
      env: { A: '1' },
      holdOnFailure: '1h',
    });
  });

  it('a path becomes the absolute source', async () => {
    await bench.ctl(['run', './specs', '--name', 'p']);
    const file = parse(await readFile(join(bench.state, 'specs', 'p.yaml'), 'utf8'));
    expect(file.spec).to.deep.equal({ recipe: 'specs', source: bench.specs });
  });

  for (const url of [
    'https://git.example.org/coop-cloud/notes.git',
    'git@git.example.org:coop-cloud/notes.git',
    'file:///srv/notes/',
  ]) {
    it(`${url} names the recipe notes`, async () => {
      await bench.ctl(['run', url, '--name', 'u']);
      const file = parse(await readFile(join(bench.state, 'specs', 'u.yaml'), 'utf8'));
      expect(file.spec).to.deep.equal({ recipe: 'notes', source: url });
    });
  }

  it('a name that is taken is refused and the file stays as it is', async () => {
    await bench.ctl(['run', 'notes', '--name', 'x']);
    const { code } = await bench.ctl(['run', 'hello', '--name', 'x']);
    expect(code).to.equal(1);
    expect(await readFile(join(bench.state, 'specs', 'x.yaml'), 'utf8')).to.include('notes');
  });

  it('a file in the spec directory takes the name as well', async () => {
    await bench.run('x');
    await bench.store.sync();
    expect((await bench.ctl(['run', 'notes', '--name', 'x'])).code).to.equal(1);
    expect(await runFiles()).to.deep.equal([]);
  });

  for (const argv of [
    ['run'],
    ['run', 'a', 'b'],
    ['run', 'No_Recipe'],
    ['run', './absent'],
    ['run', 'notes', '--mode', 'Lukewarm'],
    ['run', 'notes', '--name', 'No Name'],
    ['run', 'notes', '--env', 'x'],
    ['run', 'notes', '--hold-on-failure', 'long'],
    ['run', 'notes', '--commit', 'xyz'],
    ['run', 'notes', '--name', '../../evil'],
    ['run', 'notes', '--repeat', '0'],
    ['run', 'notes', '--repeat', '1001'],
    ['run', 'notes', '--repeat', '-1'],
  ]) {
    it(`usage: ${argv.join(' ')} creates nothing`, async () => {
      expect((await bench.ctl(argv)).code).to.equal(2);
      expect(await runFiles()).to.deep.equal([]);
    });
  }

  /** Plays the controller: each new run ends as the next of `ends` says. */
  const play = (...ends: { conditions: string[]; fields?: Record<string, unknown> }[]): void => {
    const seen = new Set<string>();
    bench.onChange = async ({ kind, name }) => {
      const end = seen.has(name) ? undefined : ends.shift();
      seen.add(name);
      if (end) await bench.status({ kind, name }, end.conditions, end.fields);
    };
    const syncing = async (): Promise<void> => {
      while (ends.length > 0) {
        await bench.store.sync();
        await systemClock.sleep(10);
      }
    };
    void syncing();
  };
  const passed = { conditions: ['Succeeded=True/Passed'] };
  const flaked = {
    conditions: ['Succeeded=False/Failed'],
    fields: {
      blame: 'Recipe',
      stages: [{ name: 'Custom', result: 'Failed', tests: [{ name: 'home', result: 'Failed' }] }],
    },
  };
  const broken = { conditions: ['Succeeded=False/InfraError'], fields: { blame: 'Infra' } };

  it('--wait: 1 for a red run, 7 for one that the infrastructure ended', async () => {
    play(flaked);
    expect((await bench.ctl(['run', 'notes', '--wait', '--timeout', '60s'])).code).to.equal(1);
    play(broken);
    expect((await bench.ctl(['run', 'notes', '--wait', '--timeout', '60s'])).code).to.equal(7);
  });

  it('--repeat --wait: one after the other, and the rate at which what failed', async () => {
    play(passed, flaked, broken, passed);
    const { code, out } = await bench.ctl([
      'run',
      'notes',
      '--name',
      'r',
      '--repeat',
      '4',
      '--wait',
      '--timeout',
      '60s',
    ]);
    expect(code).to.equal(1);
    expect(out.split('\n').slice(-4)).to.deep.equal([
      'flaky: 2 of 3 runs passed (67 %)',
      'Custom/home failed in 1 of 3 (33 %): run/r-2',
      'not counted, for the infrastructure ended them: run/r-3',
      '',
    ]);
    expect(await runFiles()).to.include.members(['r-1.yaml', 'r-2.yaml', 'r-3.yaml', 'r-4.yaml']);
  });

  it('--repeat alone creates them all', async () => {
    const { code, out } = await bench.ctl(['run', 'notes', '--name', 'r', '--repeat', '2']);
    expect([code, out]).to.deep.equal([0, 'run/r-1 created\nrun/r-2 created\n']);
  });

  it('without a controller the run is created and waits; with --wait it is refused and nothing is created', async () => {
    await bench.heartbeat(60_000);
    const refused = await bench.ctl(['run', 'notes', '--wait']);
    expect(refused.code).to.equal(6);
    expect(await runFiles()).to.deep.equal([]);
    bench.alive = false;
    const created = await bench.ctl(['run', 'notes']);
    expect(created.code).to.equal(0);
    expect(created.err).to.include('not running');
    expect(await runFiles()).to.have.length(1);
  });

  for (const [conditions, code] of [
    [['Succeeded=True/Passed'], 0],
    [['Succeeded=False/Failed'], 1],
    [['Succeeded=False/Cancelled'], 1],
    [['Succeeded=Unknown/Pending', 'Stalled=True/UntrustedRecipe'], 5],
    [['Accepted=False/DomainConflict'], 5],
  ] as const) {
    it(`--wait ends with ${code} on ${conditions.join(', ')}, after showing the stages`, async () => {
      const following = bench.ctl(['run', 'notes', '--name', 'x', '--wait']);
      await eventually(() => bench.out.includes('created'), 'the file');
      await bench.store.sync();
      const key = { kind: 'Run', name: 'x' } as const;
      await bench.status(key, ['Succeeded=Unknown/Running'], { stages: [{ name: 'Install', result: 'Running' }] });
      await eventually(() => bench.err.includes('Install Running'), 'the stage');
      await bench.status(key, [...conditions], { level: 2, stages: [{ name: 'Install', result: 'Passed' }] });
      const result = await following;
      expect(result.code).to.equal(code);
      expect(result.out, 'talk stays off stdout').to.equal('run/x created\n');
      expect(result.err).to.include('Install Passed');
    });
  }

  it('--wait with --timeout ends with 4 and the run goes on', async () => {
    const { code } = await bench.ctl(['run', 'notes', '--name', 'x', '--wait', '--timeout', '200ms']);
    expect(code).to.equal(4);
    expect(await runFiles()).to.deep.equal(['x.yaml']);
  });

  it('an interrupt leaves the run alone and says how to end it', async () => {
    const interrupt = new AbortController();
    const following = bench.ctl(['run', 'notes', '--name', 'x', '--wait'], { signal: interrupt.signal });
    await eventually(() => bench.out.includes('created'), 'the file');
    interrupt.abort();
    const { code, err } = await following;
    expect(code).to.equal(130);
    expect(err).to.include('ccctl cancel run/x');
    expect(await runFiles()).to.deep.equal(['x.yaml']);
  });

  it('a state directory whose controller file is damaged does not stop it', async () => {
    await writeFile(join(bench.state, 'controller.json'), '{');
    expect((await bench.ctl(['run', 'notes'])).code).to.equal(0);
  });
});
