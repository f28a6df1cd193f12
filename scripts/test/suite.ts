/** One suite of the project's tests: a child process that is judged by mocha's report, or by its exit code alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { orNothingNow } from '../../lib/errors.ts';

/** The project's root. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Saves the workers of mocha from reading the same sources again. */
const CACHE = join(ROOT, 'node_modules/.cache/tests');
const SUITE_LIMIT_MINUTES = 45;
const SHOWN_OUTPUT = 5_000;
const SHOWN_FILES = 4;

export interface Suite {
  name: string;
  command: readonly string[];
  /** Mocha suites report to a file; for the others the exit code counts as one check. */
  kind: 'Mocha' | 'Check';
  /** What has to be ready before it; suites that find it missing are left out. */
  needs?:
    | 'Images'
    | 'Root'
    | 'Namespaces'
    | 'Servers'
    | 'Prometheus'
    | 'Systemd'
    | 'BareRoot'
    | 'Nix'
    | 'Keycloak'
    | 'Browser'
    | 'KeycloakAndBrowser';
  /** A suite that takes longer is ended, and has failed. Default 45. */
  limitMinutes?: number;
}

export interface SuiteResult {
  name: string;
  passed: number;
  failed: number;
  seconds: number;
  /** What went wrong, for people. */
  problems: string[];
  /** The files that took longest, for people. */
  slowest?: string;
}

/** How to run a suite elsewhere than here. */
export interface Place {
  /** Argv before the suite's command. */
  enter: readonly string[];
  /** Laid over the environment. */
  env: Readonly<Record<string, string>>;
}

interface Ended {
  code: number;
  output: string;
  timedOut: boolean;
}

const running = new Set<ChildProcess>();

/** Ends the suites that run: their results say so. */
export function endSuites(): void {
  for (const child of running) endGroup(child, 'SIGTERM');
}

/** The suite with its workers and what they run. One that is gone is success. */
function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) orNothingNow(() => process.kill(-pid, signal), 'ESRCH');
}

/** Runs a suite to its end. One that finds no test, skips one or does not end in time has failed. Never rejects. */
export async function runSuite(suite: Suite, place: Place = { enter: [], env: {} }): Promise<SuiteResult> {
  const started = performance.now();
  const seconds = (): number => Math.round((performance.now() - started) / 100) / 10;
  if (suite.kind === 'Check') {
    const { code, output } = await run(suite, suite.command, place);
    const failed = code === 0 ? 0 : 1;
    return { name: suite.name, passed: 1 - failed, failed, seconds: seconds(), problems: failed ? [output] : [] };
  }
  const directory = mkdtempSync(join(tmpdir(), 'cc-ci-report-'));
  const file = join(directory, 'report.json');
  try {
    const command = [...suite.command, '--reporter', 'json', '--reporter-option', `output=${file}`];
    const ended = await run(suite, command, place);
    return { name: suite.name, seconds: seconds(), ...judge(file, ended) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function run({ limitMinutes = SUITE_LIMIT_MINUTES }: Suite, command: readonly string[], place: Place): Promise<Ended> {
  return new Promise((resolve) => {
    const [program = '', ...args] = [...place.enter, ...command];
    const path = `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`;
    const env = { ...process.env, NODE_COMPILE_CACHE: CACHE, ...place.env, PATH: path };
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running.add(child);
    const chunks: Buffer[] = [];
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(child, 'SIGKILL');
    }, limitMinutes * 60_000);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => chunks.push(Buffer.from(String(error))));
    child.on('close', (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8'), timedOut });
    });
  });
}

interface MochaReport {
  stats: { passes: number; failures: number; pending: number };
  tests: { file?: string; duration?: number }[];
  failures: { fullTitle: string; file?: string; err: { message?: string; stack?: string } }[];
}

function judge(file: string, ended: Ended): Pick<SuiteResult, 'passed' | 'failed' | 'problems' | 'slowest'> {
  let report: MochaReport;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as MochaReport;
  } catch {
    const why = ended.timedOut ? 'did not end in time, and has no report' : `no report (exit code ${ended.code})`;
    return { passed: 0, failed: 1, problems: [`${why}\n${ended.output.slice(-SHOWN_OUTPUT)}`] };
  }
  const problems = report.failures.map(
    ({ fullTitle, file: at, err }) => `${fullTitle}\n  ${at ?? ''}\n  ${err.stack ?? err.message ?? ''}`,
  );
  const { passes, failures, pending } = report.stats;
  if (passes + failures === 0) problems.push('no test was found');
  if (pending > 0) problems.push(`${pending} tests were skipped`);
  if (ended.timedOut) problems.push('did not end in time: something was left running');
  else if (ended.code !== 0 && failures === 0)
    problems.push(`exit code ${ended.code}\n${ended.output.slice(-SHOWN_OUTPUT)}`);
  return { passed: passes, failed: Math.max(failures, problems.length), problems, slowest: slowestFiles(report) };
}

function slowestFiles({ tests }: MochaReport): string {
  const byFile = new Map<string, number>();
  for (const { file = '', duration = 0 } of tests) byFile.set(file, (byFile.get(file) ?? 0) + duration);
  const longest = [...byFile].toSorted((a, b) => b[1] - a[1]).slice(0, SHOWN_FILES);
  return longest.map(([file, ms]) => `${file.replace(`${ROOT}/test/`, '')} ${Math.round(ms / 1000)} s`).join(', ');
}
