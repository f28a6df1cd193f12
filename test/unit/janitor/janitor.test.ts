import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { clean } from '../../../controllers/janitor/cleaner.ts';
import type { CleanServices } from '../../../controllers/janitor/observe.ts';
import { RunHoldings } from '../../../controllers/run/holdings.ts';
import { CcError } from '../../../lib/errors.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { silentLog } from '../../../lib/log.ts';
import { FileClaims } from '../../../lib/store/claims.ts';
import type { ObjectStore, StoredObject } from '../../../lib/store/store.ts';
import { storedRun } from '../../builders/stored-object.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakePlatform } from '../../fakes/fake-platform.ts';
import { putInsteadOf } from '../../rig/record-places.ts';

describe('the janitor', () => {
  let directory: string;
  let claims: FileClaims;
  let platform: FakePlatform;
  let complete: boolean;
  let objects: StoredObject[];
  /** Names of runs that are over. */
  let over: Set<string>;
  const { signal } = new AbortController();

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-janitor-'));
    claims = new FileClaims(new RecordFiles(directory), join(directory, 'claims'));
    platform = await new FakePlatform({ clock: new FakeClock() }).open();
    complete = true;
    objects = ['alive', 'dead'].map((name) => storedRun({ name }));
    over = new Set(['dead']);
    for (const name of ['alive', 'dead']) {
      await claims.claim({ domain: domainOf(name), kind: 'Run', name, uid: `uid-${name}`, attempt: 1 });
      await platform.ensureVolumes({ domain: domainOf(name) }, ['data'], signal);
    }
    await platform.ensureVolumes({ domain: 'foreign.example.org' }, ['data'], signal);
  });
  afterEach(async () => {
    await platform.close();
    await rm(directory, { recursive: true });
  });

  const domainOf = (name: string): string => `${name}.example.org`;
  const journalOf = ({ name }: { name: string }) => {
    const attempts = [{ number: 1, domain: domainOf(name) }];
    const isOver = over.has(name);
    return { step: isOver ? 'Ended' : 'Testing', tornDown: isOver, attempts };
  };
  /** @returns the domains of the apps that went. */
  const reap = async (): Promise<string[]> => {
    const get: ObjectStore['get'] = ({ name }) => objects.find((object) => object.name === name);
    const readJournal = async (key: { name: string }) => journalOf(key);
    const store = { claims, complete: () => complete, get, readJournal, runningMs: () => 0 };
    const holdings = new Map([['Run', new RunHoldings({ store } as never)]]);
    const settings = { stateDirectory: directory, keepArtifacts: 500, pruneAbovePercent: 80 };
    const services = { store, platform, holdings, settings, log: silentLog } as unknown as CleanServices;
    const { items } = await clean(services, { form: 'Clean', occasion: 'Round', depth: 'Claims' }, signal);
    return items.filter(({ result }) => result === 'Removed').map(({ id }) => id);
  };
  const domains = async () => (await platform.apps(signal)).map(({ domain }) => domain);

  it('T36 I6 removes what is claimed by an attempt that is over, and nothing else', async () => {
    expect(await reap()).to.deep.equal(['dead.example.org']);
    expect(await domains()).to.deep.equal(['alive.example.org', 'foreign.example.org']);
    expect((await claims.list()).map(({ name }) => name)).to.deep.equal(['alive']);
  });

  it('T84 I17 an owner that is not known is not over: what it claims stays', async () => {
    objects = [];
    expect(await reap()).to.deep.equal([]);
    expect(platform.count('destroy')).to.equal(0);
    expect(await claims.list()).to.have.lengthOf(2);
  });

  it('T84 I17 neither is an object of the same name with another uid', async () => {
    objects = [storedRun({ name: 'dead', uid: 'uid-other' })];
    expect(await reap()).to.deep.equal([]);
    expect(platform.count('destroy')).to.equal(0);
  });

  it('T84 a claim that cannot be read keeps nobody from the others', async () => {
    putInsteadOf(directory, 'claims/alive.example.org.json', '');
    expect(await reap()).to.deep.equal(['dead.example.org']);
    expect(await claims.damaged()).to.have.lengthOf(1);
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
    over.add('alive');
    platform.failNext('destroy', new CcError('Unreachable', 'no answer'));
    expect(await reap()).to.have.lengthOf(1);
    expect(await claims.list()).to.have.lengthOf(1);
  });
});
