import { type Case, undamaged } from './cases.ts';
import { judge } from './judge.ts';
import { type PreparedState, prepareState } from './prepared-state.ts';
import type { Findings } from './verdict.ts';

/** A state of its own for the tests of one `describe`, and the judgement of cases on it. */
export function judgedState() {
  let prepared: PreparedState;
  let expected: Findings;
  before(async () => {
    prepared = await prepareState();
    expected = await undamaged(prepared);
  });
  after(() => prepared.bench.dispose());
  return {
    prepared: () => prepared,
    wrongOf: (cases: readonly Case[]) => judge(prepared, expected, cases),
  };
}
