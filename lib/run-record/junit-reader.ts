import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { TestResult } from '../api/generated/types.ts';
import { hasCode } from '../errors.ts';
import { openDirectoryBeneath, readFileBeneath } from '../fs/beneath.ts';

/** Bounds of what a test may leave; beyond them the report is a failed case that says so. */
export const JUNIT_LIMITS = { files: 50, fileBytes: 4 * 1024 * 1024, cases: 2_000, messageCharacters: 2_000 } as const;

/** Parsed XML: attributes start with `@`, text is `#text`, every element is a list. */
type Element = { [name: string]: unknown };

/**
 * The cases of all JUnit files (`*.xml`) directly in a directory, in the order of file names; none when it is absent.
 * What cannot be read (too big, not well-formed, with a document type, no regular file) becomes a failed case named
 * after the file. Never throws for what a test wrote. Does not mask.
 */
export async function readJunitDirectory(directory: string): Promise<TestResult[]> {
  const names = await reportsIn(directory);
  const results: TestResult[] = [];
  for (const name of names.slice(0, JUNIT_LIMITS.files)) results.push(...(await readJunitFile(directory, name)));
  const kept = results.slice(0, JUNIT_LIMITS.cases);
  if (names.length > JUNIT_LIMITS.files) kept.push(broken('*.xml', `more than ${JUNIT_LIMITS.files} report files`));
  if (results.length > JUNIT_LIMITS.cases) kept.push(broken('*.xml', `more than ${JUNIT_LIMITS.cases} cases`));
  return kept;
}

/** The cases of one report; `file` names it in messages. Pure, never throws. */
export function parseJunit(file: string, xml: string): TestResult[] {
  if (/<!\s*(DOCTYPE|ENTITY)/i.test(xml)) return [broken(file, 'a document type is not accepted')];
  try {
    const valid = XMLValidator.validate(xml);
    if (valid !== true) return [broken(file, `not well-formed: line ${valid.err.line}: ${valid.err.msg}`)];
    const root = parser.parse(xml) as Element;
    const suites = [
      ...children(root, 'testsuites').flatMap((one) => children(one, 'testsuite')),
      ...children(root, 'testsuite'),
    ];
    if (suites.length === 0 && !('testsuites' in root)) return [broken(file, 'no testsuite in it')];
    return suites.flatMap(casesOf);
  } catch (error) {
    return [broken(file, `cannot be read: ${error instanceof Error ? error.message : String(error)}`)];
  }
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  alwaysCreateTextNode: true,
  isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
});

async function reportsIn(directory: string): Promise<string[]> {
  const handle = await openDirectoryBeneath(directory, '.');
  try {
    const names = (await handle?.entries()) ?? [];
    return names
      .map(String)
      .filter((name) => name.endsWith('.xml'))
      .sort();
  } finally {
    await handle?.close();
  }
}

async function readJunitFile(directory: string, name: string): Promise<TestResult[]> {
  try {
    const content = await readFileBeneath(directory, name, { maxBytes: JUNIT_LIMITS.fileBytes });
    return content === undefined ? [] : parseJunit(name, content.toString('utf8'));
  } catch (error) {
    if (!hasCode(error, 'Refused')) throw error;
    return [broken(name, `not a regular file of at most ${JUNIT_LIMITS.fileBytes} bytes`)];
  }
}

function broken(file: string, why: string): TestResult {
  return { name: `JUnit report ${file}`, result: 'Failed', message: why.slice(0, JUNIT_LIMITS.messageCharacters) };
}

/** Cases of a suite and of the suites inside it. */
function casesOf(suite: Element): TestResult[] {
  const own = children(suite, 'testcase').map((one) => toResult(one, attribute(suite, 'name')));
  return [...own, ...children(suite, 'testsuite').flatMap(casesOf)];
}

function toResult(element: Element, suite: string): TestResult {
  const scope = attribute(element, 'classname') || suite;
  const name = attribute(element, 'name') || 'unnamed';
  const seconds = Number(attribute(element, 'time'));
  return {
    name: scope === '' ? name : `${scope}.${name}`,
    ...outcomeOf(element),
    ...(Number.isFinite(seconds) && seconds > 0 ? { durationSeconds: seconds } : {}),
  };
}

function outcomeOf(element: Element): Pick<TestResult, 'result' | 'message'> {
  const bad = children(element, 'failure')[0] ?? children(element, 'error')[0];
  if (bad) return { result: 'Failed', message: messageOf(bad) || 'failed without a message' };
  const skipped = children(element, 'skipped')[0];
  if (!skipped) return { result: 'Passed' };
  const message = messageOf(skipped);
  return message === '' ? { result: 'Skipped' } : { result: 'Skipped', message };
}

function messageOf(element: Element): string {
  const text = textOf(element['#text']).trim();
  return (attribute(element, 'message') || text).slice(0, JUNIT_LIMITS.messageCharacters);
}

function textOf(value: unknown): string {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? unescapeXml(first) : '';
}

function attribute(element: Element, name: string): string {
  return textOf(element[`@${name}`]);
}

function children(element: Element, name: string): Element[] {
  const list = element[name];
  return Array.isArray(list) ? list.filter((one): one is Element => typeof one === 'object' && one !== null) : [];
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
