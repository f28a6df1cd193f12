import type { TestResult } from '../api/generated/types.ts';

/** Longest message of a case, characters. */
export const JUNIT_MESSAGE_CHARACTERS = 2_000;

/** Parsed XML: attributes start with `@`, text is `#text`, every element is a list. */
export type XmlElement = { [name: string]: unknown };

/** The cases found below an element, and the failures and errors that they and their suites account for. */
export interface JunitCases {
  cases: TestResult[];
  faults: number;
}

/**
 * All cases below an element, at any depth. Where a suite counts more errors and failures than its cases show, or has
 * some of its own, a failed case named after the suite stands for them. Pure.
 */
export function junitCases(element: XmlElement, scope = ''): JunitCases {
  const found: JunitCases = { cases: [], faults: 0 };
  for (const name of Object.keys(element).filter((name) => !/^[@#?]/.test(name))) {
    for (const child of children(element, name)) add(found, casesIn(name, child, scope));
  }
  return found;
}

function casesIn(name: string, element: XmlElement, scope: string): JunitCases {
  if (name === 'testcase') return ofCase(element, scope);
  if (name === 'testsuite' || name === 'testsuites') return ofSuite(element, attribute(element, 'name') || scope);
  return junitCases(element, scope);
}

function ofCase(element: XmlElement, scope: string): JunitCases {
  const found = { cases: [toResult(element, scope)], faults: faultsOf(element).length };
  add(found, junitCases(element, scope));
  return found;
}

function ofSuite(element: XmlElement, scope: string): JunitCases {
  const found = junitCases(element, scope);
  const own = faultsOf(element);
  found.faults += own.length;
  const counted = count(element, 'errors') + count(element, 'failures');
  const [first] = own;
  if (first) found.cases.push(ofItself(scope, messageOf(first) || 'failed without a message'));
  else if (counted > found.faults) {
    found.cases.push(ofItself(scope, `counts ${counted} errors and failures, of which its cases show ${found.faults}`));
  }
  found.faults = Math.max(found.faults, counted);
  return found;
}

function ofItself(suite: string, message: string): TestResult {
  return { name: suite === '' ? 'suite' : `suite ${suite}`, result: 'Failed', message };
}

function add(to: JunitCases, more: JunitCases): void {
  for (const one of more.cases) to.cases.push(one);
  to.faults += more.faults;
}

function count(element: XmlElement, name: string): number {
  const text = attribute(element, name).trim();
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

function toResult(element: XmlElement, suite: string): TestResult {
  const scope = attribute(element, 'classname') || suite;
  const name = attribute(element, 'name') || 'unnamed';
  const seconds = Number(attribute(element, 'time'));
  return {
    name: scope === '' ? name : `${scope}.${name}`,
    ...outcomeOf(element),
    ...(Number.isFinite(seconds) && seconds > 0 ? { durationSeconds: seconds } : {}),
  };
}

function faultsOf(element: XmlElement): XmlElement[] {
  return [...children(element, 'failure'), ...children(element, 'error')];
}

function outcomeOf(element: XmlElement): Pick<TestResult, 'result' | 'message'> {
  const [bad] = faultsOf(element);
  if (bad) return { result: 'Failed', message: messageOf(bad) || 'failed without a message' };
  const skipped = children(element, 'skipped')[0];
  if (!skipped) return { result: 'Passed' };
  const message = messageOf(skipped);
  return message === '' ? { result: 'Skipped' } : { result: 'Skipped', message };
}

function messageOf(element: XmlElement): string {
  const text = textOf(element['#text']).trim();
  return (attribute(element, 'message') || text).slice(0, JUNIT_MESSAGE_CHARACTERS);
}

function textOf(value: unknown): string {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? unescapeXml(first) : '';
}

function attribute(element: XmlElement, name: string): string {
  return textOf(element[`@${name}`]);
}

function children(element: XmlElement, name: string): XmlElement[] {
  const list = element[name];
  return Array.isArray(list) ? list.filter((one): one is XmlElement => typeof one === 'object' && one !== null) : [];
}

/** The five entities and character references; anything else stays as it is. Nothing is ever expanded twice. */
function unescapeXml(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
