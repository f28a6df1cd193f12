import { markedEncoding } from '../byte-order-mark.ts';

/** What stands before the content of an XML text. */
export interface XmlRoot {
  /** Of the root element, without a namespace's prefix. */
  name: string;
  documentType: boolean;
}

const BETWEEN = /\s+|<\?[\s\S]*?\?>|<!--[\s\S]*?-->/y;
const TYPE_START = /<!DOCTYPE(?=[\s[>])/iy;
const TYPE_PART = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|"[^"]*"|'[^']*'|[^"'<>[\]]+|[<>[\]]/y;
const START_TAG = /<(?:[\p{L}_][^\s/>:]*:)?([\p{L}_][^\s/>:]*)(?=[\s/>])/uy;

/**
 * Reads up to the first start tag, as the grammar has it: the words of a document type inside a comment, an instruction
 * or the content are none. Expands nothing. Pure. @returns undefined where no element begins.
 */
export function xmlRoot(text: string): XmlRoot | undefined {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let documentType = false;
  for (;;) {
    const [, name] = tokenAt(START_TAG, text, at) ?? [];
    if (name !== undefined) return { name, documentType };
    const type = tokenAt(TYPE_START, text, at);
    if (type !== undefined) documentType = true;
    const end = type === undefined ? endOf(BETWEEN, text, at) : endOfType(text, at + type[0].length);
    if (end === undefined) return undefined;
    at = end;
  }
}

/** After the `>` that closes a document type, its declarations in brackets left behind. */
function endOfType(text: string, start: number): number | undefined {
  let brackets = 0;
  for (let at: number | undefined = start; at !== undefined; at = endOf(TYPE_PART, text, at)) {
    const character = text[at];
    if (character === '>' && brackets === 0) return at + 1;
    if (character === '[') brackets += 1;
    if (character === ']') brackets -= 1;
  }
  return undefined;
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  const token = tokenAt(pattern, text, at);
  return token && at + token[0].length;
}

function tokenAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** The text of an XML file by its byte order mark, else by the encoding it declares, else as UTF-8. Never throws. */
export function xmlText(content: Buffer): string {
  const declared = /^<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(content.toString('latin1', 0, 200))?.[1];
  try {
    return new TextDecoder(markedEncoding(content) ?? declared ?? 'utf-8').decode(content);
  } catch {
    return content.toString('utf8');
  }
}
