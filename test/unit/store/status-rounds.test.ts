import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { parse } from 'yaml';
import { statePaths } from '../../../lib/store/state-paths.ts';
import { StatusProjection } from '../../../lib/store/status-projection.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { storedCanonical } from '../../builders/stored-object.ts';
import { FakeLog } from '../../fakes/fake-log.ts';

const STATUS = { conditions: [], observedGeneration: 1 };

describe('a status that is shown again and again', () => {
  let root: string;
  let log: FakeLog;
  let written: number;
  let unwritable: string[];
  let projection: StatusProjection;
  const make = (): StatusProjection =>
    new StatusProjection({
      paths: statePaths(join(root, 'state')),
      log,
      onWrite: () => {
        written += 1;
      },
      onUnwritable: async ({ name }) => {
        await setImmediate(); // who is told writes a file: the projection waits for it
        unwritable.push(name);
      },
    });
  const notes = (changes: Partial<StoredObject> = {}): StoredObject =>
    storedCanonical({ path: join(root, 'specs/notes.yaml'), ...changes });
  const beside = (name = 'notes.yaml'): string => join(root, 'specs', `${name}.status.yaml`);
  const state = (): string => join(root, 'state/objects/Canonical/notes/status.json');
  const inode = (path: string): number => statSync(path).ino;
  const observed = (): unknown[] => [parse(readFileSync(beside(), 'utf8')), JSON.parse(readFileSync(state(), 'utf8'))];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-status-'));
    mkdirSync(join(root, 'state/objects/Canonical/notes'), { recursive: true });
    mkdirSync(join(root, 'specs'));
    log = new FakeLog();
    written = 0;
    unwritable = [];
    projection = make();
  });
  afterEach(() => rm(root, { recursive: true }));

  it('says the same for people and for programs, once; a change is written once more', async () => {
    await projection.project(notes(), STATUS);
    const metadata = { name: 'notes', uid: 'uid-notes', generation: 1 };
    const document = { apiVersion: 'cc-ci/v1', kind: 'Canonical', metadata, status: STATUS };
    expect(observed()).to.deep.equal([document, document]);
    const before = [inode(beside()), inode(state())];
    await projection.project(notes(), STATUS);
    expect([[inode(beside()), inode(state())], written]).to.deep.equal([before, 1]);
    await projection.project(notes(), { ...STATUS, observedGeneration: 2 });
    expect(observed().map((one) => (one as typeof document).status.observedGeneration)).to.deep.equal([2, 2]);
    expect(written).to.equal(2);
  });

  for (const size of [20, 1_100]) {
    it(`of ${size} objects each is put right within as many looks as it takes at most`, async () => {
      const objects = Array.from({ length: size }, (_, index) =>
        notes({ name: `n${index}`, path: join(root, `specs/n${index}.yaml`) }),
      );
      for (const object of objects) {
        mkdirSync(join(root, 'state/objects/Canonical', object.name));
        await projection.project(object, STATUS);
        rmSync(beside(`${object.name}.yaml`));
      }
      for (let look = 0; look < 120; look += 1) await projection.repair(objects);
      const missing = objects.filter(({ name }) => !existsSync(beside(`${name}.yaml`)));
      expect(missing.map(({ name }) => name)).to.deep.equal([]);
    });
  }

  it("I9 is not written into a directory that took the specs' place, and is once they are back", async () => {
    let isOurs = false;
    const paths = statePaths(join(root, 'state'));
    projection = new StatusProjection({ paths, log, onWrite() {}, async onUnwritable() {}, holdsSpecs: () => isOurs });
    await projection.project(notes(), STATUS);
    expect([existsSync(beside()), existsSync(state())]).to.deep.equal([false, true]);
    isOurs = true;
    await projection.repair([notes()]);
    expect(existsSync(beside())).to.equal(true);
  });

  it("I9 is not written into a directory that takes the specs' place while it is being written", async () => {
    let looks = 0;
    const paths = statePaths(join(root, 'state'));
    const holdsSpecs = (): boolean => {
      looks += 1;
      if (looks !== 2) return true;
      // Right after the look that says that the directory is ours, it is another's.
      renameSync(join(root, 'specs'), join(root, 'before'));
      mkdirSync(join(root, 'specs'));
      return true;
    };
    projection = new StatusProjection({ paths, log, onWrite() {}, async onUnwritable() {}, holdsSpecs });
    await projection.project(notes(), STATUS);
    expect(readdirSync(join(root, 'specs'))).to.deep.equal([]);
    expect(readdirSync(join(root, 'before'))).to.deep.equal(['notes.yaml.status.yaml']);
  });

  it('has no password of a URL', async () => {
    await projection.project(notes(), { message: 'https://user:secret@host/x' });
    for (const path of [beside(), state()]) expect(readFileSync(path, 'utf8')).to.not.include('secret');
  });

  it('is known over a restart where both are what they were, and not written again', async () => {
    await projection.project(notes(), STATUS);
    const before = [inode(beside()), inode(state())];
    projection = make();
    expect(projection.shown(notes())).to.equal(undefined);
    await projection.project(notes(), STATUS);
    expect([inode(beside()), inode(state())]).to.deep.equal(before);
    const shown = projection.shown(notes());
    expect([shown?.text, shown?.signature.ino]).to.deep.equal([readFileSync(state(), 'utf8'), before[1]]);
    expect([written, log.take()]).to.deep.equal([2, []]);
  });

  for (const [what, act] of [
    ['lost', (path: string) => rmSync(path)],
    ['edited', (path: string) => writeFileSync(path, 'status: {}\n')],
    ['emptied', (path: string) => writeFileSync(path, '')],
  ] as const) {
    it(`is put right by the next look where it was ${what}, each time`, async () => {
      await projection.project(notes(), STATUS);
      const before = observed();
      for (let round = 0; round < 2; round += 1) {
        for (const path of [beside(), state()]) act(path);
        await projection.repair([notes(), storedCanonical({ name: 'other' })]);
        expect(observed()).to.deep.equal(before);
      }
      expect(written).to.equal(3);
    });
  }

  it('is not put back for an object whose file is elsewhere by now', async () => {
    await projection.project(notes(), STATUS);
    rmSync(beside());
    await projection.repair([notes({ path: join(root, 'specs/b.yaml') })]);
    expect(readdirSync(join(root, 'specs'))).to.deep.equal([]);
  });

  it('moves with its spec, and leaves nothing at the old place but what is of somebody else', async () => {
    await projection.project(notes(), STATUS);
    await projection.project(notes({ path: join(root, 'specs/b.yaml') }), STATUS);
    expect(readdirSync(join(root, 'specs'))).to.deep.equal(['b.yaml.status.yaml']);
    writeFileSync(beside('b.yaml'), 'spec: mine\n');
    await projection.project(notes(), STATUS);
    expect(readdirSync(join(root, 'specs'))).to.deep.equal(['b.yaml.status.yaml', 'notes.yaml.status.yaml']);
  });

  it('T101 a person’s own file in its place stays; that is told once, and again only after it could be written', async () => {
    for (let round = 1; round <= 2; round += 1) {
      writeFileSync(beside(), 'spec: mine\n');
      await projection.project(notes(), { ...STATUS, round });
      await projection.project(notes(), { ...STATUS, round, again: true });
      await projection.repair([notes()]);
      expect(readFileSync(beside(), 'utf8')).to.equal('spec: mine\n');
      expect([unwritable.length, log.take()]).to.deep.equal([round, ['warn']]);
      rmSync(beside());
      await projection.repair([notes()]);
      expect(parse(readFileSync(beside(), 'utf8')).status).to.deep.equal({ ...STATUS, round, again: true });
    }
  });

  it('a directory that went with the spec is no fault; what programs read is written all the same', async () => {
    renameSync(join(root, 'specs'), join(root, 'away'));
    await projection.project(notes(), STATUS);
    expect([unwritable, log.take(), written]).to.deep.equal([[], [], 1]);
    renameSync(join(root, 'away'), join(root, 'specs'));
    await projection.repair([notes()]);
    expect(observed()).to.have.length(2);
  });

  it('what programs read, where it cannot be written, is logged, and written the next time', async () => {
    rmSync(join(root, 'state'), { recursive: true });
    await projection.project(notes(), STATUS);
    expect([log.take(), written, projection.shown(notes())]).to.deep.equal([['warn'], 0, undefined]);
    expect(existsSync(beside())).to.equal(true);
    mkdirSync(join(root, 'state/objects/Canonical/notes'), { recursive: true });
    await projection.repair([notes()]);
    expect([existsSync(state()), written]).to.deep.equal([true, 1]);
  });

  it('is forgotten with its object: the next one of that name begins anew, and a stranger’s stays', async () => {
    await projection.project(notes(), STATUS);
    await projection.forget(notes({ uid: 'other' }));
    expect([existsSync(beside()), projection.shown(notes())]).to.deep.equal([true, undefined]);
    await projection.repair([notes()]);
    await projection.project(notes(), STATUS);
    await projection.forget(notes());
    expect(existsSync(beside())).to.equal(false);
    await projection.forget(notes());
    await projection.repair([notes()]);
    expect(existsSync(beside())).to.equal(false);
  });
});
