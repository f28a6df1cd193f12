import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { exists } from '../../../lib/fs/exists.ts';
import { CliBench, eventually } from './cli-bench.ts';

const NOTES =
  'apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: notes }\nspec: { app: { recipe: notes } } # mine\n';

async function requests(bench: CliBench): Promise<Record<string, unknown>[]> {
  const directory = join(bench.state, 'requests');
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(directory, name), 'utf8'))));
}

describe('ccctl apply', () => {
  let bench: CliBench;

  beforeEach(async () => {
    bench = await CliBench.open();
  });

  afterEach(() => bench.close());

  const apply = (stdin: string, ...more: string[]) => bench.ctl(['apply', '-f', '-', ...more], { stdin });
  const target = () => join(bench.specs, 'canonical-notes.yaml');

  it('creates <kind>-<name>.yaml with the very bytes, then says unchanged', async () => {
    expect((await apply(NOTES)).out).to.equal('canonical/notes created\n');
    expect(await readFile(target(), 'utf8')).to.equal(NOTES);
    expect((await apply(NOTES)).out).to.equal('canonical/notes unchanged\n');
  });

  it('writes to the path of the object, wherever that is', async () => {
    const path = await bench.write('team/my-notes.yaml', NOTES);
    await bench.store.sync();
    const next = NOTES.replace('mine', 'new');
    expect((await apply(next)).out).to.equal('canonical/notes configured\n');
    expect(await readFile(path, 'utf8')).to.equal(next);
    expect(await exists(target())).to.equal(false);
  });

  it('finds the file of an object that the controller has not seen', async () => {
    const path = await bench.write('team/my-notes.yml', NOTES);
    await apply(NOTES.replace('mine', 'new'));
    expect(await readFile(path, 'utf8')).to.include('new');
    expect(await exists(target())).to.equal(false);
  });

  it('a JSON file stays JSON', async () => {
    const path = await bench.write(
      'n.json',
      JSON.stringify({
        apiVersion: 'cc-ci/v1',
        kind: 'Canonical',
        metadata: { name: 'notes' },
        spec: { app: { recipe: 'old' } },
      }),
    );
    await bench.store.sync();
    await apply(NOTES);
    expect(JSON.parse(await readFile(path, 'utf8')).spec.app.recipe).to.equal('notes');
  });

  const OWN =
    '# ours\napiVersion: cc-ci/v1\nkind: Canonical\nmetadata:\n  name: notes # a name\n  labels: { team: web }\nspec:\n  app:\n    # the recipe\n    recipe: notes\n    source: https://bot:secret@git.example.org/notes.git\n  ci:\n    tests:\n    - name: home   # the page\n      http: { path: / }\n';
  const printed = async (): Promise<string> => (await bench.ctl(['get', 'can/notes', '-o', 'yaml'])).out;

  it('of what get -o yaml printed changes only what differs: no status, no defaults, comments stay', async () => {
    const path = await bench.write('mine.yaml', OWN);
    await bench.store.sync();
    await bench.store.accept(bench.store.get({ kind: 'Canonical', name: 'notes' })!);
    await bench.status({ kind: 'Canonical', name: 'notes' }, ['Accepted=True', 'Ready=True']);
    const yaml = await printed();
    expect(yaml)
      .to.match(/uid:/)
      .and.match(/dataRetention: 7d/)
      .and.not.match(/:secret@/);
    expect((await apply(yaml)).out).to.equal('canonical/notes unchanged\n');
    expect(await readFile(path, 'utf8')).to.equal(OWN);
    const edited = yaml
      .replace('dataRetention: 7d', 'dataRetention: 9d')
      .replace('name: home', 'name: front')
      .replace('team: web', 'team: ops');
    expect((await apply(edited)).out).to.equal('canonical/notes configured\n');
    expect(await readFile(path, 'utf8')).to.equal(
      `${OWN.replace('name: home   # the page', 'name: front # the page').replace('web', 'ops')}  dataRetention: 9d\n`,
    );
  });

  it('takes out what somebody took out of what was printed, and keeps a JSON file JSON', async () => {
    const spec = { app: { recipe: 'notes', env: { A: '1', B: '2' } }, suspend: true };
    const document = { apiVersion: 'cc-ci/v1', kind: 'Canonical', metadata: { name: 'notes' }, spec };
    const path = await bench.write('n.json', JSON.stringify(document));
    await bench.store.sync();
    const { out } = await bench.ctl(['get', 'can/notes', '-o', 'json']);
    const shown = JSON.parse(out);
    delete shown.spec.app.env.A;
    delete shown.spec.suspend;
    await apply(JSON.stringify(shown));
    const app = { recipe: 'notes', env: { B: '2' } };
    expect(JSON.parse(await readFile(path, 'utf8'))).to.deep.equal({ ...document, spec: { app } });
  });

  it('created from what was printed, a file holds what somebody would have written', async () => {
    await bench.write('mine.yaml', NOTES);
    await bench.store.sync();
    const yaml = await printed();
    const flags = ['--spec-directory', join(bench.root, 'fresh'), '--state-directory', join(bench.root, 'none')];
    await mkdir(join(bench.root, 'fresh'));
    expect((await bench.ctl(['apply', '-f', '-'], { stdin: yaml, flags })).code).to.equal(0);
    expect(await readFile(join(bench.root, 'fresh', 'canonical-notes.yaml'), 'utf8')).to.equal(
      'apiVersion: cc-ci/v1\nkind: Canonical\nmetadata:\n  name: notes\nspec:\n  app:\n    recipe: notes\n',
    );
  });

  it('a symlink stays one; its target is written', async () => {
    await mkdir(join(bench.root, 'real'));
    const real = join(bench.root, 'real', 'n.yaml');
    await writeFile(real, NOTES);
    await symlink(real, join(bench.specs, 'n.yaml'));
    await bench.store.sync();
    await apply(NOTES.replace('mine', 'new'));
    expect(await readFile(real, 'utf8')).to.include('new');
  });

  it('--dry-run writes nothing', async () => {
    expect((await apply(NOTES, '--dry-run')).out).to.equal('canonical/notes created (dry run)\n');
    expect(await exists(target())).to.equal(false);
  });

  it('one bad file of several: nothing is written, the place is named', async () => {
    const directory = join(bench.root, 'in');
    await mkdir(directory);
    await writeFile(join(directory, 'a.yaml'), NOTES);
    await writeFile(
      join(directory, 'b.yaml'),
      'apiVersion: cc-ci/v1\nkind: Run\nmetadata: { name: b }\nspec: { recpie: x }\n',
    );
    const { code, err } = await bench.ctl(['apply', '-f', directory]);
    expect(code).to.equal(1);
    expect(err).to.match(/b\.yaml:4:\d+/);
    expect(await exists(target())).to.equal(false);
  });

  it('needs no state directory and no controller', async () => {
    const flags = ['--spec-directory', bench.specs, '--state-directory', join(bench.root, 'none')];
    expect((await bench.ctl(['apply', '-f', '-'], { stdin: NOTES, flags })).code).to.equal(0);
    expect(await exists(target())).to.equal(true);
  });

  it('T88 shows no password of a source that cannot be read', async () => {
    const { code, err } = await bench.ctl(['run', 'https://bot:first@TAIL@h/Not_A_Recipe']);
    expect(code).to.equal(2);
    expect(err)
      .to.include('***')
      .and.not.match(/first|TAIL/);
  });

  it('usage and absent files', async () => {
    expect((await bench.ctl(['apply'])).code).to.equal(2);
    expect((await bench.ctl(['apply', '-f', 'absent.yaml'])).code).to.equal(3);
  });
});

describe('ccctl delete', () => {
  let bench: CliBench;

  beforeEach(async () => {
    bench = await CliBench.open();
    await bench.write('notes.yaml', NOTES);
    await bench.run('x');
    await bench.store.sync();
  });

  afterEach(() => bench.close());

  it('removes the file and asks by uid', async () => {
    const uid = bench.store.get({ kind: 'Run', name: 'x' })?.uid;
    const { code, out } = await bench.ctl(['delete', 'run/x']);
    expect([code, out]).to.deep.equal([0, 'run/x deleted\n']);
    expect(await exists(join(bench.specs, 'x.yaml'))).to.equal(false);
    const [request] = await requests(bench);
    expect(request).to.include({ verb: 'delete', kind: 'Run', name: 'x', uid, by: 'tester' });
    await bench.deletionStarted({ kind: 'Run', name: 'x' });
    const deletion = bench.store.get({ kind: 'Run', name: 'x' })?.deletion;
    expect(deletion, 'no grace time').to.include({ state: 'Started', requested: true });
    const shown = JSON.parse((await bench.ctl(['get', 'run/x', '-o', 'json'])).out);
    expect(shown.metadata.deletionTimestamp, 'when it began').to.equal(deletion?.startedTime);
  });

  it('-f names the objects that a file holds; several at once', async () => {
    const { out } = await bench.ctl(['delete', 'run/x', '-f', join(bench.specs, 'notes.yaml')]);
    expect(out).to.equal('canonical/notes deleted\nrun/x deleted\n');
  });

  it('one unknown name of several: nothing is removed', async () => {
    const { code } = await bench.ctl(['delete', 'run/x', 'run/y']);
    expect(code).to.equal(3);
    expect(await exists(join(bench.specs, 'x.yaml'))).to.equal(true);
    expect(await requests(bench)).to.deep.equal([]);
  });

  it('a file that cannot be removed: no request is left behind', async () => {
    const path = join(bench.specs, 'x.yaml');
    await rm(path);
    await mkdir(path);
    const { code, err } = await bench.ctl(['delete', 'run/x']);
    expect(code).to.equal(1);
    expect(err).to.include(path);
    expect(await requests(bench)).to.deep.equal([]);
  });

  it('without a state directory removes the file alone', async () => {
    const flags = ['--spec-directory', bench.specs, '--state-directory', join(bench.root, 'none')];
    expect((await bench.ctl(['delete', 'can/notes'], { flags })).code).to.equal(0);
    expect(await exists(join(bench.specs, 'notes.yaml'))).to.equal(false);
    expect((await bench.ctl(['delete', 'can/notes'], { flags })).code).to.equal(3);
  });

  it('takes back a run that was dropped while the controller was away', async () => {
    expect((await bench.ctl(['run', 'notes', '--name', 'dropped'])).code).to.equal(0);
    const path = join(bench.state, 'specs', 'dropped.yaml');
    expect(await exists(path)).to.equal(true);
    expect((await bench.ctl(['delete', 'run/dropped', '--dry-run'])).out).to.equal('run/dropped deleted (dry run)\n');
    expect(await exists(path)).to.equal(true);
    const { code, out } = await bench.ctl(['delete', 'run/dropped']);
    expect([code, out]).to.deep.equal([0, 'run/dropped deleted (the controller had not taken it in)\n']);
    expect([await exists(path), await requests(bench)]).to.deep.equal([false, []]);
    await bench.store.sync();
    expect(bench.store.get({ kind: 'Run', name: 'dropped' })).to.equal(undefined);
  });

  it('--confirm-mass asks for the whole source', async () => {
    expect((await bench.ctl(['delete', '--confirm-mass'])).code).to.equal(0);
    const [request] = await requests(bench);
    expect(request).to.deep.include({ verb: 'delete', args: { confirmMass: 'true' } });
    expect(request).not.to.have.property('name');
    expect((await bench.ctl(['delete', '--confirm-mass', 'run/x'])).code).to.equal(2);
  });

  it('--purge wants the name again, or --yes, and asks for it with the deletion', async () => {
    const purge = (...more: string[]) => ['delete', 'can/notes', '--purge', ...more];
    expect((await bench.ctl(purge())).code, 'nobody is there').to.equal(2);
    const wrong = await bench.ctl(purge(), { typed: 'nodes' });
    expect([wrong.code, await requests(bench)]).to.deep.equal([2, []]);
    expect(await exists(join(bench.specs, 'notes.yaml'))).to.equal(true);
    const right = await bench.ctl(purge(), { typed: 'notes\n' });
    expect([right.code, right.out]).to.deep.equal([0, 'canonical/notes deleted\n']);
    expect((await requests(bench))[0]).to.deep.include({ verb: 'delete', args: { purge: 'true' } });
    await bench.deletionStarted({ kind: 'Canonical', name: 'notes' });
    expect(bench.store.get({ kind: 'Canonical', name: 'notes' })?.deletion).to.include({ purge: true });
    expect((await bench.ctl(['delete', 'run/x', '--purge', '--yes'])).code, 'a Run keeps none').to.equal(2);
  });

  it('--purge leaves the file alone that describes another object by now, and --yes asks nothing', async () => {
    const path = await bench.write('notes.yaml', NOTES.replace('name: notes', 'name: diary'));
    await bench.store.sync();
    expect((await bench.ctl(['get', 'can'])).out).to.match(/notes +\S+ +Renamed/);
    expect((await bench.ctl(['describe', 'can/notes'])).out).to.match(/Renamed to: +canonical\/diary/);
    expect((await bench.ctl(['delete', 'can/notes', '--purge', '--yes'])).code).to.equal(0);
    expect(await exists(path)).to.equal(true);
    await bench.deletionStarted({ kind: 'Canonical', name: 'notes' });
    expect(bench.store.get({ kind: 'Canonical', name: 'notes' })?.deletion).to.deep.include({
      ...{ state: 'Started', purge: true, renamedTo: { kind: 'Canonical', name: 'diary' } },
    });
  });

  it('--purge of what is kept by its policy is refused', async () => {
    await bench.write(
      'kept.yaml',
      NOTES.replace('name: notes', 'name: kept').replace('spec: {', 'spec: { deletionPolicy: Retain,'),
    );
    await bench.store.sync();
    const { code, err } = await bench.ctl(['delete', 'can/kept', '--purge', '--yes']);
    expect(code).to.equal(2);
    expect(err).to.include('deletionPolicy');
  });

  it('--wait ends when the object is gone, 4 when it is not', async () => {
    const key = { kind: 'Run', name: 'x' } as const;
    expect((await bench.ctl(['delete', 'run/x', '--wait', '--timeout', '200ms'])).code).to.equal(4);
    const waiting = bench.ctl(['wait', 'run/x', '--for=delete']);
    await bench.destroy(key);
    expect((await waiting).code).to.equal(0);
  });

  it('usage', async () => {
    expect((await bench.ctl(['delete'])).code).to.equal(2);
    expect((await bench.ctl(['delete', 'runs'])).code).to.equal(2);
  });
});

describe('ccctl reconcile, suspend, resume, cancel, retry', () => {
  let bench: CliBench;
  const key = { kind: 'Run', name: 'x' } as const;

  beforeEach(async () => {
    bench = await CliBench.open();
    await bench.run('x');
    await bench.write(
      's.yaml',
      'apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: s }\nspec: { suspend: true, app: { recipe: s } }\n',
    );
    await bench.store.sync();
  });

  afterEach(() => bench.close());

  /** A controller that answers every request. */
  async function serve(result: 'Done' | 'Refused'): Promise<void> {
    bench.onChange = async (object) => {
      for (const { id } of object.requests) await bench.store.finishRequest(object, id, { result, message: 'as told' });
    };
    await bench.store.start();
  }

  for (const verb of ['reconcile', 'suspend', 'resume', 'cancel', 'retry']) {
    it(`${verb}: 0 once it is done`, async () => {
      await serve('Done');
      const { code, out } = await bench.ctl([verb, 'run/x']);
      expect([code, out]).to.deep.equal([0, `run/x ${verb} done: as told\n`]);
      await eventually(() => bench.store.get(key)?.lastHandledRequest?.verb === verb, 'memory follows the disk');
    });
  }

  it('1 where it is refused, with the reason', async () => {
    await serve('Refused');
    const { code, err } = await bench.ctl(['cancel', 'run/x']);
    expect(code).to.equal(1);
    expect(err).to.include('as told');
  });

  it('says that it is queued while the object is under work', async () => {
    const { code, out } = await bench.ctl(['reconcile', 'run/x', '--reason', 'why not']);
    expect([code, out]).to.deep.equal([0, 'run/x reconcile queued\n']);
    const [request] = await requests(bench);
    expect(request).to.deep.include({
      verb: 'reconcile',
      kind: 'Run',
      name: 'x',
      generation: 1,
      args: { reason: 'why not' },
    });
  });

  it('without a controller it is queued at once, as a deletion and a run are', async () => {
    bench.alive = false;
    const { code, out, err } = await bench.ctl(['cancel', 'run/x']);
    expect([code, out]).to.deep.equal([0, 'run/x cancel queued (takes place when the controller runs)\n']);
    expect(err).to.include('not running');
    expect((await requests(bench)).map(({ verb }) => verb)).to.deep.equal(['cancel']);
  });

  it('resume of spec.suspend: true fails and names the file', async () => {
    const { code, err } = await bench.ctl(['resume', 'can/s']);
    expect(code).to.equal(2);
    expect(err).to.include('s.yaml');
    expect(await requests(bench)).to.deep.equal([]);
  });

  it('3 for a name that is not there, before anything is dropped', async () => {
    expect((await bench.ctl(['cancel', 'run/x', 'run/zz'])).code).to.equal(3);
    expect(await requests(bench)).to.deep.equal([]);
  });
});
