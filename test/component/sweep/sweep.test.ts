import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { condition } from '../run/bench.ts';
import { commitOf, DAY_MS, ended, HOUR_MS, KEY, START, SweepBench, warmRecord } from './sweep-bench.ts';

const OLD = '1.0.0+1.0.0';
const NEW = '1.1.0+1.1.0';
/** Sundays at three. */
const DUE = START + 15 * HOUR_MS;

describe('a Sweep', function () {
  this.timeout(60_000);
  let bench: SweepBench;

  beforeEach(async () => {
    bench = await SweepBench.open();
    await bench.enrol('notes', [OLD, NEW], { version: OLD });
    await bench.sweep({ jitter: '10m' });
  });
  afterEach(() => bench.close());

  const swept = async (): Promise<string[]> => (await bench.journal())?.history.map((one) => one.occurrence) ?? [];

  it('is at rest until its time, and says when that is', async () => {
    await bench.passFor(HOUR_MS);
    const status = await bench.status();
    expect(condition(status, 'Ready')).to.equal('True/Scheduled');
    expect(status).to.include({ nextScheduleTime: new Date(DUE).toISOString() });
    expect(status.nextAction).to.include({ reason: 'Scheduled' });
    expect(Date.parse(status.nextAction?.time ?? '')).to.be.within(DUE, DUE + 600_000);
    expect(bench.created).to.deep.equal([]);
  });

  it('WC6 sweeps at its time, once a week', async () => {
    await bench.passFor(15 * DAY_MS);
    expect(await swept()).to.deep.equal(['20300120T030000Z', '20300113T030000Z', '20300106T030000Z']);
    expect(await bench.status()).to.include({ lastScheduleTime: '2030-01-20T03:00:00.000Z' });
  });

  it('T59 makes up for many that were missed while it was down by one, at the start', async () => {
    await bench.passFor(HOUR_MS);
    bench.clock.wallMs += 70 * DAY_MS;
    await bench.restart();
    await bench.passFor(HOUR_MS);
    expect(await swept()).to.deep.equal(['20300310T030000Z']);
  });

  it('T63 sweeps for no time twice when the clock goes back, nor for many when it goes forward', async () => {
    await bench.passFor(16 * HOUR_MS);
    expect(await swept()).to.deep.equal(['20300106T030000Z']);
    bench.clock.wallMs -= DAY_MS;
    await bench.passFor(2 * DAY_MS);
    expect(await swept()).to.deep.equal(['20300106T030000Z']);
    bench.clock.wallMs += 40 * DAY_MS;
    await bench.passFor(HOUR_MS);
    expect(await swept()).to.deep.equal(['20300210T030000Z', '20300106T030000Z']);
  });

  it('WC6 waits for runs of other people, and names one', async () => {
    await bench.otherRun('theirs');
    await bench.request('run');
    await bench.passFor(60_000);
    expect((await bench.status()).nextAction?.what).to.include('run/theirs');
    expect((await bench.journal())?.sweep).to.equal(undefined);
    await bench.otherRun('theirs', { step: 'Ended' });
    await bench.ended();
  });

  for (const [name, record] of [
    ['is held for a look', { step: 'Holding' }],
    ['has ended', { step: 'Ended' }],
  ] as const)
    it(`does not wait for a run that ${name}`, async () => {
      await bench.otherRun('theirs', record);
      await bench.request('run');
      await bench.ended();
    });

  it('WC6 two that are due at once sweep one after the other', async () => {
    const daily = { kind: 'Sweep', name: 'daily' } as const;
    await bench.write('Sweep', 'daily', {});
    bench.scripts.set('notes', () => 'Hold');
    for (const key of [KEY, daily]) {
      await bench.pass(key);
      await bench.request('run', key);
    }
    await bench.until(() => bench.created.length > 0, 'the run of the first');
    for (let pass = 0; pass < 5; pass += 1) await bench.pass(daily);
    expect((await bench.status(daily)).nextAction).to.include({ reason: 'SweepActive' });
    bench.scripts.delete('notes');
    await bench.ended();
    const isOver = async (): Promise<boolean> => (await bench.status(daily)).history?.length === 1;
    for (let pass = 0; pass < 50 && !(await isOver()); pass += 1) await bench.pass(daily);
    expect(await isOver()).to.equal(true);
  });

  it('suspended, starts nothing, and passes over what comes meanwhile', async () => {
    await bench.pass();
    await bench.request('suspend');
    await bench.passFor(8 * DAY_MS);
    expect(condition(await bench.status(), 'Ready')).to.equal('False/Suspended');
    await bench.request('run');
    await bench.pass();
    expect((await bench.status()).lastHandledRequest).to.include({ verb: 'run', result: 'Refused' });
    await bench.request('resume');
    await bench.passFor(HOUR_MS);
    expect(await swept()).to.deep.equal([]);
    await bench.passFor(7 * DAY_MS);
    expect(await swept()).to.have.length(1);
  });

  it('T10 with nobody enrolled is not ready, and its sweep is no success', async () => {
    await bench.sweep({ selector: { matchLabels: { team: 'z' } } });
    await bench.pass();
    await bench.pass();
    const status = await bench.status();
    expect(condition(status, 'Ready')).to.equal('False/NothingEnrolled');
    await bench.request('run');
    expect(await bench.ended()).to.include({ result: 'NothingEnrolled' });
    await bench.sweep({ selector: { matchLabels: { team: 'n' } } });
    await bench.passFor(60_000);
    expect(condition(await bench.status(), 'Ready')).to.equal('True/Scheduled');
  });

  it('tests only what its selector matches', async () => {
    await bench.enrol('wiki', [NEW]);
    await bench.sweep({ selector: { matchLabels: { team: 'w' } } });
    await bench.pass();
    await bench.request('run');
    expect((await bench.ended()).recipes.map(({ recipe }) => recipe)).to.deep.equal(['wiki']);
  });

  it('tests the tag, cold, to be promoted, and is the owner of the run', async () => {
    await bench.request('run');
    const [row] = (await bench.ended()).recipes;
    const run = bench.object({ kind: 'Run', name: row?.run ?? '' });
    expect(run.spec).to.include({ recipe: 'notes', ref: NEW, mode: 'Cold', promotion: 'Auto' });
    expect(run.ownerReferences).to.deep.equal([{ ...KEY, uid: bench.object(KEY).uid }]);
  });

  it('proves a known-good again that is older than maxAge', async () => {
    await bench.enrol('wiki', [OLD], { version: OLD, daysAgo: 31 });
    await bench.enrol('mail', [OLD], { version: OLD, daysAgo: 29 });
    await bench.request('run');
    const rows = (await bench.ended()).recipes.map(({ recipe, decision, reason }) => `${recipe} ${decision} ${reason}`);
    expect(rows).to.deep.equal(['mail Skip NoNewVersion', 'notes Run NewVersion', 'wiki Run TooOld']);
  });

  it('leaves out a Canonical that is suspended', async () => {
    await bench.write('Canonical', 'notes', { app: { recipe: 'notes' }, suspend: true });
    await bench.request('run');
    expect((await bench.ended()).recipes[0]).to.include({ decision: 'Skip', reason: 'Suspended' });
  });

  it('T13 takes a source that is wrong for a fetch that failed, at once; the next sweep puts it right', async () => {
    const source = bench.sources.get('notes');
    if (source) source.failing = new CcError('Misconfigured', 'no repository');
    await bench.request('run');
    const sweep = await bench.ended();
    expect(sweep.recipes[0]).to.include({ reason: 'FetchFailed', blame: 'Configuration' });
    expect(source?.fetches).to.equal(1);
    expect(condition(await bench.status(), 'Ready')).to.equal('False/FetchFailed');
    if (source) source.failing = undefined;
    await bench.request('run');
    await bench.ended(2);
    expect(condition(await bench.status(), 'Ready')).to.equal('True/Scheduled');
  });

  it('T13 a fetch that fails once is tried again', async () => {
    const source = bench.sources.get('notes');
    if (source) source.failing = new Error('EMFILE');
    await bench.request('run');
    await bench.until(() => source?.fetches === 1, 'the first fetch');
    if (source) source.failing = undefined;
    expect((await bench.ended()).recipes[0]).to.include({ decision: 'Run', result: 'Passed' });
    expect((await bench.ended()).recipes[0]).not.to.have.property('message');
  });

  it('T12 says that a green run was not promoted, and why', async () => {
    const promotion = { result: 'Failed', reason: 'HealthFailed' } as const;
    bench.scripts.set('notes', () => ({ ...ended('Passed', 'level 5', { level: 5 }), promotion }));
    await bench.request('run');
    const [row] = (await bench.ended()).recipes;
    expect(row).to.include({ result: 'Passed', promotion: 'Failed', message: 'promotion Failed: HealthFailed' });
  });

  it('a run that is removed under it is a row', async () => {
    bench.scripts.set('notes', () => 'Hold');
    await bench.request('run');
    await bench.until(() => bench.created.length > 0, 'the run');
    const key = { kind: 'Run', name: bench.created[0] ?? '' } as const;
    await bench.store.markDestroying(key);
    await bench.store.remove(key);
    expect(await bench.ended()).to.include({ result: 'Failed' });
    expect((await bench.status()).lastSweep?.recipes[0]).to.include({ result: 'Removed' });
  });

  describe('rolls the warm services first', () => {
    const upgraded = (to: string) => (record: ReturnType<typeof warmRecord>) => ({
      ...record,
      lastGood: { ...warmRecord(to).lastGood, version: to } as NonNullable<typeof record.lastGood>,
      newest: {
        ...{ atRunningMs: 0, session: 'one', ...record.newest },
        latest: { version: to, commit: commitOf(to) },
      },
    });

    it('in the order of dependsOn, before any recipe; a result for each', async () => {
      await bench.warm('keycloak', ['proxy']);
      await bench.warm('proxy');
      await bench.warm('wiki');
      const order: string[] = [];
      for (const name of ['keycloak', 'proxy', 'wiki'])
        bench.looks.set(name, (record) => {
          order.push(`${name}, ${bench.created.length} runs`);
          return name === 'proxy' ? upgraded(NEW)(record) : record;
        });
      await bench.request('run');
      const sweep = await bench.ended();
      expect(order).to.deep.equal(['proxy, 0 runs', 'keycloak, 0 runs', 'wiki, 0 runs']);
      expect(sweep.warmServices).to.deep.equal([
        { name: 'proxy', result: 'Upgraded', from: OLD, to: NEW },
        { name: 'keycloak', result: 'Current', from: OLD },
        { name: 'wiki', result: 'Current', from: OLD },
      ]);
      expect(bench.created).to.have.length(1);
    });

    it('one that is in trouble is a row, and the recipes are tested', async () => {
      await bench.warm('proxy');
      bench.looks.set('proxy', (record) => ({
        ...record,
        history: [{ version: NEW, result: 'RolledBack', time: 't' }],
      }));
      await bench.warm('stuck');
      await bench.store.writeJournal({ kind: 'WarmService', name: 'stuck' }, {});
      bench.looks.set('stuck', () => ({}));
      await bench.request('run');
      const sweep = await bench.ended();
      expect(sweep.warmServices.map(({ name, result, reason }) => `${name} ${result} ${reason}`)).to.deep.equal([
        'proxy RolledBack undefined',
        'stuck Failed NotLooked',
      ]);
      expect(sweep).to.include({ result: 'ServiceFailed' });
      expect(sweep.recipes[0]).to.include({ result: 'Passed' });
    });

    it('or not at all', async () => {
      await bench.warm('proxy');
      await bench.sweep({ rollWarmServices: false });
      await bench.pass();
      await bench.request('run');
      expect((await bench.ended()).warmServices).to.deep.equal([]);
    });
  });

  describe('is ended', () => {
    beforeEach(async () => {
      await bench.enrol('wiki', [NEW]);
      bench.scripts.set('notes', () => 'Hold');
      await bench.request('run');
      await bench.until(() => bench.created.length > 0, 'the first run');
    });

    it('T71 by a person: the run under way is cancelled, the rows after it are not begun', async () => {
      await bench.request('cancel');
      const sweep = await bench.ended();
      expect(sweep).to.include({ result: 'Cancelled' });
      expect(sweep.recipes[0]).to.include({ decision: 'Run', result: 'Cancelled' });
      expect(sweep.recipes[1]).to.deep.equal({ recipe: 'wiki', canonical: 'wiki' });
      expect(bench.created).to.have.length(1);
    });

    it('T72 by its deletion: the run is cancelled, and stays; its reports go', async () => {
      const reports = join(bench.state, 'sweeps');
      await bench.remove('Sweep', KEY.name);
      await bench.until(() => bench.store.get(KEY) === undefined, 'the end of the Sweep');
      const run = bench.object({ kind: 'Run', name: bench.created[0] ?? '' });
      expect(run.lastHandledRequest).to.include({ verb: 'cancel' });
      expect(existsSync(reports) ? readdirSync(reports) : []).to.deep.equal([]);
    });
  });

  it('what was asked for and has not begun is taken back by cancel', async () => {
    await bench.otherRun('theirs');
    await bench.request('run');
    await bench.pass();
    await bench.request('cancel');
    await bench.otherRun('theirs', { step: 'Ended' });
    await bench.passFor(HOUR_MS);
    expect(await swept()).to.deep.equal([]);
    await bench.request('cancel');
    await bench.pass();
    expect((await bench.status()).lastHandledRequest).to.include({ result: 'Refused' });
  });

  it('keeps the reports of the last twenty', async () => {
    for (let count = 1; count <= 22; count += 1) {
      bench.clock.advance(1_000);
      await bench.request('run');
      await bench.pass();
      await bench.until(async () => (await bench.journal())?.sweep?.step === 'Over', 'the end');
    }
    const [directory = ''] = readdirSync(join(bench.state, 'sweeps'));
    const reports = readdirSync(join(bench.state, 'sweeps', directory));
    expect(reports).to.have.length(20);
    expect((await bench.status()).lastSweep?.report).to.include(reports.at(-1));
    expect((await bench.status()).history).to.have.length(10);
  });
});
