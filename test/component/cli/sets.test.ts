import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { inHours, WarmCliBench } from './warm-bench.ts';

describe('ccctl get sets, rollback', () => {
  let warm: WarmCliBench;

  beforeEach(async () => {
    warm = await WarmCliBench.open();
    const { sets, failedSets } = warm.home;
    await warm.set(sets.directory, 'w1', { hours: 72 });
    await warm.set(sets.directory, 'w2', { hours: 3, version: '1.1.0+1.1.0' });
    await warm.set(failedSets.directory, 'w2-failed', { hours: 2, version: '1.2.0+1.2.0' });
    const lossWindow = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:05:00.000Z' };
    const time = '2026-01-01T00:05:00.000Z';
    const failedSet = { id: 'w2-failed', version: '1.2.0+1.2.0', time, lossWindow, expires: inHours(48) };
    await warm.status({ failedSets: [failedSet] });
  });
  afterEach(() => warm.close());

  const rows = (out: string): string[][] =>
    out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));

  it('lists what upgrades copied and what rollbacks replaced, the newest first', async () => {
    const { code, out } = await warm.ctl('get', 'sets', 'ws/shop');
    expect(code).to.equal(0);
    const [header, ...sets] = rows(out);
    expect(header).to.deep.equal(['NAME', 'STATE', 'ORIGIN', 'OBJECT', 'VERSION', 'SIZE', 'AGE', 'EXPIRES']);
    expect(sets).to.deep.equal([
      ['w2-failed', 'Complete', 'Failed', 'ws/shop', '1.2.0+1.2.0', '2.0 KiB', '2h', sets[0]?.[7] ?? ''],
      ['w2', 'Complete', 'Upgrade', 'ws/shop', '1.1.0+1.1.0', '2.0 KiB', '3h', '-'],
      ['w1', 'Complete', 'Upgrade', 'ws/shop', '1.0.0+1.0.0', '2.0 KiB', '3d', '-'],
    ]);
    expect(sets[0]?.[7]).to.match(/^in (2d|1d23h)/);
  });

  it('lists those of canonicals, too, and which one is known to be good', async () => {
    const generations = join(warm.bench.state, 'canonicals/notes/generations');
    await warm.set(generations, 'g1', { hours: 30 });
    await warm.set(generations, 'g2', { hours: 20 });
    await warm.bench.status({ kind: 'Canonical', name: 'notes' }, [], { knownGood: { generation: 'g2' } });
    const all = rows((await warm.ctl('get', 'sets', '--no-headers')).out);
    expect(all.map(([id, , origin]) => `${id} ${origin}`)).to.deep.equal([
      ...['w2-failed Failed', 'w2 Upgrade', 'g2 KnownGood', 'g1 Superseded', 'w1 Upgrade'],
    ]);
    const own = rows((await warm.ctl('get', 'sets', 'can', '--no-headers')).out);
    expect(own.map(([id]) => id)).to.deep.equal(['g2', 'g1']);
  });

  it('-o wide says what a failed set alone holds, and where it lies', async () => {
    const { out } = await warm.ctl('get', 'sets', '-o', 'wide');
    expect(out)
      .to.include('2026-01-01T00:00:00.000Z to 2026-01-01T00:05:00.000Z')
      .and.include(join(warm.home.failedSets.directory, 'w2-failed'));
  });

  it('-o json, name and a path', async () => {
    const { out } = await warm.ctl('get', 'set/w2-failed', '-o', 'json');
    expect(JSON.parse(out)).to.deep.include({
      ...{ kind: 'Set', origin: 'Failed', state: 'Complete', version: '1.2.0+1.2.0', bytes: 2048 },
      object: { kind: 'WarmService', name: 'shop' },
      lossWindow: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:05:00.000Z' },
    });
    expect(out, 'no URL of a source').not.to.include('hunter2');
    expect((await warm.ctl('get', 'sets', '-o', 'name')).out).to.equal('set/w2-failed\nset/w2\nset/w1\n');
    expect((await warm.ctl('get', 'sets', '-o', 'yaml')).out).to.match(/^kind: List\nitems:\n/);
    const sorted = await warm.ctl('get', 'sets', '--sort-by', '.metadata.name', '-o', 'jsonpath={.items[*].version}');
    expect(sorted.out).to.equal('1.0.0+1.0.0 1.1.0+1.1.0 1.2.0+1.2.0');
  });

  it('T84 shows a set whose manifest is damaged or missing, and the others all the same', async () => {
    const { directory } = warm.home.sets;
    await writeFile(join(await warm.set(directory, 'w3'), 'manifest.json'), '{"format":1}');
    await mkdir(join(directory, 'w4'));
    await writeFile(join(directory, 'w5'), 'no directory');
    await mkdir(join(directory, '\u001b[2Jw6'));
    await mkdir(join(directory, '.tmp-w7'));
    const { code, out } = await warm.ctl('get', 'sets', '--no-headers');
    expect(code).to.equal(0);
    expect(out, 'T90 no name steers the terminal').not.to.include('\u001b');
    expect(rows(out).map(([id, state]) => `${id} ${state}`)).to.deep.equal([
      ...['w2-failed Complete', 'w2 Complete', 'w1 Complete'],
      ...['[2Jw6 Damaged', 'w3 Damaged', 'w4 Incomplete', 'w5 Damaged'],
    ]);
  });

  it('without any: says so, and an empty list for programs', async () => {
    await warm.bench.store.sync();
    const { code, out, err } = await warm.ctl('get', 'sets', 'can');
    expect([code, out]).to.deep.equal([0, '']);
    expect(err).to.include('No sets found.');
    expect(JSON.parse((await warm.ctl('get', 'sets', 'can', '-o', 'json')).out)).to.deep.equal({
      ...{ kind: 'List', items: [] },
    });
  });

  for (const [words, code, said] of [
    [['sets', 'ws/shops'], 3, 'Did you mean warmservice/shop?'],
    [['sets', 'runs'], 2, 'a Run has no sets'],
    [['sets', 'nonsense'], 2, 'there is no kind'],
    [['set/w'], 3, 'there is no set "w"'],
    [['set/w2-faild'], 3, 'Did you mean w2-failed?'],
    [['set/w1', 'ws/shop'], 2, 'does not name a set'],
    [['set/'], 2, 'does not name a set'],
    [['sets', '-l', 'a=b'], 2, 'no labels'],
    [['sets', '--watch'], 2, 'cannot be watched'],
    [['ws,sets'], 2, "'ccctl get sets', by itself"],
  ] as const)
    it(`get ${words.join(' ')}: ${code}`, async () => {
      const result = await warm.ctl('get', ...words);
      expect(result.code).to.equal(code);
      expect(result.err).to.include(said);
    });

  it('works without the controller, and says so', async () => {
    await warm.bench.heartbeat(60_000);
    warm.bench.alive = false;
    const { code, err } = await warm.ctl('get', 'sets');
    expect(code).to.equal(0);
    expect(err).to.include('not running');
  });

  for (const to of ['w1', 'set/w1'])
    it(`rollback --to ${to} asks for it, and says what came of it`, async () => {
      await warm.serve('Done', 'rolls back');
      const { code, out } = await warm.ctl('rollback', 'ws/shop', '--to', to);
      expect([code, out]).to.deep.equal([0, 'warmservice/shop rollback done: rolls back\n']);
      expect(warm.asked).to.deep.equal([{ rollback: { to: 'w1' } }]);
    });

  it('rollback goes back to what a rollback replaced, too', async () => {
    await warm.serve('Done');
    expect((await warm.ctl('rollback', 'ws', 'shop', '--to', 'w2-failed')).code).to.equal(0);
    expect(warm.asked).to.deep.equal([{ rollback: { to: 'w2-failed' } }]);
  });

  for (const [what, options, code, said] of [
    ['no set', [], 2, 'Give --to SET.'],
    ['a set that is not there', ['--to', 'w9-failed'], 3, 'Did you mean w2-failed?'],
    ['a path', ['--to', '../sets/w1'], 3, 'there is no set'],
    ['a set without a manifest', ['--to', 'w4'], 1, 'incomplete'],
  ] as const)
    it(`${code} for a rollback to ${what}: lists the sets, and asks for nothing`, async () => {
      await mkdir(join(warm.home.sets.directory, 'w4'));
      const result = await warm.ctl('rollback', 'ws/shop', ...options);
      expect([result.code, result.out]).to.deep.equal([code, '']);
      expect(result.err).to.include(said);
      for (const id of ['w1', 'w2', 'w2-failed']) expect(result.err).to.match(new RegExp(`^${id} +Complete`, 'm'));
      expect(await warm.dropped()).to.deep.equal([]);
    });

  for (const [words, code, said] of [
    [['run/x', '--to', 'w1'], 2, 'has no sets to go back to'],
    [['can/notes', '--to', 'w1'], 2, 'has no sets to go back to'],
    [['ws/shop', 'w1'], 2, 'one word too many'],
    [['ws/shops', '--to', 'w1'], 3, 'Did you mean warmservice/shop?'],
  ] as const)
    it(`rollback ${words.join(' ')}: ${code}, and nothing is asked for`, async () => {
      const result = await warm.ctl('rollback', ...words);
      expect(result.code).to.equal(code);
      expect(result.err).to.include(said);
      expect(await warm.dropped()).to.deep.equal([]);
    });

  it('a rollback without a controller is queued', async () => {
    await warm.bench.heartbeat(60_000);
    expect((await warm.ctl('rollback', 'ws/shop', '--to', 'w1')).out).to.include('rollback queued');
    expect(await warm.dropped()).to.have.length(1);
  });
});
