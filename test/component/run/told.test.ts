import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { keyText } from '../../../lib/api/kinds.ts';
import { Bench } from './bench.ts';
import { enrol, notesBench } from './enrolled.ts';

/** Whoever is to be looked at from here on; with a mark while the canonical `notes` is leased. */
function watch(bench: Bench): string[] {
  const told: string[] = [];
  const enqueue = bench.enqueue.bind(bench);
  const lease = join(bench.knownGood('notes').directory, 'lease.json');
  bench.enqueue = (key) => {
    told.push(existsSync(lease) ? `${keyText(key)}, leased` : keyText(key));
    enqueue(key);
  };
  return told;
}

describe('the end of a run', function () {
  this.timeout(120_000);

  it('is told to who created the run, whatever its kind', async () => {
    const bench = await Bench.open();
    try {
      const owner = { kind: 'Sweep', name: 'weekly', uid: 'uid-weekly' } as const;
      await bench.store.createRun({ name: 'r1', spec: { recipe: 'notes' }, owner });
      const key = { kind: 'Run', name: 'r1' } as const;
      await bench.request(key, 'cancel');
      const told = watch(bench);
      const over = async () => (await bench.journal('r1').catch(() => undefined))?.collected === true;
      for (let pass = 0; pass < 20 && !(await over()); pass += 1) await bench.pass(key);
      expect(await over()).to.equal(true);
      expect(told).to.deep.equal(['Sweep/weekly']);
    } finally {
      await bench.close();
    }
  });

  it('is told to the canonical whose data it promoted, after it gave the lease back', async () => {
    const notes = await notesBench();
    try {
      await enrol(notes);
      await notes.bench.write('Run', 'r1', { recipe: 'notes' });
      const told = watch(notes.bench);
      await notes.bench.finish('r1');
      expect(await notes.bench.knownGood('notes').pointerId()).to.be.a('string');
      expect(told.at(-1)).to.equal('Canonical/notes');
    } finally {
      await notes.bench.close();
    }
  });
});
