import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { RecordFiles } from '../../lib/fs/record-files.ts';
import type { Instance } from '../../lib/store/instance.ts';
import { STATE_FORMAT } from '../../lib/store/state-format.ts';
import { Bench } from './harness.ts';

describe('a controller on a state directory of another format', function () {
  this.timeout(120_000);
  let bench: Bench;

  beforeEach(async () => {
    bench = new Bench();
    await bench.start();
    await bench.stop();
  });
  afterEach(() => bench.dispose());

  const path = (): string => join(bench.state, 'instance.json');
  const files = (): RecordFiles => new RecordFiles(bench.state);
  async function rewrite(change: Partial<Instance>): Promise<void> {
    const before = await files().read<Instance>(path());
    await files().write(path(), { ...before, ...change });
  }

  it('that is newer does not start, and touches nothing', async () => {
    await rewrite({ format: STATE_FORMAT + 1 });
    const before = readFileSync(path(), 'utf8');
    const { exitCode, stderr } = await bench.startAndFail();
    expect(exitCode).to.equal(2);
    expect(stderr).to.match(/has format \d+, this version knows \d+\. Use the version that wrote it/);
    expect(readFileSync(path(), 'utf8')).to.equal(before);
  });

  it('whose change was cut off before its last note goes on', async () => {
    await rewrite({ format: STATE_FORMAT, migration: { from: STATE_FORMAT, done: STATE_FORMAT } });
    await bench.start();
    expect(await files().read<Instance>(path())).to.not.have.property('migration');
    expect(bench.log).to.contain('the state directory has another format now');
  });
});
