import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { CcError, type ErrorCode } from '../../../lib/errors.ts';
import { FAULT_RULES } from '../../../lib/run-record/fault-rules.ts';
import { condition, stageOf } from './bench.ts';
import { BASE_VERSION, type Notes, notesBench } from './enrolled.ts';

/** A wish of ours, which ends no run by itself. */
const CODES = (Object.keys(FAULT_RULES) as ErrorCode[]).filter((code) => code !== 'Aborted');

describe('T100 an error in a run: blame, number of tries, reason and remedy are those of the table', () => {
  let notes: Notes;

  before(async () => {
    notes = await notesBench();
  });
  after(() => notes.bench.close());

  /** A run of the base alone, whose deploy throws this so many times. */
  const run = async (code: ErrorCode, times: number): Promise<RunStatus> => {
    const { bench, recipe } = notes;
    const name = `${code.toLowerCase()}-${times}`;
    for (let time = 0; time < times; time += 1) bench.platform.failNext('deploy', new CcError(code, 'nothing goes'));
    const spec = { recipe: 'notes', source: recipe.directory, ref: BASE_VERSION, promotion: 'Never' };
    await bench.write('Run', name, spec);
    return await bench.finish(name);
  };

  for (const code of CODES) {
    const { blame, tries, reason, remedy } = FAULT_RULES[code];
    it(`${code}: ${tries} @nightly`, async () => {
      const deploys = notes.bench.platform.count('deploy');
      const status = await run(code, tries);
      expect(notes.bench.platform.count('deploy') - deploys, 'deploys').to.equal(tries);
      expect(status.attempts).to.have.lengthOf(tries);
      expect(status.blame).to.equal(blame);
      const succeeded = status.conditions.find(({ type }) => type === 'Succeeded');
      expect(succeeded?.message).to.contain('nothing goes').and.contain(remedy);
      if (blame === 'Infra') {
        expect(condition(status, 'Succeeded')).to.equal('False/InfraError');
        expect(status.attempts?.map((attempt) => attempt.reason)).to.deep.equal(Array(tries).fill(reason));
      } else {
        expect(stageOf(status, 'Install')).to.include({ result: 'Failed', reason });
        expect(condition(status, 'Succeeded')).to.equal('False/Failed');
      }
    });
  }

  it('a fault that is over leaves a green run that says nothing of it but the attempt', async () => {
    const status = await run('Unreachable', 1);
    expect(condition(status, 'Succeeded')).to.equal('True/Passed');
    expect(status.attempts?.map(({ reason }) => reason)).to.deep.equal(['InfraFault', undefined]);
    const said = JSON.stringify([status.conditions, status.stages]);
    expect(said).to.not.contain('nothing goes').and.not.contain('tried again');
    expect(status.nextAction).to.equal(undefined);
  });
});
