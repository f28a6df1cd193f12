import { BEFORE_SWAP, ENDS, expectPromoted, expectWayBack } from '../component/damage/deletion-cases.ts';
import { enrol, type Notes, notesBench } from '../component/run/enrolled.ts';

describe('a promotion whose Canonical goes after any step, in any way', function () {
  this.timeout(240_000);
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
    await enrol(notes);
  });
  afterEach(() => notes.bench.close());

  for (const { what, end } of ENDS) {
    for (const step of BEFORE_SWAP) {
      it(`T72 after ${step}: ${what}: it goes all the way back and is Failed`, async () => {
        await expectWayBack(notes, step, end);
      });
    }
    it(`T72 after Swap: ${what}: it is Promoted, and nothing is left held`, async () => {
      await expectPromoted(notes, end);
    });
  }
});
