import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock, toTime } from '../../../lib/clock.ts';
import { type TriggerStatus, writeTriggerStatus } from '../../../lib/forge/trigger-status.ts';
import { CliBench } from './cli-bench.ts';

describe('ccctl get triggers', () => {
  let bench: CliBench;
  beforeEach(async () => {
    bench = await CliBench.open();
  });
  afterEach(() => bench.close());

  const ctl = (...argv: string[]) => bench.ctl(argv);
  const trigger = async (repository: string, more: Partial<TriggerStatus> = {}): Promise<void> => {
    const name = repository.split('/')[1] ?? '';
    const lastPollTime = toTime(systemClock.now());
    await writeTriggerStatus(join(bench.state, 'forge', `recipes~${name}-00000000`), {
      ...{ repository, forge: 'https://git.example.org', canonical: name, state: 'Watching', lastPollTime },
      ...{ commands: 1, outbox: 2 },
      ...more,
    });
  };

  it('lists repositories, and says where there is none', async () => {
    const none = await ctl('get', 'triggers');
    expect(none).to.include({ code: 0, out: '' });
    expect(none.err).to.include('forge.url');
    await trigger('recipes/wiki', { state: 'Failing', reason: 'Unauthorised', message: 'GET /user: 401' });
    await trigger('recipes/notes');
    const { out } = await ctl('get', 'triggers');
    const [header, ...rows] = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(header).to.deep.equal(['REPOSITORY', 'STATUS', 'CANONICAL', 'RUNS', 'OUTBOX', 'POLLED']);
    expect(rows).to.deep.equal([
      ['recipes/notes', 'Watching', 'notes', '1', '2', 'now'],
      ['recipes/wiki', 'Failing/Unauthorised', 'wiki', '1', '2', 'now'],
    ]);
    expect((await ctl('get', 'triggers', '-o', 'wide')).out).to.include('GET /user: 401');
    expect((await ctl('get', 'triggers', '-o', 'name')).out).to.equal('trigger/recipes/notes\ntrigger/recipes/wiki\n');
  });

  it('takes one by repository or Canonical, and guesses what was meant', async () => {
    await trigger('recipes/notes');
    for (const name of ['recipes/notes', 'Recipes/Notes', 'notes']) {
      const { out } = await ctl('get', 'trigger', name, '-o', 'json');
      expect(JSON.parse(out)).to.deep.include({ kind: 'Trigger', metadata: { name: 'recipes/notes' } });
    }
    const { code, err } = await ctl('get', 'triggers', 'recipes/note');
    expect(code).to.equal(3);
    expect(err).to.include('recipes/notes');
  });

  it('refuses what triggers have not', async () => {
    for (const flags of [['-l', 'a=b'], ['-w'], ['--show-labels']])
      expect((await ctl('get', 'triggers', ...flags)).code, flags.join(' ')).to.equal(2);
  });

  it('is what the doctor goes by', async () => {
    const look = async () => JSON.parse((await ctl('doctor', '-o', 'json', '--platform', 'process')).out);
    const found = async () => (await look()).items.find(({ name }: { name: string }) => name === 'pull requests');
    expect(await found()).to.include({ result: 'Ok', message: 'no repository is watched' });
    await trigger('recipes/notes');
    expect(await found()).to.include({ result: 'Ok', message: 'watched: recipes/notes' });
    await trigger('recipes/notes', { state: 'Failing', reason: 'Unauthorised', message: 'GET /user: 401' });
    expect(await found()).to.include({ result: 'Failed', message: 'recipes/notes cannot be watched: GET /user: 401' });
  });
});
