import { readFileSync, utimesSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { statePaths } from '../../../lib/store/state-paths.ts';
import { CliBench, eventually } from './cli-bench.ts';

describe('what was waited for is in the list that tables are made of', () => {
  let bench: CliBench;
  const key = { kind: 'Run', name: 'x' } as const;
  const later = new Date('2100-01-01T00:00:00Z');

  beforeEach(async () => {
    bench = await CliBench.open();
    await bench.run('x');
    await bench.store.sync();
    await bench.status(key, ['Succeeded=Unknown/Pending']);
    await bench.ctl(['version']);
  });

  afterEach(() => bench.close());

  const list = (): string => join(bench.state, 'list.jsonl');
  const lastLine = (): string => readFileSync(list(), 'utf8').trimEnd().split('\n').at(-1) ?? '';
  /** As by a write that began before a status and ended after it. */
  const makeYoung = (): void => utimesSync(list(), later, later);

  it('wait', async () => {
    for (const reason of ['Passed', 'PassedAgain', 'PassedOnceMore']) {
      await bench.status(key, [`Succeeded=True/${reason}`]);
      makeYoung();
      const waited = await bench.ctl(['wait', 'run/x', '--for=condition=Succeeded'], { given: 'AtOnce' });
      expect(waited.code).to.equal(0);
      expect(lastLine()).to.contain(reason);
    }
  });

  it('run --wait', async () => {
    const following = bench.ctl(['run', 'notes', '--name', 'y', '--wait']);
    await eventually(() => bench.out.includes('created'), 'the file');
    await bench.store.sync();
    await bench.status({ kind: 'Run', name: 'y' }, ['Succeeded=True/Passed']);
    makeYoung();
    expect((await following).code).to.equal(0);
    expect(lastLine()).to.match(/"Run","y".*Passed/);
  });

  it('delete --wait', async () => {
    const deleting = bench.ctl(['delete', 'run/x', '--wait']);
    await eventually(() => bench.err.includes('waiting until'), 'the request');
    await bench.destroy(key);
    makeYoung();
    expect((await deleting).code).to.equal(0);
    expect(lastLine()).to.match(/^\[\d+,"Run","x"\]$/);
  });

  it('not waited for where no controller writes it', async () => {
    await bench.status(key, ['Succeeded=True/Passed']);
    await bench.ctl(['version']);
    const file = statePaths(bench.state).status(key);
    await writeFile(file, (await readFile(file, 'utf8')).replace('"Passed"', '"Unlisted"'));
    const ask = async (): Promise<number> => {
      let sleeps = 0;
      const onSleep = (): void => {
        sleeps += 1;
        bench.alive = false;
      };
      const asked = bench.ctl(['wait', 'run/x', '--for=condition=Succeeded'], { given: 'AtOnce', onSleep });
      expect((await asked).code).to.equal(0);
      return sleeps;
    };
    expect(await ask(), 'it lived at the first look').to.equal(1);
    expect(await ask()).to.equal(0);
  });
});
