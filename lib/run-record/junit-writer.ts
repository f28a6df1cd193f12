import type { StageResult, TestResult } from '../api/generated/types.ts';

export interface JunitOptions {
  /** Of the run. */
  name: string;
  recipe: string;
  /** What is said of the whole run, the mode for one. */
  properties?: Readonly<Record<string, string>>;
  stages: readonly StageResult[];
}

interface Case {
  name: string;
  result: string;
  seconds: number;
  message: string;
  detail: string;
}

/**
 * The JUnit form that CI servers read: one `testsuite` per stage, in which the stage itself is the first case and its
 * tests follow. `Unverified` and `Pending` are skipped cases, `Interrupted` and `Running` errors. Pure; does not mask.
 */
export function renderJunit(options: JunitOptions): string {
  const suites = options.stages.map((stage) => renderSuite(options, stage));
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeXml(options.name)}">`,
    ...suites,
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function renderSuite({ recipe, properties = {} }: JunitOptions, stage: StageResult): string {
  const cases = [stageCase(stage), ...(stage.tests ?? []).map(testCase)];
  const count = (...results: string[]): number => cases.filter((one) => results.includes(one.result)).length;
  const counts = [
    `tests="${cases.length}"`,
    `failures="${count('Failed')}"`,
    `errors="${count('Interrupted', 'Running')}"`,
    `skipped="${count('Skipped', 'Unverified', 'Pending')}"`,
    `time="${secondsOf(stage).toFixed(3)}"`,
  ].join(' ');
  const classname = escapeXml(`${recipe}.${stage.name}`);
  const start = stage.startTime === undefined ? '' : ` timestamp="${escapeXml(stage.startTime)}"`;
  return [
    `  <testsuite name="${escapeXml(stage.name)}" ${counts}${start}>`,
    ...renderProperties(properties),
    ...cases.map((one) => renderCase(classname, one)),
    '  </testsuite>',
  ].join('\n');
}

/** Of each suite: CI servers that join the suites of many files would lose what stands above them. */
function renderProperties(properties: Readonly<Record<string, string>>): string[] {
  const all = Object.entries(properties);
  if (all.length === 0) return [];
  const lines = all.map(([name, value]) => `      <property name="${escapeXml(name)}" value="${escapeXml(value)}"/>`);
  return ['    <properties>', ...lines, '    </properties>'];
}

function stageCase(stage: StageResult): Case {
  const message = [stage.reason, stage.message].filter((part) => part !== undefined).join(': ');
  const detail = [
    ...(stage.service === undefined ? [] : [`service ${stage.service}`]),
    ...(stage.exitCode === undefined ? [] : [`exit code ${stage.exitCode}`]),
    ...(stage.logTail ?? []),
  ].join('\n');
  return { name: stage.name, result: stage.result, seconds: secondsOf(stage), message, detail };
}

function testCase(test: TestResult): Case {
  const message = test.message ?? '';
  return { name: test.name, result: test.result, seconds: test.durationSeconds ?? 0, message, detail: '' };
}

function renderCase(classname: string, one: Case): string {
  const open = `    <testcase classname="${classname}" name="${escapeXml(one.name)}" time="${one.seconds.toFixed(3)}"`;
  const element = elementOf(one.result);
  if (element === undefined) return `${open}/>`;
  const type = one.result === 'Failed' || one.result === 'Skipped' ? '' : `${one.result}: `;
  const attribute = `message="${escapeXml(`${type}${one.message}`)}"`;
  const inner =
    one.detail === '' ? `<${element} ${attribute}/>` : `<${element} ${attribute}>${escapeXml(one.detail)}</${element}>`;
  return `${open}>${inner}</testcase>`;
}

function elementOf(result: string): 'failure' | 'skipped' | 'error' | undefined {
  if (result === 'Passed') return undefined;
  if (result === 'Failed') return 'failure';
  return result === 'Interrupted' || result === 'Running' ? 'error' : 'skipped';
}

function secondsOf({ startTime, endTime }: StageResult): number {
  if (startTime === undefined || endTime === undefined) return 0;
  const seconds = (Date.parse(endTime) - Date.parse(startTime)) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

/** Text as XML 1.0 allows it: markup escaped, forbidden characters replaced, line ends kept in attributes. */
function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    '\n': '&#10;',
    '\t': '&#9;',
  };
  return text
    .toWellFormed()
    .replace(/[^\t\n\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"\n\t]/g, (character) => entities[character] ?? character);
}
