import { expect } from 'chai';
import { failedHook, notStarted } from '../../../controllers/run/steps/never-ran.ts';
import { CcError } from '../../../lib/errors.ts';

const OUTCOME = { message: 'said no', exitCode: 1, logTail: ['no'] };
const absent = (): CcError => new CcError('NotFound', 'there is no such file');

describe('T100 a hook that failed', () => {
  for (const [given, shown] of [
    ['ExitCode', 'SeedFailed'],
    ['DeadlineExceeded', 'SeedFailed'],
    [undefined, 'SeedFailed'],
    ['InvalidProfile', 'InvalidProfile'],
    ['Misconfigured', 'Misconfigured'],
    ['RecipeTestsNotAllowed', 'RecipeTestsNotAllowed'],
  ] as const) {
    it(`${given ?? 'for no reason'}: fails its stage as ${shown}`, () => {
      const outcome = given === undefined ? OUTCOME : { ...OUTCOME, reason: given };
      expect(failedHook('seed', 'SeedFailed', outcome)).to.deep.equal({
        kind: 'End',
        end: { result: 'Failed', reason: shown, message: 'seed: said no', exitCode: 1, logTail: ['no'] },
      });
    });
  }
});

describe('T100 a command that could not be started', () => {
  for (const [what, from, program, reason] of [
    ['a file of the profile', 'Profile', './x.sh', 'InvalidProfile'],
    ['a file of the commit', 'Recipe', './x.sh', undefined],
    ['a program of the host, by the profile', 'Profile', 'python4', 'Misconfigured'],
    ['a program of the host, by the recipe', 'Recipe', 'python4', 'Misconfigured'],
  ] as const) {
    it(`${what}: ${reason ?? 'the reason of its stage'}, with what to do`, () => {
      const outcome = notStarted({ command: [program], from }, absent());
      expect(outcome).to.include({ result: 'Failed', exitCode: 127 });
      expect(outcome.reason).to.equal(reason);
      expect(outcome.message).to.match(/^there is no such file\. [A-Z].*\.$/);
    });
  }

  it('says the remedy of the error where it has one', () => {
    const error = new CcError('NotFound', 'it is not executable', { remedy: 'Run: chmod +x x.sh' });
    expect(notStarted({ command: ['./x.sh'], from: 'Profile' }, error).message).to.include('chmod +x');
  });
});
