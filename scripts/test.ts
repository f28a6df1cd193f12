/**
 * Runs every check of the project and closes with `N passed, N failed`. Lanes of suites run side by side; one of them
 * needs a Docker engine, which is started for it and removed after it (`CC_CI_TEST_SOCKET` names another one to use).
 * Names of suites as arguments run only those.
 */
import { whyNotHere } from '../test/faults/bench/namespace.ts';
import { whyNoServers } from '../test/stores/servers.ts';
import { engineHere } from './engine.ts';
import { chooseEngine, type LeftOut, leftOutLines, tally } from './test/engine-choice.ts';
import { closeEngineLane, openEngineLane } from './test/engine-lane.ts';
import { endSuites, type Place, runSuite, type Suite, type SuiteResult } from './test/suite.ts';
import { ENGINE_LANE, LANES } from './test/suites.ts';

/** Suites that took longer name their slowest files, seconds. */
const LONG_S = 20;

const names = process.argv.slice(2);
const results: SuiteResult[] = [];
const leftOut: LeftOut[] = [];
const wanted = (lane: readonly Suite[]): Suite[] =>
  lane.filter(({ name }) => names.length === 0 || names.includes(name));

function show({ name, passed, failed, seconds, problems, slowest }: SuiteResult): void {
  console.log(
    `${failed === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(17)} ${passed} passed, ${failed} failed in ${seconds} s`,
  );
  if (slowest && seconds > LONG_S) console.log(`     slowest: ${slowest}`);
  for (const problem of problems) console.log(`\n--- ${name}: ${problem}\n`);
}

async function runAndShow(suite: Suite, place?: Place): Promise<void> {
  const result = await runSuite(suite, place);
  show(result);
  results.push(result);
}

async function runLane(suites: readonly Suite[]): Promise<void> {
  for (const suite of suites) {
    const why = whyLeftOut(suite);
    if (why === undefined) await runAndShow(suite);
    else leaveOut([suite], why);
  }
}

function whyLeftOut({ needs }: Suite): string | undefined {
  if (needs === 'Servers') return whyNoServers();
  return needs === 'Namespaces' ? whyNotHere() : undefined;
}

function leaveOut(suites: readonly Suite[], why: string): void {
  const left = { suites: suites.map(({ name }) => name), why };
  leftOut.push(left);
  for (const line of leftOutLines(left)) console.log(line);
}

async function runEngineLane(): Promise<void> {
  const suites = wanted(ENGINE_LANE);
  if (suites.length === 0) return;
  const path = process.env.PATH ?? '/usr/bin:/bin';
  const choice = chooseEngine({
    suites: suites.map(({ name }) => name),
    socketPath: process.env.CC_CI_TEST_SOCKET,
    availability: engineHere(path),
  });
  const lane = await openEngineLane(choice, suites, path);
  if ('why' in lane) return leaveOut(suites, lane.why);
  for (const suite of suites) {
    const why = suite.needs === 'DebianImage' ? await lane.debian : undefined;
    if (why === undefined) await runAndShow(suite, lane.place);
    else leaveOut([suite], why);
  }
  await closeEngineLane();
}

function stopEarly(signal: NodeJS.Signals): void {
  console.log(`${signal}: ending`);
  endSuites();
  void closeEngineLane().finally(() => process.exit(130));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stopEarly);
await Promise.all(LANES.map((lane) => runLane(wanted(lane))));
// Afterwards, not beside them: two cores are enough for two lanes, and an engine that starves tells lies about apps.
await runEngineLane();
const { passed, failed } = tally({ results, leftOut, ci: process.env.CI });
console.log('');
for (const line of leftOut.flatMap(leftOutLines)) console.log(line);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
