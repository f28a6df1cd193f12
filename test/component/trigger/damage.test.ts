import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { dropFromLog } from '../../rig/record-places.ts';
import { REPOSITORY, TriggerBench } from './trigger-bench.ts';

/** What happens to a file while nobody works. */
const FAULTS: Readonly<Record<string, (path: string, older: Buffer) => void>> = {
  lost: (path) => rmSync(path),
  empty: (path) => writeFileSync(path, ''),
  garbled: (path) => writeFileSync(path, '{"format":1,"comm'),
  older: (path, older) => writeFileSync(path, older),
};

describe('the files of a trigger, damaged', () => {
  let bench: TriggerBench;
  let older: Buffer;

  beforeEach(async () => {
    bench = await TriggerBench.open();
    await bench.pass();
    older = readFileSync(place('trigger.json'));
    await bench.gitea.comment(REPOSITORY, 1, 'member', '!testme');
    await bench.pass();
  });
  afterEach(() => bench.close());

  function place(name: string): string {
    const [directory = ''] = readdirSync(join(bench.state, 'forge'));
    return join(bench.state, 'forge', directory, name);
  }

  for (const [name, inflict] of Object.entries(FAULTS))
    it(`trigger.json ${name}: the log counts, and the run is answered, once`, async () => {
      await bench.store.stop();
      inflict(place('trigger.json'), older);
      await bench.start();
      await bench.ends(bench.run());
      await bench.pass();
      await bench.pass();
      expect(bench.runs()).to.have.length(1);
      expect(bench.states()).to.deep.equal(['pending', 'success']);
      expect(bench.answers()).to.have.length(1);
    });

  for (const name of ['lost', 'empty', 'garbled'] as const)
    it(`trigger.json ${name}, and not in the log: nothing old starts anything, and what comes is answered`, async () => {
      await bench.store.stop();
      dropFromLog(bench.state, 'forge');
      FAULTS[name]?.(place('trigger.json'), older);
      await bench.start();
      await bench.pass();
      expect(bench.runs()).to.have.length(1);
      await bench.gitea.comment(REPOSITORY, 1, 'member', '!testme');
      await bench.pass();
      expect(bench.runs()).to.have.length(2);
      expect(bench.answers()).to.have.length(1);
    });

  for (const [name, inflict] of Object.entries(FAULTS))
    it(`a message of the outbox ${name}: nothing is told twice, and the end is told`, async () => {
      await bench.ends(bench.run());
      await bench.gitea.away();
      await bench.pass();
      await bench.store.stop();
      const [message = ''] = readdirSync(place('outbox'));
      inflict(join(place('outbox'), message), readFileSync(join(place('outbox'), message)));
      await bench.gitea.back();
      await bench.start();
      await bench.pass(120_000);
      expect(bench.states().filter((state) => state === 'success').length).to.be.at.most(1);
      expect(bench.answers()).to.have.length(1);
      expect(bench.answers()[0]).to.include('passed');
    });

  it('status.json is written again', async () => {
    await bench.store.stop();
    rmSync(place('status.json'));
    await bench.start();
    await bench.pass();
    expect(existsSync(place('status.json'))).to.equal(true);
  });
});
