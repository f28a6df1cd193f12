import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Condition } from '../../../lib/api/generated/types.ts';
import { notServed } from '../../../lib/runtime/not-served.ts';
import type { Reconciler } from '../../../lib/runtime/reconciler.ts';
import type { FileStore } from '../../../lib/store/file-store.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { type Fixture, fixture, GRACE_MS } from '../store/store-fixture.ts';

const KEY = { kind: 'WarmService', name: 'sso' } as const;
const PASS = { signal: new AbortController().signal, leavePool: () => {} };
const TEXT = 'apiVersion: cc-ci/v1\nkind: WarmService\nmetadata: { name: sso }\nspec: { app: { recipe: keycloak } }\n';

interface Shown {
  status: { observedGeneration: number; conditions: Condition[]; lastHandledRequest?: { id: string; result: string } };
}

describe('a kind that this version does not serve', () => {
  let f: Fixture;
  let store: FileStore;
  let clock: FakeClock;
  let reconciler: Reconciler;
  const shown = async (): Promise<Shown['status']> => {
    const path = join(f.state, 'objects/WarmService/sso/status.json');
    return (JSON.parse(await readFile(path, 'utf8')) as Shown).status;
  };

  beforeEach(async () => {
    f = await fixture();
    await f.write('sso.yaml', TEXT);
    store = await f.open();
    await store.sync();
    clock = new FakeClock();
    reconciler = notServed('WarmService', { store, clock });
  });
  afterEach(() => f.close());

  it('says so, once and for the generation that it saw; nothing is in force, and no pass comes by itself', async () => {
    expect(await reconciler.reconcile(KEY, PASS)).to.deep.equal({ outcome: 'Done' });
    const { conditions, observedGeneration } = await shown();
    expect(observedGeneration).to.equal(1);
    const time = '2030-01-01T00:00:00.000Z';
    for (const [index, type] of ['Accepted', 'Ready'].entries()) {
      expect(conditions[index]).to.include({ type, status: 'False', reason: 'NotServed', observedGeneration: 1 });
      expect(conditions[index]).to.include({ lastTransitionTime: time });
    }
    expect(conditions).to.have.length(2);
    expect(store.get(KEY)).to.not.have.property('accepted');
    await clock.advance(60_000);
    await f.write('sso.yaml', TEXT.replace('recipe: keycloak', 'recipe: keycloak, env: { A: b }'));
    await store.sync();
    await notServed('WarmService', { store, clock }).reconcile(KEY, PASS);
    const second = await shown();
    expect(second.conditions.map((each) => [each.observedGeneration, each.lastTransitionTime])).to.deep.equal([
      [2, time],
      [2, time],
    ]);
    expect(await store.claims.list()).to.deep.equal([]);
  });

  it('refuses every request but a deletion', async () => {
    const ids = [await f.request({ kind: 'WarmService', name: 'sso', verb: 'retry' })];
    ids.push(await f.request({ kind: 'WarmService', name: 'sso', verb: 'suspend' }));
    await store.sync();
    expect(store.get(KEY)?.requests.map(({ id }) => id)).to.deep.equal(ids);
    await reconciler.reconcile(KEY, PASS);
    await reconciler.reconcile(KEY, PASS);
    expect(store.get(KEY)).to.deep.include({ requests: [], suspended: false });
    expect((await shown()).lastHandledRequest).to.include({ id: ids[1], result: 'Refused' });
  });

  it('goes with its file, and waits until the deletion has started', async () => {
    await reconciler.reconcile(KEY, PASS);
    await f.remove('sso.yaml');
    await store.sync();
    await reconciler.reconcile(KEY, PASS);
    expect(store.get(KEY)?.deletion?.state).to.equal('Missing');
    f.clock.skippedMs += GRACE_MS;
    await store.sync();
    await store.sync();
    expect(store.get(KEY)?.deletion?.state).to.equal('Started');
    expect(await reconciler.reconcile(KEY, PASS)).to.deep.equal({ outcome: 'Done' });
    expect(store.get(KEY)).to.equal(undefined);
    expect(await reconciler.reconcile(KEY, PASS)).to.deep.equal({ outcome: 'Done' });
    await writeFile(join(f.specs, 'sso.yaml'), TEXT);
    await store.sync();
    await reconciler.reconcile(KEY, PASS);
    expect((await shown()).conditions).to.have.length(2);
  });

  it('whose deletion was cut off goes on with it', async () => {
    await f.remove('sso.yaml');
    await store.sync();
    f.clock.skippedMs += GRACE_MS;
    await store.sync();
    await store.sync();
    await store.markDestroying(KEY);
    await reconciler.reconcile(KEY, PASS);
    expect(store.get(KEY)).to.equal(undefined);
  });
});
