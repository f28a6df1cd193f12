import type { TestResult } from '../api/generated/types.ts';

/**
 * The test that was run, followed by the cases of the reports it left, each named below it (`login › suite.case`). A test that ended well although one of
 * its cases failed is Failed. Pure.
 */
export function mergeCases({ test, cases }: { test: TestResult; cases: readonly TestResult[] }): TestResult[] {
  const failed = cases.filter(({ result }) => result === 'Failed');
  const own: TestResult =
    test.result !== 'Failed' && failed.length > 0
      ? { ...test, result: 'Failed', message: `${failed.length} of ${cases.length} cases failed: ${failed[0]?.name}` }
      : test;
  return [own, ...cases.map((one) => ({ ...one, name: `${test.name} › ${one.name}` }))];
}
