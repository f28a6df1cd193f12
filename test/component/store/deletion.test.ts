import { mkdir, readdir, readFile, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors.ts';
import { writeMarker } from '../../../lib/store/directory-guard.ts';
import type { FileStore } from '../../../lib/store/file-store.ts';
import { readAll, readEvents } from '../../../lib/store/reader.ts';
import { statePaths } from '../../../lib/store/state-paths.ts';
import { sweepTrash } from '../../../lib/store/trash.ts';
import { canonicalText, eventually, type Fixture, fixture, GRACE_MS } from './store-fixture.ts';

const key = (name: string) => ({ kind: 'Canonical', name }) as const;
const names = ['a', 'b', 'c', 'd'];

describe('deletion', () => {
  let f: Fixture;
  let store: FileStore;
  const state = (name: string) => store.get(key(name))?.deletion?.state;
  const afterGrace = async () => {
    await store.sync();
    f.clock.skippedMs += GRACE_MS;
    await store.sync();
  };

  beforeEach(async () => {
    f = await fixture();
    for (const name of names) await f.write(`${name}.yaml`, canonicalText(name));
    store = await f.open();
    await store.sync();
  });
  afterEach(() => f.close());

  it('waits for the grace time', async () => {
    await f.remove('a.yaml');
    await store.sync();
    f.clock.skippedMs += GRACE_MS - 5000;
    await store.sync();
    expect(state('a')).to.equal('Missing');
  });

  it('T62 goes on where a removal failed half-way and something was written at its place since', async () => {
    const { uid } = store.get(key('a'))!;
    const records = join(f.state, 'objects/Canonical');
    await mkdir(join(records, `.trash-${uid}`));
    await writeFile(join(records, `.trash-${uid}`, 'object.json'), '{}');
    await f.remove('a.yaml');
    await afterGrace();
    await store.markDestroying(key('a'));
    await store.remove(key('a'));
    expect(store.get(key('a'))).to.equal(undefined);
    expect((await readdir(records)).toSorted()).to.deep.equal(['b', 'c', 'd']);
  });

  it('T62 a removal whose second half failed is ended later, beside those of others', async () => {
    const records = join(f.state, 'objects/Canonical');
    await mkdir(join(records, '.trash-gone', 'below'), { recursive: true });
    await sweepTrash(statePaths(f.state));
    expect((await readdir(records)).toSorted()).to.deep.equal(names);
  });

  it('I17 counts running time only: the wall clock may jump a day', async () => {
    await f.remove('a.yaml');
    await store.sync();
    f.clock.now = () => Date.now() + 86_400_000;
    await store.sync();
    expect(state('a')).to.equal('Missing');
  });

  it('I17 the time in which no controller ran does not count', async () => {
    await f.remove('a.yaml');
    await store.sync();
    await store.stop();
    f.clock.now = () => Date.now() + 86_400_000;
    store = await f.open();
    await store.sync();
    await store.sync();
    expect(state('a')).to.equal('Missing');
  });

  it('takes a returning file back, before and after the deletion has begun', async () => {
    const { uid } = store.get(key('a'))!;
    await f.remove('a.yaml');
    await store.sync();
    await f.write('a.yaml', canonicalText('a'));
    await store.sync();
    expect(store.get(key('a'))).to.include({ uid, generation: 1 });
    expect(state('a')).to.equal(undefined);
    await f.remove('a.yaml');
    await afterGrace();
    expect(state('a')).to.equal('Started');
    await f.write('elsewhere/a.yaml', canonicalText('a'));
    await store.sync();
    expect(state('a')).to.equal(undefined);
    expect(store.get(key('a'))!.uid).to.equal(uid);
  });

  it('a file of another recipe ends the deletion, as an edit that the data does not follow', async () => {
    const { uid } = store.get(key('a'))!;
    await f.remove('a.yaml');
    await afterGrace();
    await f.write('a.yaml', canonicalText('a', '', 'other'));
    await store.sync();
    expect(store.get(key('a'))).to.include({ uid, generation: 2 });
    expect(state('a')).to.equal(undefined);
  });

  it('I7 refuses to destroy while the file is there, and a file that returns while destroying becomes a new object', async () => {
    const { uid } = store.get(key('a'))!;
    const refused = await store.markDestroying(key('a')).catch((error: unknown) => error);
    expect(hasCode(refused, 'Refused')).to.equal(true);
    await f.remove('a.yaml');
    await afterGrace();
    await store.markDestroying(key('a'));
    await f.write('a.yaml', canonicalText('a'));
    await store.sync();
    expect(store.get(key('a'))!.uid).to.equal(uid);
    expect(state('a')).to.equal('Destroying');
    await store.remove(key('a'));
    await store.sync();
    expect(store.get(key('a'))!.uid).not.to.equal(uid);
    expect(state('a')).to.equal(undefined);
  });

  it('I7 the second listing right before the act sees a file that came back', async () => {
    await f.remove('a.yaml');
    await afterGrace();
    await f.write('a.yaml', canonicalText('a'));
    await new Promise((resolve) => f.clock.after(30, () => resolve(undefined)));
    expect(await store.confirmAbsent(key('a'))).to.equal(false);
    const refused = await store.markDestroying(key('a')).catch((error: unknown) => error);
    expect(hasCode(refused, 'Refused')).to.equal(true);
  });

  it('F3 a symlink whose target is gone is no deletion, removing the link is one', async () => {
    const target = join(f.root, 'generated');
    await mkdir(target);
    for (const name of ['linked', 'below']) await writeFile(join(target, `${name}.yaml`), canonicalText(name));
    await symlink(join(target, 'linked.yaml'), join(f.specs, 'linked.yaml'));
    await mkdir(join(target, 'sub'));
    await rename(join(target, 'below.yaml'), join(target, 'sub/below.yaml'));
    await symlink(join(target, 'sub'), join(f.specs, 'sub'));
    await store.sync();
    await rm(target, { recursive: true });
    await afterGrace();
    expect(store.get(key('linked'))!.deletion).to.equal(undefined);
    expect(store.get(key('below'))!.deletion).to.equal(undefined);
    await unlink(join(f.specs, 'linked.yaml'));
    await unlink(join(f.specs, 'sub'));
    await afterGrace();
    expect(['linked', 'below'].map(state)).to.deep.equal(['Started', 'Started']);
  });

  it('moving a file is not a deletion', async () => {
    const { uid } = store.get(key('a'))!;
    await mkdir(join(f.specs, 'sub'));
    await rename(join(f.specs, 'a.yaml'), join(f.specs, 'sub/renamed.yaml'));
    await store.sync();
    expect(store.get(key('a'))).to.include({ uid, generation: 1, path: join(f.specs, 'sub/renamed.yaml') });
  });

  it('a requested deletion skips the grace time but not the second listing', async () => {
    const { uid } = store.get(key('a'))!;
    await f.remove('a.yaml');
    await f.request({ verb: 'delete', kind: 'Canonical', name: 'a', uid });
    await store.sync();
    expect(state('a')).to.equal('Missing');
    await store.sync();
    expect(state('a')).to.equal('Started');
    expect(store.get(key('a'))!.lastHandledRequest).to.include({ verb: 'delete', result: 'Done' });
  });

  it('a requested deletion goes on by itself while the store runs', async () => {
    await store.start();
    await f.remove('a.yaml');
    await f.request({ verb: 'delete', kind: 'Canonical', name: 'a' });
    await eventually(() => state('a') === 'Started', 'the deletion begins');
  });

  it('a delete request whose file stays is refused and does not shorten a later absence', async () => {
    await f.request({ verb: 'delete', kind: 'Canonical', name: 'a' });
    await store.sync();
    f.clock.skippedMs += GRACE_MS;
    await store.sync();
    expect(store.get(key('a'))!.lastHandledRequest).to.include({ verb: 'delete', result: 'Refused' });
    await f.remove('a.yaml');
    await store.sync();
    await store.sync();
    expect(state('a')).to.equal('Missing');
  });

  describe('T51 I7 the source is gone', () => {
    const held = async (reason: string) => {
      await afterGrace();
      await store.sync();
      expect(names.map(state)).to.not.include('Started');
      expect((await readAll({ stateDirectory: f.state })).source).to.include({ available: false, reason });
      const events = await readEvents({ stateDirectory: f.state, limit: 100 });
      expect(events.filter((event) => event.reason === 'SourceUnavailable')).to.have.length(1);
    };

    it('directory removed', async () => {
      await rename(f.specs, `${f.specs}-away`);
      await store.projectStatus(key('a'), { observedGeneration: 1 });
      await held('DirectoryMissing');
      await rename(`${f.specs}-away`, f.specs);
      await store.sync();
      expect(names.map(state)).to.deep.equal([undefined, undefined, undefined, undefined]);
      expect((await readAll({ stateDirectory: f.state })).source).to.include({ available: true });
    });

    it('directory replaced by an empty one, as an unmounted file system', async () => {
      await rename(f.specs, `${f.specs}-away`);
      await mkdir(f.specs);
      await held('MarkerMissing');
    });

    it('directory of another instance', async () => {
      for (const name of names) await f.remove(`${name}.yaml`);
      await writeMarker(f.specs, 'somebody-else');
      await f.write('theirs.yaml', canonicalText('theirs'));
      await f.write('broken.yaml', 'broken: [');
      await held('MarkerForeign');
      expect(store.get(key('theirs'))).to.equal(undefined);
      expect(await stat(join(f.specs, 'broken.yaml.status.yaml')).catch(() => 'absent')).to.equal('absent');
    });

    it('a part of it cannot be listed', async () => {
      await unlink(join(f.specs, 'a.yaml'));
      await symlink('loop.yaml', join(f.specs, 'loop.yaml'));
      await held('DirectoryUnreadable');
    });

    it('the marker alone is lost: it is written again, nothing is deleted', async () => {
      await unlink(join(f.specs, '.cc-ci-instance'));
      await store.sync();
      expect(await readFile(join(f.specs, '.cc-ci-instance'), 'utf8')).to.equal('instance-1\n');
    });

    it('a restart while it is gone concludes nothing', async () => {
      await store.stop();
      await rename(f.specs, `${f.specs}-away`);
      await mkdir(f.specs);
      store = await f.open();
      await afterGrace();
      expect(names.map(state)).to.deep.equal([undefined, undefined, undefined, undefined]);
      expect(await stat(join(f.specs, '.cc-ci-instance')).catch(() => 'absent')).to.equal('absent');
    });
  });

  describe('mass guard', () => {
    beforeEach(() => {
      for (const name of names) f.owned.add(`Canonical/${name}`);
    });
    const removeAll = async (gone: string[]) => {
      for (const name of gone) await f.remove(`${name}.yaml`);
    };

    it('I7 holds when more than half of the owners vanish, releases when they return', async () => {
      await removeAll(['a', 'b', 'c']);
      await afterGrace();
      await store.sync();
      expect(names.map(state)).to.deep.equal(['Missing', 'Missing', 'Missing', undefined]);
      expect((await readAll({ stateDirectory: f.state })).source).to.include({ reason: 'MassDeletion' });
      await f.write('b.yaml', canonicalText('b'));
      await f.write('c.yaml', canonicalText('c'));
      await store.sync();
      expect(names.map(state)).to.deep.equal(['Started', undefined, undefined, undefined]);
    });

    it('lets half of them go', async () => {
      await removeAll(['a', 'b']);
      await afterGrace();
      expect(names.map(state)).to.deep.equal(['Started', 'Started', undefined, undefined]);
    });

    it('requests are outside of it', async () => {
      await removeAll(names);
      for (const name of names) await f.request({ verb: 'delete', kind: 'Canonical', name });
      await store.sync();
      await store.sync();
      expect(names.map(state)).to.deep.equal(['Started', 'Started', 'Started', 'Started']);
      expect((await readAll({ stateDirectory: f.state })).source).to.include({ available: true });
    });

    it('is released by a confirmation', async () => {
      await removeAll(['a', 'b', 'c']);
      await afterGrace();
      await f.request({ verb: 'delete', args: { confirmMass: 'true' } });
      await store.sync();
      await store.sync();
      expect(names.map(state)).to.deep.equal(['Started', 'Started', 'Started', undefined]);
    });

    it('is released by a confirmation also where the whole directory is gone', async () => {
      await rm(f.specs, { recursive: true });
      await store.sync();
      await f.request({ verb: 'delete', args: { confirmMass: 'true' } });
      await store.sync();
      await store.sync();
      await store.sync();
      expect(names.map(state)).to.deep.equal(['Started', 'Started', 'Started', 'Started']);
      expect(await store.confirmAbsent(key('a'))).to.equal(true);
    });

    it('holds over a restart', async () => {
      await removeAll(names);
      await afterGrace();
      await store.stop();
      store = await f.open();
      await store.sync();
      f.clock.skippedMs += GRACE_MS;
      await store.sync();
      expect(names.map(state)).to.deep.equal(['Missing', 'Missing', 'Missing', 'Missing']);
    });
  });

  it('no deletion is concluded while a file that was never seen does not parse', async () => {
    await rename(join(f.specs, 'a.yaml'), join(f.specs, 'moved.yaml'));
    await writeFile(join(f.specs, 'moved.yaml'), 'kind: [broken');
    await afterGrace();
    expect(state('a')).to.equal(undefined);
    expect(store.complete()).to.equal(false);
  });
});
