import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { FILE_START, type FieldPath, type Position, type SpecProblem } from './spec-codec-problem.ts';
import { decode } from './yaml-bytes.ts';
import { placeOf, readValue, sourceTextAt } from './yaml-value.ts';

const MOST_PROBLEMS = 20;
/** Syntax errors mostly follow from the first one. */
const MOST_SYNTAX_PROBLEMS = 3;

/** A parsed file: plain data without nulls, and where each field of it is. */
export interface YamlSource {
  value: unknown;
  /** The place of the key (or list item) that `path` names, or of its value; of the nearest parent where it is absent. */
  position(path: FieldPath, at: 'Key' | 'Value'): Position;
  /** The scalar at `path` as it stands in the file, without quotes; undefined where there is none. */
  written(path: FieldPath): string | undefined;
}

export type YamlReading = { ok: true; source: YamlSource } | { ok: false; problems: SpecProblem[] };

/**
 * Reads one YAML 1.2 (or, for `.json`, JSON) document of plain data. Never throws: whatever the bytes are, the answer
 * is data or problems with a place. Fields with the value null are left out, as if absent.
 */
export function readYaml(file: string, bytes: Uint8Array): YamlReading {
  const text = decode(file, bytes);
  if (typeof text !== 'string') return { ok: false, problems: [text] };
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return line > 0 ? { line, column: Math.max(1, col) } : FILE_START;
  };
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
    const faults = [...jsonProblems(file, text, position), ...syntaxProblems(file, document, position)];
    return faults.length > 0 ? { ok: false, problems: faults } : readDocument(file, document, position);
  } catch (error) {
    return { ok: false, problems: [tooDeep(file, error)] };
  }
}

function readDocument(file: string, document: Document.Parsed, position: (offset: number) => Position): YamlReading {
  const { value, faults } = readValue(document);
  if (faults.length > 0) {
    const problems = faults
      .slice(0, MOST_PROBLEMS)
      .map(({ offset, ...fault }) => ({ file, ...position(offset), ...fault }));
    return { ok: false, problems };
  }
  if (value === undefined) return { ok: false, problems: [empty(file)] };
  const source: YamlSource = {
    value,
    position: (path, at) => position(placeOf(document, path, at)),
    written: (path) => sourceTextAt(document, path),
  };
  return { ok: true, source };
}

const SYNTAX: Partial<Record<YAMLError['code'], Pick<SpecProblem, 'remedy' | 'code'>>> = {
  MULTIPLE_DOCS: {
    remedy: "Put each resource into a file of its own, as 'ccctl apply -f' does.",
    code: 'SeveralDocuments',
  },
  TAB_AS_INDENT: { remedy: 'Indent with spaces.', code: 'Syntax' },
  TAG_RESOLVE_FAILED: {
    remedy: 'Remove the tag; values are plain text, numbers, lists and mappings.',
    code: 'UnsupportedTag',
  },
  RESOURCE_EXHAUSTION: { remedy: 'Nest less deeply.', code: 'TooComplex' },
};

function syntaxProblems(
  file: string,
  document: Document.Parsed,
  position: (offset: number) => Position,
): SpecProblem[] {
  return [...document.errors, ...document.warnings].slice(0, MOST_SYNTAX_PROBLEMS).map((error) => ({
    file,
    ...position(error.pos[0]),
    path: '',
    message: syntaxMessage(error),
    ...(SYNTAX[error.code] ?? { remedy: 'Correct the syntax at or just before this place.', code: 'Syntax' as const }),
  }));
}

function syntaxMessage(error: YAMLError): string {
  if (error.code === 'MULTIPLE_DOCS') return 'found a second document, expected one resource per file';
  if (error.code === 'RESOURCE_EXHAUSTION') return 'found nesting that is too deep to read';
  return error.message;
}

/** A `.json` file is read with the same parser, for its positions, but must be JSON all the same. */
function jsonProblems(file: string, text: string, position: (offset: number) => Position): SpecProblem[] {
  if (!file.endsWith('.json') || text.trim() === '') return [];
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : 'not JSON';
    const offset = Number(/at position (\d+)/.exec(message)?.[1] ?? (/end of JSON/.test(message) ? text.length : 0));
    const remedy = 'Correct it, or rename the file to .yaml.';
    return [{ file, ...position(offset), path: '', message, remedy, code: 'Syntax' }];
  }
}

function empty(file: string): SpecProblem {
  const message = 'found no content, expected a resource';
  return { file, ...FILE_START, path: '', message, remedy: 'Write one, or remove the file.', code: 'Empty' };
}

function tooDeep(file: string, error: unknown): SpecProblem {
  const detail =
    error instanceof RangeError ? 'nesting that is too deep to read' : `unreadable content (${String(error)})`;
  return { file, ...FILE_START, path: '', message: `found ${detail}`, remedy: 'Nest less deeply.', code: 'TooComplex' };
}
