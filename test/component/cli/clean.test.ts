import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CleanResult } from '../../../lib/janitor/clean-item.ts';
import { readCleanRecord, writeCleanRecord } from '../../../lib/janitor/clean-record.ts';
import { CliBench, eventually } from './cli-bench.ts';

describe('ccctl doctor --clean', () => {
  let bench: CliBench;

  before(async () => {
    bench = await CliBench.open();
  });
  after(() => bench.close());
  beforeEach(() => bench.heartbeat());

  const app: CleanResult = {
    type: 'App',
    id: 'a.test',
    what: 'app a.test',
    why: 'its attempt is over',
    result: 'Planned',
  };
  const image: CleanResult = {
    type: 'Image',
    id: 'i',
    what: 'image i:1',
    bytes: 3 * 2 ** 20,
    why: 'unused',
    result: 'Planned',
  };
  const data: CleanResult = {
    type: 'Data',
    id: 'd',
    what: 'data of canonical/d',
    why: 'retention',
    afterMs: 7_200_000,
    result: 'Later',
  };
  const box = () => readdirSync(join(bench.state, 'requests')).filter((name) => name.endsWith('.json'));

  /** The command, answered by a controller. @returns what it printed, and what was asked. */
  async function ask(args: string[], items: CleanResult[], notes: string[] = []) {
    const before = box();
    const command = bench.ctl(['doctor', '--clean', ...args]);
    await eventually(() => box().length > before.length, 'a request');
    const file = box().find((name) => !before.includes(name)) ?? '';
    const request = JSON.parse(readFileSync(join(bench.state, 'requests', file), 'utf8'));
    const form = request.args.dryRun === 'true' ? 'DryRun' : 'Clean';
    const answer = { id: file.replace('.json', ''), time: '2030-01-01T00:00:00.000Z', form, items, notes } as const;
    const record = await readCleanRecord(bench.state);
    await writeCleanRecord(bench.state, { ...record, answers: [answer, ...record.answers] });
    return { ...(await command), request };
  }

  it('--dry-run prints what would go, how much, why, and what goes later', async () => {
    const { code, out, err, request } = await ask(
      ['--dry-run'],
      [app, image, data],
      ['images of 2 other nodes are not looked at'],
    );
    expect(code).to.equal(0);
    expect(request).to.include({ verb: 'clean' }).and.not.have.any.keys('kind', 'name');
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows).to.deep.equal([
      ['WHAT', 'SIZE', 'RESULT', 'WHY'],
      ['app a.test', '-', 'would go', 'its attempt is over'],
      ['image i:1', '3.0 MiB', 'would go', 'unused'],
      ['data of canonical/d', '-', 'in 2h', 'retention'],
    ]);
    expect(err).to.include('2 things would go, 3.0 MiB at most').and.include('other nodes');
  });

  it('without it says what came of each; exit 1 where one failed', async () => {
    const removed = { ...app, result: 'Removed' } as const;
    const failed = { ...image, result: 'Failed', message: 'no answer' } as const;
    const { code, out, err, request } = await ask([], [removed, failed]);
    expect([code, request.args]).to.deep.equal([1, {}]);
    expect(out)
      .to.match(/app a\.test .*removed/)
      .and.match(/failed +unused: no answer/);
    expect(err).to.include('1 thing was removed');
    const kept = await ask([], [{ ...image, result: 'Kept', message: 'it is used again' }]);
    expect([kept.code, kept.err.includes('nothing was removed')]).to.deep.equal([0, true]);
  });

  it('-o json for programs', async () => {
    const { out } = await ask(['--dry-run', '-o', 'json'], [image, data], ['a note']);
    const { afterMs: _, ...later } = data;
    expect(JSON.parse(out)).to.deep.equal({
      ...{ kind: 'List', form: 'DryRun', time: '2030-01-01T00:00:00.000Z', notes: ['a note'] },
      items: [image, { ...later, afterSeconds: 7_200 }],
    });
  });

  it('nothing to do is no table', async () => {
    const { code, out, err } = await ask(['--dry-run'], []);
    expect([code, out]).to.deep.equal([0, '']);
    expect(err).to.include('nothing would go now');
  });

  it('exit 6 without a controller, exit 2 for --dry-run alone; nothing is asked then', async () => {
    await bench.heartbeat(60_000);
    const before = box();
    expect((await bench.ctl(['doctor', '--clean'])).code).to.equal(6);
    expect((await bench.ctl(['doctor', '--dry-run'])).code).to.equal(2);
    expect(box()).to.deep.equal(before);
  });
});
