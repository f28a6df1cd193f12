import { expect } from 'chai';
import type { CanonicalSpec } from '../../lib/api/index.ts';
import { stageOf } from '../component/run/bench.ts';
import { DATA, enrol, type Notes, notesBench } from '../component/run/enrolled.ts';

type Data = NonNullable<NonNullable<CanonicalSpec['ci']>['data']>;

const GONE = { command: ['./gone.sh'], from: 'Profile' as const };

/** Data hooks that the profile does not have, and the stage in which each shows. */
const MISSING: readonly [string, Data, 'Install' | 'Upgrade' | 'Restore'][] = [
  ['seed', { ...DATA, seed: GONE }, 'Install'],
  ['verify', { ...DATA, verify: GONE }, 'Upgrade'],
  ['wipe', { ...DATA, wipe: GONE }, 'Restore'],
];

describe('T100 a data hook that the profile lacks', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  for (const [name, data, stage] of MISSING) {
    it(`${name}: is the configuration's fault`, async () => {
      await enrol(notes, { ci: { data } });
      await notes.bench.write('Run', 'r1', { recipe: 'notes', promotion: 'Never' });
      const status = await notes.bench.finish('r1');
      expect(stageOf(status, stage)).to.deep.include({ result: 'Failed', reason: 'InvalidProfile' });
      expect(status.blame).to.equal('Configuration');
    });
  }
});
