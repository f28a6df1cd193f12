import type { SpecFile } from '../store/spec-codec.ts';

/** One document that was given: a file, standard input, or a part of one. */
export interface InputFile extends SpecFile {
  /** Lines of the file before the document. */
  linesBefore?: number;
}

/** A line that begins a document; YAML allows it in no text that goes over lines. */
const BEGINS = /^---(?=\s|$)/;

/**
 * The documents of a YAML file, each with its own bytes, comments and all; those without content are left out. A file that
 * holds one, and what cannot be told apart, stays as it is. Pure.
 */
export function splitDocuments(file: SpecFile): InputFile[] {
  const text = textOf(file.bytes);
  if (text === undefined || file.path.endsWith('.json') || /^%/m.test(text)) return [file];
  const parts: { lines: string[]; linesBefore: number }[] = [];
  text.split('\n').forEach((line, index) => {
    if (index === 0 || BEGINS.test(line)) parts.push({ lines: [], linesBefore: index });
    parts.at(-1)?.lines.push(line.replace(BEGINS, ''));
  });
  const full = parts.filter(({ lines }) => lines.some((line) => !/^\s*(#.*)?$|^\.\.\.\s*$/.test(line)));
  if (full.length < 2) return [file];
  return full.map(({ lines, linesBefore }) => documentOf(file.path, lines, linesBefore));
}

/** Its first line only began it, unless something else stands there. */
function documentOf(path: string, lines: readonly string[], linesBefore: number): InputFile {
  const bare = lines[0]?.trim() === '';
  const text = `${lines
    .slice(bare ? 1 : 0)
    .join('\n')
    .trimEnd()}\n`;
  return { path, bytes: new TextEncoder().encode(text), linesBefore: linesBefore + (bare ? 1 : 0) };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}
