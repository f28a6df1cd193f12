/**
 * What is too long for every commit: the nightly tests, a slice of the fault matrix (another one each day) and some
 * power cuts. Closes with `N passed, N failed`. `FAULT_MINUTES` bounds matrix and cuts (default 45), `FAULT_SLICE`
 * (`i/n`) names the slice of the matrix and of the damaged files.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { whyNotHere } from '../test/faults/bench/namespace.ts';
import { tonightsSlice } from '../test/rig/slices.ts';
import { leftOutLines, type Tally } from './test/engine-choice.ts';
import { ROOT } from './test/suite.ts';
import { NIGHTLY, NIGHTLY_ALONE, NIGHTLY_ENGINE, NIGHTLY_LATE } from './test/suites.ts';
import { TestRun } from './test/test-run.ts';

/** As many nights as the whole matrix takes, 45 minutes each on two cores. */
const SLICES = 12;
/** Power cuts of each scenario that a controller is started on, and the part of the time that they get. */
const CUTS = 12;
const CUT_MINUTES = 15;

/** The matrix and the cuts follow the tests without an engine, those of a Keycloak the ones with one; one comes after all. */
async function runAll(): Promise<Tally[]> {
  const run = new TestRun();
  const onEngine = run.onEngine([NIGHTLY_ENGINE]);
  const [ofFaults] = await Promise.all([
    run.ordinary([NIGHTLY]).then(runFaults),
    onEngine.then(() => run.ordinary([NIGHTLY_LATE])),
  ]);
  await run.onEngine([NIGHTLY_ALONE]);
  return [run.close(), ...ofFaults];
}

async function runFaults(): Promise<Tally[]> {
  console.log(`fault matrix, slice ${slice}`);
  const matrix = await runMatrix('--slice', slice, '--minutes', String(minutes - CUT_MINUTES));
  console.log('power cuts');
  return [matrix, await runMatrix('--cuts', String(CUTS), '--minutes', String(CUT_MINUTES))];
}

/** Its last line holds the figures; a run without them has failed. */
async function runMatrix(...options: readonly string[]): Promise<Tally> {
  const why = whyNotHere();
  if (why !== undefined) {
    for (const line of leftOutLines({ suites: ['faults'], why })) console.log(line);
    return { passed: 0, failed: process.env.CI === 'true' ? 1 : 0 };
  }
  // It ends with this process, however that ends.
  const args = ['--pdeathsig', 'TERM', process.execPath, join(ROOT, 'test/faults/main.ts'), ...options];
  const child = spawn('setpriv', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  await new Promise((resolve) => child.once('close', resolve));
  const found = /^(\d+) passed, (\d+) failed$/m.exec(output);
  return found === null ? { passed: 0, failed: 1 } : { passed: Number(found[1]), failed: Number(found[2]) };
}

const slice = tonightsSlice(SLICES);
const minutes = Number(process.env.FAULT_MINUTES ?? '45');
const tallies = await runAll();
const sum = (field: keyof Tally): number => tallies.reduce((total, tally) => total + tally[field], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
