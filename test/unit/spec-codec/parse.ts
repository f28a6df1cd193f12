import { expect } from 'chai';
import { type ParsedSpec, parseSpecFile, type SpecParse, type SpecProblem } from '../../../lib/store/spec-codec.ts';

/** Parses text (or bytes) as a file of that name. */
export function parse(content: string | Uint8Array, path = 'notes.yaml'): SpecParse {
  return parseSpecFile({ path, bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content });
}

/** The object of a file that must be valid. */
export function parsed(content: string, path?: string): ParsedSpec {
  const result = parse(content, path);
  if (!result.ok) expect.fail(JSON.stringify(result.problems));
  return result.object;
}

/** The problems of a file that must not be valid. */
export function problemsOf(content: string | Uint8Array, path?: string): SpecProblem[] {
  const result = parse(content, path);
  if (result.ok) expect.fail(`accepted: ${JSON.stringify(result.object)}`);
  return result.problems;
}

/** `Code line:column path` of each problem: what tests assert. */
export function outline(problems: readonly SpecProblem[]): string[] {
  return problems.map(({ code, line, column, path }) => `${code} ${line}:${column} ${path}`.trim());
}

/** A Run file with more lines below `spec`, each indented by two blanks. */
export function runFile(...lines: string[]): string {
  return ['apiVersion: cc-ci/v1', 'kind: Run', 'metadata: { name: a }', 'spec:', '  recipe: notes', ...lines].join(
    '\n',
  );
}

/** A Canonical file with lines below `spec.ci`, each indented by four blanks; they begin at line 7. */
export function canonicalFile(...lines: string[]): string {
  const head = [
    'apiVersion: cc-ci/v1',
    'kind: Canonical',
    'metadata: { name: a }',
    'spec:',
    '  app: { recipe: notes }',
  ];
  return [...head, '  ci:', ...lines].join('\n');
}
