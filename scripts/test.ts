/**
 * Runs every check of the project and closes with `N passed, N failed`. Two lanes of suites run side by side. A suite
 * that finds no test, skips one, or does not end in time has failed. Names of suites as arguments run only those.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SUITE_LIMIT_MS = 20 * 60_000;

interface Suite {
  name: string;
  command: readonly string[];
  /** Mocha suites report to a file; for the others the exit code counts as one check. */
  mocha: 'Mocha' | 'Check';
}

interface SuiteResult {
  name: string;
  passed: number;
  failed: number;
  seconds: number;
  /** What went wrong, for people. */
  problems: string[];
  /** The files that took longest, for people. */
  slowest?: string;
}

const bin = (name: string): string => join(ROOT, 'node_modules/.bin', name);
const mocha = (name: string, ...words: string[]): Suite => ({
  name,
  command: [bin('mocha'), ...words],
  mocha: 'Mocha',
});
/** Suites that mostly wait for processes run two files at a time. */
const SIDE_BY_SIDE = ['--parallel', '--jobs', '2'];
const check = (name: string, ...command: string[]): Suite => ({ name, command, mocha: 'Check' });

/** Each lane runs its suites one after the other. */
const LANES: readonly (readonly Suite[])[] = [
  [
    check('types', bin('tsc'), '--noEmit'),
    check('lint', bin('biome'), 'check', '--error-on-warnings', '.'),
    mocha('component', ...SIDE_BY_SIDE, 'test/component/**/*.test.ts'),
  ],
  [
    mocha('unit', 'test/unit/**/*.test.ts'),
    mocha('contract', 'test/contract/**/*.test.ts'),
    mocha('end to end', ...SIDE_BY_SIDE, 'test/e2e/**/*.test.ts'),
  ],
];

interface Ended {
  code: number;
  output: string;
  timedOut: boolean;
}

function run([program = '', ...args]: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}` };
    const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, SUITE_LIMIT_MS);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => chunks.push(Buffer.from(String(error))));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8'), timedOut });
    });
  });
}

interface MochaReport {
  stats: { passes: number; failures: number; pending: number };
  tests: { file?: string; duration?: number }[];
  failures: { fullTitle: string; file?: string; err: { message?: string; stack?: string } }[];
}

async function runSuite(suite: Suite): Promise<SuiteResult> {
  const started = performance.now();
  const seconds = (): number => Math.round((performance.now() - started) / 100) / 10;
  if (suite.mocha === 'Check') {
    const { code, output } = await run(suite.command);
    const failed = code === 0 ? 0 : 1;
    return { name: suite.name, passed: 1 - failed, failed, seconds: seconds(), problems: failed ? [output] : [] };
  }
  const directory = mkdtempSync(join(tmpdir(), 'cc-ci-report-'));
  const file = join(directory, 'report.json');
  try {
    const ended = await run([...suite.command, '--reporter', 'json', '--reporter-option', `output=${file}`]);
    return { name: suite.name, seconds: seconds(), ...judge(file, ended) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function judge(file: string, ended: Ended): Pick<SuiteResult, 'passed' | 'failed' | 'problems' | 'slowest'> {
  let report: MochaReport;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as MochaReport;
  } catch {
    return { passed: 0, failed: 1, problems: [`no report (exit code ${ended.code})\n${ended.output.slice(-5_000)}`] };
  }
  const problems = report.failures.map(
    ({ fullTitle, file: at, err }) => `${fullTitle}\n  ${at ?? ''}\n  ${err.stack ?? err.message ?? ''}`,
  );
  const { passes, failures, pending } = report.stats;
  if (passes + failures === 0) problems.push('no test was found');
  if (pending > 0) problems.push(`${pending} tests were skipped`);
  if (ended.timedOut) problems.push('did not end in time: something was left running');
  else if (ended.code !== 0 && failures === 0) problems.push(`exit code ${ended.code}\n${ended.output.slice(-5_000)}`);
  return { passed: passes, failed: Math.max(failures, problems.length), problems, slowest: slowestFiles(report) };
}

function slowestFiles({ tests }: MochaReport): string {
  const byFile = new Map<string, number>();
  for (const { file = '', duration = 0 } of tests) byFile.set(file, (byFile.get(file) ?? 0) + duration);
  const longest = [...byFile].toSorted((a, b) => b[1] - a[1]).slice(0, 4);
  return longest.map(([file, ms]) => `${file.replace(`${ROOT}/test/`, '')} ${Math.round(ms / 1000)} s`).join(', ');
}

function show({ name, passed, failed, seconds, problems, slowest }: SuiteResult): void {
  console.log(
    `${failed === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(11)} ${passed} passed, ${failed} failed in ${seconds} s`,
  );
  if (slowest && seconds > 20) console.log(`     slowest: ${slowest}`);
  for (const problem of problems) console.log(`\n--- ${name}: ${problem}\n`);
}

const wanted = process.argv.slice(2);
const results: SuiteResult[] = [];
await Promise.all(
  LANES.map(async (lane) => {
    for (const suite of lane) {
      if (wanted.length > 0 && !wanted.includes(suite.name)) continue;
      const result = await runSuite(suite);
      show(result);
      results.push(result);
    }
  }),
);
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0) + (results.length === 0 ? 1 : 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
