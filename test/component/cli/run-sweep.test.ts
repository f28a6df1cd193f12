import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { SweepRecord, SweptRecipe } from '../../../lib/api/index.ts';
import { toTime } from '../../../lib/clock.ts';
import { CliBench, eventually } from './cli-bench.ts';

const KEY = { kind: 'Sweep', name: 'weekly' } as const;
const TIME = toTime(0);

const row = (overrides: Partial<SweptRecipe>): SweptRecipe => ({ recipe: 'notes', canonical: 'notes', ...overrides });
const GREEN = row({ decision: 'Run', reason: 'NewVersion', run: 'notes-sweep-1', result: 'Passed' });
const RED = row({ decision: 'Run', reason: 'NewVersion', run: 'notes-sweep-1', result: 'Failed', blame: 'Recipe' });
const UNFETCHED = row({ decision: 'Skip', reason: 'FetchFailed', blame: 'Infra', message: 'it does not answer' });

describe('ccctl run sweep/NAME', () => {
  let bench: CliBench;

  beforeEach(async () => {
    bench = await CliBench.open();
    await bench.write('weekly.yaml', 'apiVersion: cc-ci/v1\nkind: Sweep\nmetadata: { name: weekly }\nspec: {}\n');
    await bench.store.sync();
  });
  afterEach(() => bench.close());

  /** What the controller makes of the request. */
  const answer = async (result: 'Done' | 'Refused', message: string): Promise<string> => {
    const requests = join(bench.state, 'requests');
    const isThere = (): boolean =>
      existsSync(requests) && readdirSync(requests).some((name) => /^\d.*\.json$/.test(name));
    await eventually(isThere, 'the request');
    await bench.store.sync();
    const [{ id } = { id: '' }] = bench.store.get(KEY)?.requests ?? [];
    await bench.store.finishRequest(KEY, id, { result, message });
    await bench.status(KEY, ['Ready=True']);
    return id;
  };
  const show = (sweep: Partial<SweepRecord>, more: object = {}): Promise<void> =>
    bench.status(KEY, ['Ready=True'], {
      lastSweep: { occurrence: 'o', cause: 'Request', startTime: TIME, warmServices: [], recipes: [], ...sweep },
      ...more,
    });

  it('asks for a sweep, and says when it starts', async () => {
    const running = bench.ctl(['run', 'sweep/weekly']);
    await answer('Done', 'starts once no run is active');
    expect(await running).to.include({ code: 0, out: 'sweep/weekly run: starts once no run is active\n' });
  });

  it('1 where it is refused, with the reason', async () => {
    const running = bench.ctl(['run', 'sweeps/weekly', '--wait']);
    await answer('Refused', 'it is suspended: resume it first');
    const { code, err } = await running;
    expect(code).to.equal(1);
    expect(err).to.include('resume it first');
  });

  for (const [result, recipes, code] of [
    ['Passed', [GREEN], 0],
    ['Failed', [GREEN, RED], 1],
    ['ServiceFailed', [GREEN], 1],
    ['NothingEnrolled', [], 1],
    ['Cancelled', [GREEN], 1],
    ['InfraError', [GREEN, row({ decision: 'Run', result: 'InfraError', blame: 'Infra' })], 7],
    ['FetchFailed', [GREEN, UNFETCHED], 7],
    ['FetchFailed', [UNFETCHED, row({ reason: 'FetchFailed', blame: 'Configuration' })], 1],
  ] as const)
    it(`--wait ends with ${code} on ${result} of ${recipes.length} rows, after showing them`, async () => {
      const running = bench.ctl(['run', 'sweep/weekly', '--wait']);
      const request = await answer('Done', 'starts');
      await show({ request: 'another', result: 'Passed', completionTime: TIME });
      await show({ request, recipes: [row({ decision: 'Run', reason: 'NewVersion', run: 'notes-sweep-1' })] });
      await eventually(() => bench.err.includes('notes: Run NewVersion run/notes-sweep-1'), 'the row under way');
      await show({ request, recipes: [...recipes], result, completionTime: TIME });
      const end = await running;
      expect(end.code).to.equal(code);
      expect(end.out, 'talk stays off stdout').to.equal('sweep/weekly run: starts\n');
      expect(end.err).to.include(`sweep/weekly ${result}`);
    });

  it('--wait ends with 1 where somebody takes it back before it begins', async () => {
    const running = bench.ctl(['run', 'sweep/weekly', '--wait']);
    await answer('Done', 'starts');
    const cancelling = bench.ctl(['cancel', 'sweep/weekly']);
    await answer('Done', 'it does not start');
    expect((await running).code).to.equal(1);
    expect((await cancelling).code).to.equal(0);
  });

  it('--wait with --timeout ends with 4, and the sweep goes on', async () => {
    const running = bench.ctl(['run', 'sweep/weekly', '--wait', '--timeout', '200ms']);
    await answer('Done', 'starts');
    const { code, err } = await running;
    expect(code).to.equal(4);
    expect(err).to.include('goes on');
  });

  it('3 for one that is not there; without a controller it is queued, and not waited for', async () => {
    expect((await bench.ctl(['run', 'sweep/weekyl'])).err).to.include('sweep/weekly');
    expect((await bench.ctl(['run', 'sweep/weekyl'])).code).to.equal(3);
    await bench.heartbeat(60_000);
    expect((await bench.ctl(['run', 'sweep/weekly', '--wait'])).code).to.equal(6);
    const { code, out } = await bench.ctl(['run', 'sweep/weekly']);
    expect([code, out]).to.deep.equal([0, 'sweep/weekly run queued (takes place when the controller runs)\n']);
    await bench.store.sync();
    expect(bench.store.get(KEY)?.requests.map(({ verb }) => verb)).to.deep.equal(['run']);
  });

  for (const [words, said] of [
    [['canonical/notes'], 'sweep/NAME'],
    [['run/notes'], './run/notes'],
    [['recipes/hello'], './recipes/hello'],
    [['sweep/'], './sweep/'],
    [['sweep/a/b'], './sweep/a/b'],
    [['constructor/x'], './constructor/x'],
    [['sweep/weekly', '--quick'], '--quick'],
    [['sweep/weekly', '--hold-on-failure', '1h'], '--hold-on-failure'],
  ] as const)
    it(`usage: run ${words.join(' ')}`, async () => {
      const { code, err } = await bench.ctl(['run', ...words]);
      expect(code).to.equal(2);
      expect(err).to.include(said);
    });

  it('a Sweep is not tried again: the error says what is meant', async () => {
    const { code, err } = await bench.ctl(['retry', 'sweep/weekly']);
    expect(code).to.equal(2);
    expect(err).to.include('ccctl run sweep/weekly');
  });

  it('describe and get show the rows, and a hostile message as text', async () => {
    const message = 'ends\u001b[31m\nagain';
    await show(
      {
        recipes: [GREEN, { ...RED, recipe: 'wiki', message }],
        result: 'Failed',
        completionTime: TIME,
        report: 'sweeps/x/o',
      },
      { history: [{ occurrence: 'o', startTime: TIME, completionTime: TIME, result: 'Failed', passed: 1, failed: 1 }] },
    );
    const { out } = await bench.ctl(['describe', 'sweep/weekly']);
    expect(out)
      .to.match(/Result: +Failed/)
      .and.match(/Report: +sweeps\/x\/o/);
    expect(out)
      .to.match(/notes +- +- +Run +NewVersion +Passed/)
      .and.match(/wiki .*Failed .*Recipe/);
    expect(out).to.include('wiki: ends').and.include('o Failed: 1 passed, 1 failed, 0 skipped');
    expect(out).not.to.include('\u001b');
    expect((await bench.ctl(['get', 'sweeps'])).out).to.match(/RESULT\n.*Failed/);
    await show({ recipes: [] });
    expect((await bench.ctl(['get', 'sweeps'])).out).to.match(/Sweeping/);
  });
});
