import { appendFile, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { meaningsOf } from '../../../lib/reasons/catalogue.ts';
import { CliBench, eventually } from './cli-bench.ts';

describe('ccctl describe, logs, events', () => {
  let bench: CliBench;
  const key = { kind: 'Run', name: 'x' } as const;

  let soon = '';

  beforeEach(async () => {
    soon = new Date(Date.now() + 3_600_000).toISOString();
    bench = await CliBench.open();
    await bench.run('x');
    await bench.store.sync();
    await bench.status(key, ['Accepted=True', 'Succeeded=Unknown/Running'], {
      artifacts: 'runs/x-1',
      domain: 'x.ci.localhost',
      nextAction: { what: 'look at the health again', reason: 'HealthPending', time: soon },
      queue: { position: 2, reason: 'MaxRuns' },
      stages: [
        {
          name: 'Install',
          result: 'Failed',
          reason: 'CrashLoop',
          service: 'app',
          exitCode: 3,
          logTail: ['boom', 'bang\u001b[2J'],
        },
        { name: 'Custom', result: 'Passed', tests: [{ name: 'home', result: 'Passed', durationSeconds: 0.5 }] },
      ],
    });
    await bench.decide(key, { inputs: {}, action: { type: 'WaitForSlot', reason: 'MaxRuns' } });
    await bench.store.event(key, { type: 'Warning', reason: 'InfraFault', message: 'app exited 3 times' });
    const logs = join(bench.state, 'runs', 'x-1', 'logs');
    await mkdir(join(logs, 'tests'), { recursive: true });
    await writeFile(join(logs, 'app.log'), 'one\ntwo\nthree\n');
    await writeFile(join(logs, 'tests', 'home.log'), 'ok\n');
  });

  afterEach(() => bench.close());

  it('I20 names the next action, why and when', async () => {
    const { out } = await bench.ctl(['describe', 'run/x']);
    expect(out).to.match(/Next action: +look at the health again \(HealthPending\), in (59m|1h)/);
  });

  it('shows the queue, the stages with tests and log tails, the last decision and the events', async () => {
    const { code, out } = await bench.ctl(['describe', 'run', 'x']);
    expect(code).to.equal(0);
    for (const part of [
      'MaxRuns, place 2',
      'CrashLoop (service app, exit 3)',
      '| boom',
      'Passed  home (0.5s)',
      'It waits for its turn.',
      'app exited 3 times',
    ]) {
      expect(out).to.include(part);
    }
    expect(out, 'what an app printed cannot steer the terminal').not.to.include('\u001b');
  });

  it('shows a deletion and what it waits for', async () => {
    await bench.ctl(['delete', 'run/x']);
    await bench.deletionStarted(key);
    await bench.status(key, [], { deletion: { undeployTime: soon, remaining: ['volumes', 'claim'] } });
    const { out } = await bench.ctl(['describe', 'run/x']);
    expect(out).to.match(/Status: +Deleting/);
    expect(out).to.include('volumes, claim').and.include('Started');
  });

  it('shows why a file is not in force', async () => {
    await bench.run('x', 'recpie: notes');
    await bench.store.sync();
    const { out } = await bench.ctl(['describe', 'run/x']);
    expect(out)
      .to.match(/x\.yaml:4:\d+/)
      .and.include('InvalidSpec')
      .and.include('observed: 1');
  });

  for (const kind of ['Canonical', 'WarmService', 'Sweep'] as const) {
    it(`describes a ${kind} without a status, too`, async () => {
      const spec = kind === 'Sweep' ? '{}' : '{ app: { recipe: notes } }';
      await bench.write('k.yaml', `apiVersion: cc-ci/v1\nkind: ${kind}\nmetadata: { name: k }\nspec: ${spec}\n`);
      await bench.store.sync();
      const { code, out } = await bench.ctl(['describe', `${kind}/k`]);
      expect(code).to.equal(0);
      expect(out).to.match(/Status: +Waiting/);
    });
  }

  it('logs: all with heads, one without, the tail of it', async () => {
    expect((await bench.ctl(['logs', 'run/x'])).out).to.equal('==> app <==\none\ntwo\nthree\n==> tests/home <==\nok\n');
    expect((await bench.ctl(['logs', 'run', 'x', 'app'])).out).to.equal('one\ntwo\nthree\n');
    expect((await bench.ctl(['logs', 'run/x', 'app', '--tail', '2'])).out).to.equal('two\nthree\n');
  });

  it('logs: a service and a test have one name while the app is there and after it; tasks are no log', async () => {
    const logs = join(bench.state, 'runs', 'x-1', 'logs');
    const service = join(bench.state, 'apps', 'x.ci.localhost', 'services', 'web');
    await mkdir(service, { recursive: true });
    await writeFile(join(service, 'log'), 'serves\n');
    await writeFile(join(logs, 'custom-login.log'), 'in\n');
    for (const word of ['web', 'login']) expect((await bench.ctl(['logs', 'run/x', word])).code).to.equal(0);
    await rm(service, { recursive: true });
    for (const [stage, text, time] of [
      ['upgrade', 'second\n', 2],
      ['install', 'first\n', 1],
    ] as const) {
      await writeFile(join(logs, `${stage}-service-web.log`), text);
      await utimes(join(logs, `${stage}-service-web.log`), time, time);
    }
    await writeFile(join(logs, 'install-tasks.json'), '[{"raw":1}]\n');
    await bench.status(key, ['Succeeded=False/Failed'], { artifacts: 'runs/x-1' });
    const both = '==> web (Install) <==\nfirst\n==> web (Upgrade) <==\nsecond\n';
    expect((await bench.ctl(['logs', 'run/x', 'web'])).out).to.equal(both);
    expect((await bench.ctl(['logs', 'run/x', 'login'])).out).to.equal('in\n');
    expect((await bench.ctl(['logs', 'run/x', 'web', '--stage', 'Upgrade'])).out).to.equal('second\n');
    expect((await bench.ctl(['logs', 'run/x', 'upgrade-service-web'])).out).to.equal('second\n');
    const all = await bench.ctl(['logs', 'run/x']);
    expect(all.out).to.include(both).and.include('==> login (Custom) <==\nin').and.not.include('raw');
    const { code, err } = await bench.ctl(['logs', 'run/x', 'db']);
    expect([code, err])
      .to.deep.include(3)
      .and.satisfy(() => err.includes('went with the app'));
  });

  it('logs: services of an app that is deployed', async () => {
    const service = join(bench.state, 'apps', 'x.ci.localhost', 'services', 'db');
    await mkdir(service, { recursive: true });
    await writeFile(join(service, 'log'), 'ready\n');
    expect((await bench.ctl(['logs', 'run/x', 'db'])).out).to.equal('ready\n');
  });

  it('logs: --since gives what was written in that time; what a run kept long ago is left out', async () => {
    const service = join(bench.state, 'apps', 'x.ci.localhost', 'services', 'db');
    const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    await mkdir(service, { recursive: true });
    await writeFile(join(service, 'log'), 'old\nmiddle\nnew\n');
    await writeFile(join(service, 'log.times'), `${ago(90)} 0\n${ago(30)} 4\n${ago(5)} 11\n`);
    await utimes(join(bench.state, 'runs/x-1/logs/app.log'), 1, 1);
    const shown = async (since: string, ...words: string[]): Promise<string> =>
      (await bench.ctl(['logs', 'run/x', ...words, '--since', since])).out;
    expect(await shown('1h', 'db')).to.equal('middle\nnew\n');
    expect(await shown('10m', 'db')).to.equal('new\n');
    expect(await shown('1m', 'db')).to.equal('');
    expect(await shown('1d', 'db')).to.equal('old\nmiddle\nnew\n');
    expect(await shown('10m')).to.equal('==> tests/home <==\nok\n==> db <==\nnew\n');
    const { code, err } = await bench.ctl(['logs', 'run/x', '--since', 'yesterday']);
    expect(code).to.equal(2);
    expect(err).to.include('10m');
  });

  it('logs: a misspelt part exits 3 and names the near one', async () => {
    const { code, err } = await bench.ctl(['logs', 'run/x', 'apps']);
    expect(code).to.equal(3);
    expect(err).to.include('app');
  });

  it('logs -f follows, also a rotated file, until the run is over', async () => {
    const file = join(bench.state, 'runs', 'x-1', 'logs', 'app.log');
    const following = bench.ctl(['logs', 'run/x', 'app', '-f']);
    await eventually(() => bench.out.includes('three'), 'what was there');
    await appendFile(file, 'four\n');
    await eventually(() => bench.out.includes('four'), 'what was added');
    await writeFile(file, 'new\n');
    await eventually(() => bench.out.includes('new'), 'the rotated file');
    await bench.status(key, ['Succeeded=True/Passed']);
    const { code, out } = await following;
    expect(code).to.equal(0);
    expect(out).to.equal('one\ntwo\nthree\nfour\nnew\n');
  });

  it('events: of one object, of all, and those that come', async () => {
    const one = await bench.ctl(['events', 'run/x']);
    expect(one.out).to.match(/Warning {2}run\/x {2}InfraFault {2}app exited 3 times\n$/);
    expect((await bench.ctl(['events', '--limit', '1'])).out.trimEnd().split('\n')).to.have.length(1);
    const interrupt = new AbortController();
    const watching = bench.ctl(['events', '-w'], { signal: interrupt.signal });
    await eventually(() => bench.out.includes('InfraFault'), 'the old event');
    await bench.store.event(key, { type: 'Normal', reason: 'RunCreated', message: 'm' });
    await eventually(() => bench.out.includes('RunCreated'), 'the new event');
    interrupt.abort();
    const { code, out } = await watching;
    expect(code).to.equal(130);
    expect(out.match(/InfraFault/g)).to.have.length(1);
  });
});

describe('ccctl validate, explain, version', () => {
  let bench: CliBench;

  before(async () => {
    bench = await CliBench.open();
  });

  after(() => bench.close());

  const stateless = { flags: [] };

  it('validate: 1 for a bad file, with file:line:column on stdout; needs no state', async () => {
    const good = await bench.run('good');
    expect((await bench.ctl(['validate', good], stateless)).code).to.equal(0);
    const bad = await bench.run('bad', 'recpie: x');
    const { code, out } = await bench.ctl(['validate', bad, good], stateless);
    expect(code).to.equal(1);
    expect(out)
      .to.match(new RegExp(`^${bad}:4:\\d+: .*\\n`))
      .and.include('recipe');
  });

  it('validate: a directory by the rules of the controller, duplicates named', async () => {
    const directory = join(bench.root, 'tree');
    await mkdir(join(directory, 'skipped'), { recursive: true });
    const text = 'apiVersion: cc-ci/v1\nkind: Run\nmetadata: { name: d }\nspec: { recipe: notes }\n';
    await writeFile(join(directory, 'skipped', '.cc-ci-ignore'), '');
    for (const name of ['skipped/bad.yaml', '.hidden.yaml', 'x.yaml.status.yaml', 'x.yaml~', 'notes.txt']) {
      await writeFile(join(directory, name), 'nonsense');
    }
    await writeFile(join(directory, 'a.yaml'), text);
    expect((await bench.ctl(['validate', directory], stateless)).code).to.equal(0);
    await writeFile(join(directory, 'b.yaml'), text);
    const { code, out } = await bench.ctl(['validate', directory], stateless);
    expect(code).to.equal(1);
    expect(out).to.include('a.yaml').and.include('b.yaml');
  });

  it('validate: standard input, and 3 for what is not there', async () => {
    const stdin = 'kind: Run\n';
    expect((await bench.ctl(['validate', '-'], { ...stateless, stdin })).code).to.equal(1);
    expect((await bench.ctl(['validate', 'absent.yaml'], stateless)).code).to.equal(3);
  });

  it('explain: a reason at each place in which it stands; a misspelt one exits 2 with the near one', async () => {
    const { code, out } = await bench.ctl(['explain', 'reason/Suspended'], stateless);
    expect([code, out.match(/^REASON: {3}Suspended/gm)?.length]).to.deep.equal([0, meaningsOf('Suspended').length]);
    expect((await bench.ctl(['explain', 'reason/CrashLoop'], stateless)).out).to.include('last log lines');
    const misspelt = await bench.ctl(['explain', 'reason/crashlop'], stateless);
    expect(misspelt.code).to.equal(2);
    expect(misspelt.err).to.include('reason/CrashLoop');
  });

  it('explain: kinds, fields and the items of lists; misspelt fields exit 2 with the near one', async () => {
    expect((await bench.ctl(['explain', 'run'], stateless)).out)
      .to.include('spec')
      .and.include('status');
    expect((await bench.ctl(['explain', 'can.spec.app.health.http.path'], stateless)).out).to.include('<string>');
    expect((await bench.ctl(['explain', 'run.status.stages.result'], stateless)).out).to.include('Unverified');
    expect((await bench.ctl(['explain', 'run.holdOnFailure'], stateless)).err).to.include(
      'Did you mean Run.spec.holdOnFailure?',
    );
    const { code, err } = await bench.ctl(['explain', 'run.spec.recpie'], stateless);
    expect(code).to.equal(2);
    expect(err).to.include('recipe');
  });

  it('version, help', async () => {
    expect((await bench.ctl(['version'], stateless)).out).to.equal('ccctl 0.1.0\n');
    const help = await bench.ctl(['run', '--help'], stateless);
    expect(help.code).to.equal(0);
    expect(help.out).to.include('--quick');
    expect((await bench.ctl([], stateless)).code).to.equal(2);
  });
});
