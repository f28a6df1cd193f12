import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { STATE_FORMAT } from '../../../lib/store/state-format.ts';
import { CliBench } from './cli-bench.ts';

describe('ccctl on a state directory of another version', () => {
  let bench: CliBench;
  beforeEach(async () => {
    bench = await CliBench.open();
    await bench.run('x');
    await bench.store.sync();
  });
  afterEach(() => bench.close());

  const format = async (format: number | undefined): Promise<void> => {
    const path = join(bench.state, 'controller.json');
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), version: '9.0.0', format }));
  };

  it('neither reads nor asks for anything where a newer one wrote it, and names that', async () => {
    await format(STATE_FORMAT + 1);
    for (const words of [['get', 'runs'], ['describe', 'run/x'], ['cancel', 'run/x'], ['events'], ['run', 'notes']]) {
      const { code, out, err } = await bench.ctl(words);
      expect([code, out], words.join(' ')).to.deep.equal([2, '']);
      expect(err).to.include(
        `has format ${STATE_FORMAT + 1}, which cc-controller 9.0.0 wrote; this ccctl knows ${STATE_FORMAT}`,
      );
    }
  });

  it('reads where the format is its own, or nobody says which', async () => {
    for (const known of [1, STATE_FORMAT, undefined]) {
      await format(known);
      expect((await bench.ctl(['get', 'runs'])).code).to.equal(0);
    }
    await rm(join(bench.state, 'controller.json'));
    expect((await bench.ctl(['get', 'runs'])).code).to.equal(0);
  });
});
