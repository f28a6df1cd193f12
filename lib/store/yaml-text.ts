import { stringify } from 'yaml';
import { isRecord } from '../api/objects.ts';

/**
 * What JSON can hold as YAML, as the library writes it, to the byte: nearly all that a status says are plain words and
 * times, which need none of what takes the library most of its time. Pure.
 */
export function yamlText(value: unknown): string {
  const plain = isRecord(value) ? blockOf(value, '') : undefined;
  return plain === undefined ? stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }) : `${plain}\n`;
}

const KEY = /^[A-Za-z][A-Za-z0-9_./-]{0,99}$/;
/** Nothing in these has a meaning in YAML, wherever it stands. */
const WORDS = /^[A-Za-z/][A-Za-z0-9 _./(),;=+'-]*$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Words that stand for something else than themselves, unless they are in quotes. */
const RESERVED = /^(?:[Tt]rue|TRUE|[Ff]alse|FALSE|[Nn]ull|NULL)$/;

/** Undefined where anything in it is for the library. The first line has no indent; the others have that one. */
function blockOf(value: unknown, indent: string): string | undefined {
  if (!hasLines(value)) return scalarOf(value);
  if (Array.isArray(value)) return joined(value, indent, (item) => labelled('- ', blockOf(item, `${indent}  `)));
  return joined(Object.entries(value as object), indent, ([key, one]) => entryOf(key, one, indent));
}

function joined<T>(items: readonly T[], indent: string, textOf: (item: T) => string | undefined): string | undefined {
  let text = '';
  for (const item of items) {
    const one = textOf(item);
    if (one === undefined) return undefined;
    text += text === '' ? one : `\n${indent}${one}`;
  }
  return text;
}

function entryOf(key: string, value: unknown, indent: string): string | undefined {
  if (!KEY.test(key) || RESERVED.test(key)) return undefined;
  if (!hasLines(value)) return labelled(`${key}: `, scalarOf(value));
  const below = `${indent}  `;
  return labelled(`${key}:\n${below}`, blockOf(value, below));
}

function labelled(label: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : label + text;
}

/** Whether it is written below its key. */
function hasLines(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** Of what has no lines of its own. */
function scalarOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return '[]';
  if (isRecord(value)) return '{}';
  if (typeof value === 'string') return wordsOf(value);
  if (typeof value === 'boolean' || value === null || Number.isSafeInteger(value)) return String(value);
  return undefined;
}

function wordsOf(text: string): string | undefined {
  if (RESERVED.test(text)) return `"${text}"`;
  const isPlain = WORDS.test(text) ? !text.endsWith(' ') : TIME.test(text) || UUID.test(text);
  return isPlain ? text : undefined;
}
