import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import type { RunEnd } from '../../../lib/run-record/run-end.ts';
import { ended, SweepBench } from './sweep-bench.ts';

const OLD = '1.0.0+1.0.0';
const NEW = '1.1.0+1.1.0';

const RED: RunEnd = {
  ...ended('Failed', 'Upgrade: the app | did not come up <b>', { verdict: 'Failed', blame: 'Recipe', level: 1 }),
  frozen: {
    stages: [
      { name: 'Install', result: 'Passed' },
      { name: 'Upgrade', result: 'Failed' },
    ],
  },
};

describe('the report of a sweep', function () {
  this.timeout(60_000);
  let bench: SweepBench;

  before(async () => {
    bench = await SweepBench.open();
    const name = (index: number): string => `r${String(index).padStart(2, '0')}`;
    for (let index = 1; index <= 20; index += 1) {
      const tags = index === 6 || index === 7 ? [] : [OLD, NEW];
      const isNew = index <= 5 || index >= 19;
      await bench.enrol(name(index), tags, { version: isNew ? OLD : NEW });
    }
    for (const red of ['r01', 'r03', 'r19']) bench.scripts.set(red, () => RED);
    const failing = bench.sources.get('r08');
    if (failing) failing.failing = new CcError('Unreachable', 'git.example.org does not answer, with hunter2');
    await bench.warm('proxy');
    await bench.warm('keycloak', ['proxy']);
    await bench.sweep();
  });
  after(() => bench.close());

  it('T13 is right line by line: 20 recipes, 3 red, 2 without tags, 1 whose fetch fails', async () => {
    await bench.pass();
    await bench.request('run');
    const sweep = await bench.ended();
    const lines = sweep.recipes.map(
      ({ recipe, from, to, decision, reason, result, level, failedStage, blame, promotion }) =>
        [recipe, from, to, decision, reason, result, level, failedStage, blame, promotion]
          .map((one) => one ?? '-')
          .join(' '),
    );
    const run = (recipe: string) => `${recipe} ${OLD} ${NEW} Run NewVersion`;
    const skipped = (recipe: string) => `${recipe} ${NEW} ${NEW} Skip NoNewVersion - - - - -`;
    expect(lines).to.deep.equal([
      `${run('r01')} Failed 1 Upgrade Recipe -`,
      `${run('r02')} Passed 5 - - Promoted`,
      `${run('r03')} Failed 1 Upgrade Recipe -`,
      `${run('r04')} Passed 5 - - Promoted`,
      `${run('r05')} Passed 5 - - Promoted`,
      `r06 ${NEW} - Skip NeverReleased - - - - -`,
      `r07 ${NEW} - Skip NeverReleased - - - - -`,
      'r08 - - Skip FetchFailed - - - Infra -',
      ...['r09', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'r16', 'r17', 'r18'].map(skipped),
      `${run('r19')} Failed 1 Upgrade Recipe -`,
      `${run('r20')} Passed 5 - - Promoted`,
    ]);
    expect(sweep).to.include({ result: 'Failed', cause: 'Request' });
    expect(sweep.warmServices).to.deep.equal([
      { name: 'proxy', result: 'Current', from: OLD },
      { name: 'keycloak', result: 'Current', from: OLD },
    ]);
    expect(bench.created).to.deep.equal(sweep.recipes.flatMap(({ run }) => run ?? []));
    expect(bench.thrown).to.deep.equal([]);
  });

  it('T13 a fetch that failed was tried again, is the condition of the Sweep, and shows no password', async () => {
    expect(bench.sources.get('r08')?.fetches).to.equal(3);
    const status = await bench.status();
    const ready = status.conditions.find(({ type }) => type === 'Ready');
    expect(ready).to.include({ status: 'False', reason: 'FetchFailed' });
    expect(JSON.stringify(status)).not.to.include('hunter2');
    const row = status.lastSweep?.recipes.find(({ recipe }) => recipe === 'r08');
    expect(row?.message).to.include('does not answer');
  });

  it('is in two files, in which a hostile message is text', async () => {
    const { lastSweep } = await bench.status();
    const directory = join(bench.state, lastSweep?.report ?? '');
    const json = JSON.parse(await readFile(join(directory, 'sweep.json'), 'utf8')) as { sweep: object };
    const { report: _report, ...written } = lastSweep ?? {};
    expect(json.sweep).to.deep.equal(written);
    const text = await readFile(join(directory, 'sweep.md'), 'utf8');
    expect(text).to.include('**Failed**: 4 passed, 3 failed (r01, r03, r19), 12 skipped, 1 not fetched (r08).');
    expect(text).to.include(
      `| r01 | ${OLD} | ${NEW} | Run | NewVersion | Failed | 1 | Upgrade | Recipe |  | ${lastSweep?.recipes[0]?.run} | Upgrade: the app \\| did not come up &lt;b&gt; |`,
    );
    expect(text.split('\n').filter((line) => /^\| r\d\d /.test(line))).to.have.length(20);
  });

  it('is in the history, with its counts', async () => {
    const { history } = await bench.status();
    expect(history).to.have.length(1);
    expect(history?.[0]).to.include({ result: 'Failed', passed: 4, failed: 3, skipped: 13 });
  });
});
