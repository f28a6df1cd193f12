import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { conditionOf } from '../harness.ts';
import { type Fault, inflict } from './faults.ts';
import type { PreparedState } from './prepared-state.ts';
import { differences, type Findings, findingsOf } from './verdict.ts';

/** One file and what happens to it. */
export interface Case {
  path: string;
  fault: Fault;
}

/** So many looks in a row must find nothing wrong; a listing of the specs is provoked before each. */
const QUIET_LOOKS = 4;
/** What is wrong and has not changed for so long stays so. A busy machine is slow, but it goes on. */
const STUCK_MS = 60_000;

/** What the controller makes of the state as it was left; every case is compared with it. */
export async function undamaged(prepared: PreparedState): Promise<Findings> {
  const { bench } = prepared;
  prepared.restore();
  await bench.start();
  // The last of what it does: with the floor of the disk no run begins once more.
  await bench.waitFor('the run to wait for its second attempt', async () => {
    const mid = await bench.runStatus('mid');
    return conditionOf(mid, 'Succeeded')?.reason === 'Retrying' && conditionOf(mid, 'TornDown')?.status === 'True';
  });
  let last = '';
  let quiet = 0;
  await bench.waitFor('rest', () => {
    nudge(prepared);
    const now = JSON.stringify([...findingsOf(bench.state)]);
    quiet = now === last ? quiet + 1 : 0;
    last = now;
    return quiet > 3 * QUIET_LOOKS;
  });
  const findings = findingsOf(bench.state);
  await bench.kill9();
  return findings;
}

/** What is wrong in the end: differences from `expected` that `isAllowed` does not cover. Undefined: no such case. */
export async function tryCase(
  prepared: PreparedState,
  expected: Findings,
  { path, fault }: Case,
  isAllowed: (difference: string) => boolean,
): Promise<string[] | undefined> {
  const { bench, versions } = prepared;
  prepared.restore();
  if (!inflict(fault, { state: bench.state, path, versions })) return undefined;
  let wrong = ['the controller did not start'];
  let quiet = 0;
  let seen = '';
  try {
    await bench.start();
    const look = (): boolean => {
      nudge(prepared);
      const found = differences(expected, findingsOf(bench.state));
      wrong = found.filter((difference) => !isAllowed(difference));
      quiet = wrong.length === 0 ? quiet + 1 : 0;
      seen = JSON.stringify(found);
      return quiet >= QUIET_LOOKS;
    };
    await bench.waitFor('nothing to be wrong', look, { timeoutMs: STUCK_MS, progress: () => seen });
  } catch (error) {
    if (wrong.length === 0) wrong = [String(error).split('\n')[0] ?? ''];
    if (bench.isDead()) wrong.push('the controller has ended');
  }
  await bench.kill9();
  return wrong;
}

/** Has the controller list its directories now instead of after two seconds. */
function nudge({ bench }: PreparedState): void {
  const file = join(bench.specs, 'nudge.txt');
  writeFileSync(file, '');
  rmSync(file);
}
