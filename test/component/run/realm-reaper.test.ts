import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { RealmReaper, reapRealms } from '../../../controllers/janitor/realm-reaper.ts';
import type { RunJournal } from '../../../controllers/run/journal.ts';
import { runDirectoryName } from '../../../lib/app/domain.ts';
import { realmProbes } from '../../../lib/cli/doctor/realm-probes.ts';
import { silentLog } from '../../../lib/log.ts';
import { KeycloakProvider } from '../../../lib/sso/keycloak/keycloak-provider.ts';
import { realmName } from '../../../lib/sso/realm-name.ts';
import { loseRecord, putInsteadOf } from '../../rig/record-places.ts';
import { SERVICE, SignOn } from './sign-on-bench.ts';

const never = new AbortController().signal;

describe('the reaper of realms', function () {
  this.timeout(60_000);
  let signOn: SignOn;
  let uid: string;

  before(async () => {
    signOn = await SignOn.open();
    await signOn.up();
    await signOn.run('r1', { source: signOn.notes.recipe.directory, suspend: true });
    ({ uid } = signOn.bench.object({ kind: 'Run', name: 'r1' }));
  });
  after(() => signOn.close());
  beforeEach(() => {
    for (const name of realms()) if (name !== 'master') signOn.warm.realms.remove(name);
  });

  const realms = () => signOn.warm.realms.names();
  const services = () => {
    const { store, platform, settings } = signOn.bench;
    const providers = async () => new KeycloakProvider({ instance: 'instance-1' });
    const holdings = [signOn.bench.runs, signOn.bench.warmServices].map((one) => one.holdings!);
    return { store, platform, settings, providers, holdings, log: silentLog };
  };
  const plant = (name: string, run: string, attempt: number, instance = 'instance-1') =>
    signOn.warm.realms.create({
      name,
      attributes: { 'cc-ci.instance': instance, 'cc-ci.run': run, 'cc-ci.attempt': String(attempt) },
      client: undefined,
      user: undefined,
    });
  const journal = async (step: 'Testing' | 'Ended', names: readonly string[]) => {
    const provider = { type: 'Keycloak', adminUser: 'a', adminPasswordSecret: 's', domain: 'd.example.org' } as const;
    const attempts = names.map((realm, at) => {
      const resources = [{ kind: 'Realm', realm, service: 'keycloak', provider }] as const;
      return { number: at + 1, domain: `note-${at}.example.org`, resources, startTime: '2030-01-01T00:00:00.000Z' };
    });
    const tornDown = step === 'Ended';
    const written: Partial<RunJournal> = {
      format: 1,
      step,
      attempts,
      tornDown,
      session: 'x',
      crashes: 0,
      infraRetries: 0,
    };
    await signOn.bench.store.writeJournal({ kind: 'Run', name: 'r1' }, written);
  };

  it('WC1c I17 removes what an attempt made that is over, by its journal and by its marks', async () => {
    await journal('Testing', ['notes-000001', 'notes-000002']);
    plant('notes-000001', uid, 1);
    plant('notes-000002', uid, 2);
    expect(await reapRealms(services(), never)).to.deep.equal(['notes-000001']);
    expect(realms()).to.deep.equal(['master', 'notes-000002']);
    await journal('Ended', ['notes-000001', 'notes-000002']);
    expect(await reapRealms(services(), never)).to.deep.equal(['notes-000002']);
  });

  it('I17 touches none that the journal, or the marks, do not prove to be that attempt’s; doctor names them', async () => {
    await journal('Ended', ['notes-000001']);
    plant('notes-000001', uid, 2);
    plant('notes-000002', uid, 1);
    plant('notes-000003', 'uid-of-nobody', 1);
    plant('notes-000004', uid, 1, 'another-instance');
    signOn.warm.realms.create({ name: 'notes-000005', attributes: {}, client: undefined, user: undefined });
    signOn.warm.realms.create({ name: 'customers', attributes: {}, client: undefined, user: undefined });
    const before = realms();
    expect(await reapRealms(services(), never)).to.deep.equal([]);
    expect(realms()).to.deep.equal(before);
    const finding = await realmProbes(signOn.bench.settings.stateDirectory)[0]!.look(never);
    expect(finding.verdict).to.equal('Unknown');
    for (const name of ['notes-000003', 'notes-000004', 'notes-000005']) expect(finding.message).to.include(name);
    for (const name of ['notes-000001', 'customers', 'master']) expect(finding.message).not.to.include(name);
  });

  describe('of a run that nobody knows', () => {
    const gone = randomUUID();
    const name = realmName('notes', gone, 1);
    const stays = async () => {
      expect(await reapRealms(services(), never)).to.deep.equal([]);
      expect(realms()).to.deep.equal(['master', name]);
      const finding = await realmProbes(signOn.bench.settings.stateDirectory)[0]!.look(never);
      expect([finding.verdict, finding.message.includes(name)]).to.deep.equal(['Unknown', true]);
    };
    beforeEach(() => void plant(name, gone, 1));

    it('WC1c I17 removes the one of which nothing at all is left, by its marks', async () => {
      const other = realmName('notes', gone, 2);
      plant(other, gone, 2, 'another-instance');
      expect(await reapRealms(services(), never)).to.deep.equal([name]);
      expect(realms()).to.deep.equal(['master', other]);
      const finding = await realmProbes(signOn.bench.settings.stateDirectory)[0]!.look(never);
      expect(finding.message).not.to.include(name);
    });

    it('T84 I17 leaves it where a claim, or the directory of the run, says that its record is lost', async () => {
      const { store, settings } = signOn.bench;
      const domain = 'note-lost.ci.example.org';
      await store.claims.claim({ domain, kind: 'Run', name: 'lost', uid: gone, attempt: 1 });
      await stays();
      await store.claims.release(domain, gone);
      const directory = join(settings.stateDirectory, 'runs', runDirectoryName('lost', gone));
      await mkdir(directory, { recursive: true });
      await stays();
      await rm(directory, { recursive: true });
      expect(await reapRealms(services(), never)).to.deep.equal([name]);
    });

    it('T84 I17 leaves it while a claim cannot be read', async () => {
      const { stateDirectory } = signOn.bench.settings;
      putInsteadOf(stateDirectory, 'claims/note-lost.ci.example.org.json', '{');
      await stays();
      loseRecord(stateDirectory, 'claims/note-lost.ci.example.org.json');
      expect(await reapRealms(services(), never)).to.deep.equal([name]);
    });

    it('T84 I7 leaves it while the record of any object is damaged', async () => {
      const { stateDirectory } = signOn.bench.settings;
      putInsteadOf(stateDirectory, 'objects/Run/lost/object.json', '{');
      await signOn.bench.restart();
      expect(signOn.bench.store.isDamaged({ kind: 'Run', name: 'lost' })).to.equal(true);
      expect(await reapRealms(services(), never)).to.deep.equal([]);
      expect(realms()).to.deep.equal(['master', name]);
      loseRecord(stateDirectory, 'objects/Run/lost');
      await signOn.bench.restart();
      expect(await reapRealms(services(), never)).to.deep.equal([name]);
    });
  });

  it('T84 leaves that of a run whose journal cannot be read, and goes on with the others', async () => {
    await signOn.run('r2', { source: signOn.notes.recipe.directory, suspend: true });
    const damaged = signOn.bench.object({ kind: 'Run', name: 'r2' }).uid;
    const { stateDirectory } = signOn.bench.settings;
    putInsteadOf(stateDirectory, 'objects/Run/r2/journal.json', '{');
    await journal('Ended', ['notes-000002']);
    plant('notes-000001', damaged, 1);
    plant('notes-000002', uid, 1);
    expect(await reapRealms(services(), never)).to.deep.equal(['notes-000002']);
    expect(realms()).to.deep.equal(['master', 'notes-000001']);
    const finding = await realmProbes(stateDirectory)[0]!.look(never);
    expect(finding.message).to.include('notes-000001');
  });

  it('I7 removes nothing before the specs were listed in full, nor from a provider that does not answer', async () => {
    await journal('Ended', ['notes-000001']);
    plant('notes-000001', uid, 1);
    const { store } = signOn.bench;
    const half = Object.assign(Object.create(store) as typeof store, { complete: () => false });
    expect(await reapRealms({ ...services(), store: half }, never)).to.deep.equal([]);
    void signOn.gates.warm.fail({ conduct: { status: 503 } });
    expect(await reapRealms(services(), never)).to.deep.equal([]);
    signOn.gates.warm.heal();
    expect(realms()).to.deep.equal(['master', 'notes-000001']);
  });

  it('looks right after its start, then at its pace, and writes nothing where nothing is new', async () => {
    await journal('Ended', ['notes-000001']);
    plant('notes-000001', uid, 1);
    const report = join(signOn.bench.settings.stateDirectory, 'warm', SERVICE.name, 'realms.json');
    const waits: (() => void)[] = [];
    const clock = {
      ...signOn.bench.clock,
      after: (_: number, act: () => void) => {
        waits.push(act);
        return { cancel: () => {} };
      },
    };
    const rounds = async (count: number) => {
      for (let tries = 0; tries < 200 && waits.length < count; tries += 1)
        await new Promise((go) => setTimeout(go, 20));
      expect(waits).to.have.length(count);
    };
    const reaper = RealmReaper.start({ ...services(), clock: clock as never, intervalMs: 1 });
    await rounds(1);
    expect(realms()).to.deep.equal(['master']);
    const text = await readFile(report, 'utf8');
    plant('notes-000001', uid, 1);
    waits[0]!();
    await rounds(2);
    await reaper.stop();
    expect(realms()).to.deep.equal(['master']);
    expect(await readFile(report, 'utf8')).to.equal(text);
  });
});
