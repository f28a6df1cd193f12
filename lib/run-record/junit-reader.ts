import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { TestResult } from '../api/generated/types.ts';
import { hasCode } from '../errors.ts';
import { openDirectoryBeneath, readStartBeneath } from '../fs/beneath.ts';
import { closing } from '../fs/closing.ts';
import { JUNIT_MESSAGE_CHARACTERS, junitCases, type XmlElement } from './junit-cases.ts';
import { xmlRoot, xmlText } from './xml-root.ts';

/** Bounds of what a test may leave; beyond them the report is a failed case that says so. */
export const JUNIT_LIMITS = {
  /** JUnit reports that are read. */
  files: 50,
  /** `*.xml` files that are looked at. */
  looked: 2_000,
  fileBytes: 4 * 1024 * 1024,
  cases: 2_000,
} as const;

/** So much of a file tells in nearly every case whether it is a report. */
const START_BYTES = 64 * 1024;

/**
 * The cases of all JUnit files (`*.xml`) directly in a directory, in the order of file names; none when it is absent.
 * Other XML (coverage, feeds) is left alone. What cannot be read (too big, not well-formed, with a document type, no
 * regular file, no XML, without a case) becomes a failed case named after the file. Never throws for what a test wrote.
 * Does not mask.
 */
export async function readJunitDirectory(directory: string): Promise<TestResult[]> {
  const names = await xmlFilesIn(directory);
  const results: TestResult[] = [];
  let reports = 0;
  for (const name of names.slice(0, JUNIT_LIMITS.looked)) {
    const cases = await readJunitFile(directory, name);
    if (cases.length > 0) reports += 1;
    if (reports > JUNIT_LIMITS.files) break;
    results.push(...cases);
  }
  const kept = results.slice(0, JUNIT_LIMITS.cases);
  if (reports > JUNIT_LIMITS.files) kept.push(broken('*.xml', `more than ${JUNIT_LIMITS.files} report files`));
  if (names.length > JUNIT_LIMITS.looked) kept.push(broken('*.xml', `more than ${JUNIT_LIMITS.looked} files`));
  if (results.length > JUNIT_LIMITS.cases) kept.push(broken('*.xml', `more than ${JUNIT_LIMITS.cases} cases`));
  return kept;
}

/** The cases of one report, none where the text is other XML; `file` names it in messages. Pure, never throws. */
export function parseJunit(file: string, xml: string): TestResult[] {
  const root = xmlRoot(xml);
  if (root === undefined) return [broken(file, 'no XML in it')];
  if (!isReport(root.name)) return [];
  if (root.documentType) return [broken(file, 'a document type is not accepted')];
  try {
    const valid = XMLValidator.validate(xml);
    if (valid !== true) return [broken(file, `not well-formed: line ${valid.err.line}: ${valid.err.msg}`)];
    const { cases } = junitCases(parser.parse(xml) as XmlElement);
    return cases.length > 0 ? cases : [broken(file, 'no testcase in it')];
  } catch (error) {
    return [broken(file, `cannot be read: ${error instanceof Error ? error.message : String(error)}`)];
  }
}

const isReport = (root: string): boolean => ['testsuites', 'testsuite', 'testcase'].includes(root);

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  alwaysCreateTextNode: true,
  isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
});

async function xmlFilesIn(directory: string): Promise<string[]> {
  const entries = await closing(await openDirectoryBeneath(directory, '.'), (handle) => handle.entries());
  const names = (entries ?? []).map(String);
  return names.filter((name) => name.endsWith('.xml')).sort();
}

async function readJunitFile(directory: string, name: string): Promise<TestResult[]> {
  try {
    const { start, size } = (await readStartBeneath(directory, name, START_BYTES)) ?? {};
    if (start === undefined || size === undefined) return [];
    const root = xmlRoot(xmlText(start));
    if (root !== undefined && !isReport(root.name)) return [];
    if (size > JUNIT_LIMITS.fileBytes) return [broken(name, `more than ${JUNIT_LIMITS.fileBytes} bytes`)];
    const whole = await readStartBeneath(directory, name, size);
    return whole === undefined ? [] : parseJunit(name, xmlText(whole.start));
  } catch (error) {
    if (!hasCode(error, 'Refused')) throw error;
    return [broken(name, 'not a regular file')];
  }
}

function broken(file: string, why: string): TestResult {
  return { name: `JUnit report ${file}`, result: 'Failed', message: why.slice(0, JUNIT_MESSAGE_CHARACTERS) };
}
