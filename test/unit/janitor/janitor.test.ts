import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { reapOrphans } from '../../../controllers/janitor.ts';
import { CcError } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { FileClaims } from '../../../lib/store/claims.ts';
import type { ObjectStore, StoredObject } from '../../../lib/store/store.ts';
import { storedRun } from '../../builders/stored-object.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakePlatform } from '../../fakes/fake-platform.ts';

describe('the janitor', () => {
  let directory: string;
  let claims: FileClaims;
  let platform: FakePlatform;
  let complete: boolean;
  let objects: StoredObject[];
  const { signal } = new AbortController();

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-janitor-'));
    claims = new FileClaims(directory);
    platform = await new FakePlatform({ clock: new FakeClock() }).open();
    complete = true;
    objects = [storedRun({ name: 'alive' })];
    for (const name of ['alive', 'dead']) {
      await claims.claim({ domain: `${name}.example.org`, kind: 'Run', name, uid: `uid-${name}`, attempt: 1 });
      await platform.ensureVolumes({ domain: `${name}.example.org` }, ['data'], signal);
    }
    await platform.ensureVolumes({ domain: 'foreign.example.org' }, ['data'], signal);
  });
  afterEach(async () => {
    await platform.close();
    await rm(directory, { recursive: true });
  });

  const reap = () => {
    const store = { claims, complete: () => complete, get: () => objects[0] } as unknown as ObjectStore;
    const get: ObjectStore['get'] = ({ name }) => objects.find((object) => object.name === name);
    return reapOrphans({ store: Object.assign(store, { get }), platform, log: silentLog }, signal);
  };
  const domains = async () => (await platform.apps(signal)).map(({ domain }) => domain);

  it('T36 I6 removes what is claimed by nobody who lives, and nothing else', async () => {
    expect(await reap()).to.deep.equal(['dead.example.org']);
    expect(await domains()).to.deep.equal(['alive.example.org', 'foreign.example.org']);
    expect((await claims.list()).map(({ name }) => name)).to.deep.equal(['alive']);
  });

  it('I17 takes an object of the same name with another uid for another object', async () => {
    objects = [storedRun({ name: 'alive', uid: 'uid-other' })];
    expect(await reap()).to.have.lengthOf(2);
  });

  it('I7 removes nothing before the specs were listed in full', async () => {
    complete = false;
    expect(await reap()).to.deep.equal([]);
    expect(platform.count('destroy')).to.equal(0);
  });

  it('I7 removes nothing where the platform cannot be listed', async () => {
    platform.failNext('apps', new CcError('Unreachable', 'no answer'));
    await reap().catch(() => []);
    expect(platform.count('destroy')).to.equal(0);
  });

  it('T32 keeps the claim of what could not be removed, and goes on with the others', async () => {
    objects = [];
    platform.failNext('destroy', new CcError('Unreachable', 'no answer'));
    expect(await reap()).to.have.lengthOf(1);
    expect(await claims.list()).to.have.lengthOf(1);
  });
});
