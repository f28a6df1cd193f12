import { isMap, isNode, isSeq, parseDocument } from 'yaml';
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

/**
 * The objects in a document of kind `List`, as `get -o yaml` and `-o json` print several, each as it stands there; any other
 * document is itself. Pure.
 */
export function listItems(file: InputFile): InputFile[] {
  const text = textOf(file.bytes);
  if (text === undefined || !/\bList\b/.test(text)) return [file];
  const { contents } = parseDocument(text);
  const kind: unknown = isMap(contents) ? contents.get('kind') : undefined;
  const items = isMap(contents) && kind === 'List' ? contents.get('items') : undefined;
  if (!isSeq(items)) return [file];
  return items.items.flatMap((item) => {
    const [start = 0, end = text.length] = (isNode(item) && item.range) || [];
    return listItems(itemOf(file, text, { start, end }));
  });
}

/** What stands between the two places, moved to the left edge. */
function itemOf(list: InputFile, text: string, { start, end }: { start: number; end: number }): InputFile {
  const before = text.slice(0, start).split('\n');
  const column = before.at(-1)?.length ?? 0;
  const [first = '', ...others] = text.slice(start, end).trimEnd().split('\n');
  const lines = [first, ...others.map((line) => line.replace(new RegExp(`^ {0,${column}}`), ''))];
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  return { path: list.path, bytes, linesBefore: (list.linesBefore ?? 0) + before.length - 1 };
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
