import { whyNoBrowser } from '../../test/browser/chromium.ts';
import { whyNotHere } from '../../test/faults/bench/namespace.ts';
import { whyNoKeycloak } from '../../test/keycloak/distribution.ts';
import { whyNoPrometheus } from '../../test/metrics/prometheus.ts';
import { whyNoNix } from '../../test/nix/nix.ts';
import { whyNoRoot } from '../../test/operator/root.ts';
import { whyNoBareRoot } from '../../test/packages/bare-root.ts';
import { whyNoServers } from '../../test/stores/servers.ts';
import { whyNoSystemd } from '../../test/systemd/systemd.ts';
import { engineHere } from '../engine.ts';
import { chooseEngine, type LeftOut, leftOutLines, type Tally, tally } from './engine-choice.ts';
import { closeEngineLane, type EngineLane, openEngineLane } from './engine-lane.ts';
import { removeScratch } from './scratch.ts';
import { endSuites, type Place, runSuite, type Suite, type SuiteResult } from './suite.ts';

/** Suites that took longer name their slowest files, seconds. */
const LONG_S = 20;

/** Suites by lane: a lane runs its suites one after the other, beside the other lanes. */
export type Lanes = readonly (readonly Suite[])[];

/**
 * Runs suites, shows each when it is over, and keeps what they found. Suites that compute are less urgent than those on
 * the engine, which mostly wait: an engine that starves tells lies about apps.
 */
export class TestRun {
  readonly #names: readonly string[];
  readonly #results: SuiteResult[] = [];
  readonly #leftOut: LeftOut[] = [];
  readonly #scratch: string | undefined;

  /** `names`: only these suites are run; none: all. `scratch`: where tests keep their files; undefined: as usual. */
  constructor(names: readonly string[] = [], scratch?: string) {
    this.#names = names;
    this.#scratch = scratch;
    const stop = (signal: NodeJS.Signals): void => stopEarly(signal, scratch);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  }

  get #env(): Readonly<Record<string, string>> {
    return this.#scratch === undefined ? {} : { TMPDIR: this.#scratch };
  }

  /** The lanes that need no engine. Never rejects. */
  async ordinary(lanes: Lanes): Promise<void> {
    const place = { enter: ['nice', '-n', '5'], env: this.#env };
    await eachBeside(this.#wanted(lanes), (suite) => this.#run(suite, place, whyNot(suite)));
  }

  /** Starts an engine, builds its images while suites that need none run already, and removes it. Never rejects. */
  async onEngine(lanes: Lanes): Promise<void> {
    const wanted = this.#wanted(lanes);
    const suites = wanted.flat();
    if (suites.length === 0) return;
    const path = process.env.PATH ?? '/usr/bin:/bin';
    const choice = chooseEngine({
      suites: suites.map(({ name }) => name),
      socketPath: process.env.CC_CI_TEST_SOCKET,
      availability: engineHere(path),
    });
    const lane = await openEngineLane(choice, suites, path);
    if ('why' in lane) return this.#leaveOut(suites, lane.why);
    const place = { ...lane.place, env: { ...this.#env, ...lane.place.env } };
    await eachBeside(wanted, async (suite) => this.#run(suite, place, await whyNotOn(lane, suite)));
    await closeEngineLane();
  }

  /** Removes what tests kept, and names once more what was left out, for the end of the output. */
  close(): Tally {
    removeScratch(this.#scratch);
    console.log('');
    for (const line of this.#leftOut.flatMap(leftOutLines)) console.log(line);
    return tally({ results: this.#results, leftOut: this.#leftOut, ci: process.env.CI });
  }

  #wanted(lanes: Lanes): Lanes {
    const names = this.#names;
    return lanes.map((lane) => lane.filter(({ name }) => names.length === 0 || names.includes(name)));
  }

  async #run(suite: Suite, place: Place, why: string | undefined): Promise<void> {
    if (why !== undefined) return this.#leaveOut([suite], why);
    const result = await runSuite(suite, place);
    show(result);
    this.#results.push(result);
  }

  #leaveOut(suites: readonly Suite[], why: string): void {
    const left = { suites: suites.map(({ name }) => name), why };
    this.#leftOut.push(left);
    for (const line of leftOutLines(left)) console.log(line);
  }
}

async function eachBeside(lanes: Lanes, run: (suite: Suite) => Promise<void>): Promise<void> {
  await Promise.all(
    lanes.map(async (lane) => {
      for (const suite of lane) await run(suite);
    }),
  );
}

function whyNot({ needs }: Suite): string | undefined {
  switch (needs) {
    case 'Servers':
      return whyNoServers();
    case 'Root':
      return whyNoRoot();
    case 'Prometheus':
      return whyNoPrometheus();
    case 'Systemd':
      return whyNoSystemd();
    case 'BareRoot':
      return whyNoBareRoot();
    case 'Nix':
      return whyNoNix();
    case 'Keycloak':
      return whyNoKeycloak();
    case 'Browser':
      return whyNoBrowser();
    case 'KeycloakAndBrowser':
      return whyNoKeycloak() ?? whyNoBrowser();
    case 'Namespaces':
      return whyNotHere();
    default:
      return undefined;
  }
}

async function whyNotOn(
  { images }: Exclude<EngineLane, { why: string }>,
  { needs }: Suite,
): Promise<string | undefined> {
  return needs === 'Images' ? ((await images.demo) ?? (await images.postgres)) : undefined;
}

function show({ name, passed, failed, seconds, problems, slowest }: SuiteResult): void {
  console.log(
    `${failed === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(17)} ${passed} passed, ${failed} failed in ${seconds} s`,
  );
  if (slowest && seconds > LONG_S) console.log(`     slowest: ${slowest}`);
  for (const problem of problems) console.log(`\n--- ${name}: ${problem}\n`);
}

function stopEarly(signal: NodeJS.Signals, scratch: string | undefined): void {
  console.log(`${signal}: ending`);
  endSuites();
  void closeEngineLane().finally(() => {
    removeScratch(scratch);
    process.exit(130);
  });
}
