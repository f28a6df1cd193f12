import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { underLease } from '../../../controllers/run/quick/under-lease.ts';
import { failStage, next, type Step, type StepContext, type StepOutcome } from '../../../controllers/run/stage.ts';
import { acquireLease, type LeaseHolder } from '../../../lib/known-good/lease.ts';
import { storedRun } from '../../builders/stored-object.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { codeOf } from '../../rig/code-of.ts';

const MINE: LeaseHolder = { holder: 'q', uid: 'uid-q', attempt: 1 };
const OTHER: LeaseHolder = { holder: 'canonical', uid: 'uid-notes', attempt: 0 };

describe('a step under the lease of a known-good', () => {
  let root: string;
  let directory: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ccci-lease-'));
    directory = join(root, 'canonicals/notes');
    mkdirSync(directory, { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const failed = failStage('CrashLoop', 'it ended three times');

  /** The step ends as said, with the lease in the hands of `holder` by then. */
  async function done(outcome: StepOutcome, holder: LeaseHolder | undefined): Promise<StepOutcome> {
    const step: Step<StepContext> = {
      name: 'Commands',
      deadline: 'Test',
      async run() {
        if (holder !== undefined) await acquireLease(directory, holder, new FakeClock());
        return outcome;
      },
    };
    const context = {
      services: { settings: { stateDirectory: root }, turns: { acquire: async () => ({ state: 'Mine' }) } },
      object: storedRun({ name: 'q', uid: 'uid-q' }),
      attempt: { number: 1, reattached: { name: 'notes', uid: 'uid-notes', domain: 'd' } },
    };
    return await underLease(step).run(context as unknown as StepContext);
  }

  it('says nothing about the recipe where it failed after somebody else took the lease', async () => {
    expect(await codeOf(done(failed, OTHER))).to.equal('Conflict');
  });

  it('has failed where the lease is still its own, or nobody’s', async () => {
    expect(await done(failed, undefined)).to.equal(failed);
    expect(await done(failed, MINE)).to.equal(failed);
  });

  it('goes on otherwise: the next one looks before it touches anything', async () => {
    expect(await done(next, OTHER)).to.equal(next);
  });
});
