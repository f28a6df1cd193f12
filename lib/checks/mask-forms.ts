/** Values shorter than this are not masked: they would blank out ordinary words and say nothing when seen. */
const MIN_SECRET_LENGTH = 4;

/** Single lines of a value of several (keys, user and password) that are shorter are not masked on their own. */
const MIN_LINE_LENGTH = 6;

/** Encoded fragments that are shorter are not masked: too likely a word. */
const MIN_FRAGMENT_LENGTH = 8;

/** Byte strings (latin1) that show a secret value. */
export interface SecretForms {
  /** Looked for as they are. */
  plain: readonly string[];
  /** Base64 and hex, which tools break into lines: looked for across line ends. */
  wrapped: readonly string[];
}

/**
 * Everything that values are looked for as: themselves, trimmed, each line of those that have several, and of each its
 * URL, form, JSON, XML and shell forms, hex, and base64 at every alignment. Pure; no repeats.
 */
export function formsOf(values: readonly string[]): SecretForms {
  const plain = new Set<string>();
  const wrapped = new Set<string>();
  for (const text of values.flatMap(textsOf)) {
    for (const form of [text, ...escapesOf(text)]) plain.add(Buffer.from(form, 'utf8').toString('latin1'));
    for (const form of encodingsOf(text)) if (form.length >= MIN_FRAGMENT_LENGTH) wrapped.add(form);
  }
  return { plain: [...plain], wrapped: [...wrapped].filter((form) => !plain.has(form)) };
}

/** The value, trimmed too, and the lines of a value of several, but not the first and last line of a key. */
function textsOf(value: string): string[] {
  const whole = [value, value.trim()].filter((text) => text.length >= MIN_SECRET_LENGTH);
  const lines = value.split(/\r?\n/).flatMap((line) => [line, line.trim()]);
  const telling = lines.filter((line) => line.trim().length >= MIN_LINE_LENGTH && !line.startsWith('-----'));
  return [...new Set([...whole, ...telling])];
}

/** Forms in which most characters stay as they are. */
function escapesOf(value: string): string[] {
  const text = value.toWellFormed();
  return [...urlForms(text), ...jsonForms(text), ...xmlForms(text), ...shellForms(text)];
}

function urlForms(text: string): string[] {
  const url = encodeURIComponent(text);
  const strict = url.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  const every = Buffer.from(text, 'utf8').toString('hex').replace(/../g, '%$&');
  const encoded = [url, strict, encodeURI(text), form, every];
  return [...encoded, ...encoded.map(lowerEscapes), url.toLowerCase(), every.toUpperCase()];
}

/** `%2F` as `%2f`; the rest keeps its case. */
function lowerEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

function jsonForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const slashes = json.replaceAll('/', '\\/');
  const ascii = json.replace(/[\u007f-\uffff]/g, unicodeEscape);
  const markup = json.replace(/[<>&]/g, unicodeEscape);
  const upper = ascii.replace(/\\u[0-9a-f]{4}/g, (code) => `\\u${code.slice(2).toUpperCase()}`);
  const twice = JSON.stringify(json).slice(1, -1);
  return [json, slashes, ascii, markup, upper, twice];
}

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** In text, in attributes, and with numbers for the quotes, as several writers do. */
function xmlForms(text: string): string[] {
  const escaped = (chars: RegExp, more: Readonly<Record<string, string>> = {}): string =>
    text.replace(chars, (char) => more[char] ?? NAMED[char] ?? char);
  return [
    escaped(/[&<]/g),
    escaped(/[&<>]/g),
    escaped(/[&<>"]/g),
    escaped(/[&<>"']/g),
    escaped(/[&<>"']/g, { '"': '&#34;', "'": '&#39;' }),
    escaped(/[&<>"']/g, { "'": '&#39;' }),
    escaped(/[&<>"']/g, { "'": '&#x27;' }),
  ];
}

/** Within single quotes, within double quotes, with a backslash before what is special, as YAML quotes. */
function shellForms(text: string): string[] {
  const spaced = text.replace(/[^\w@%+=:,./-]/g, (char) => (char === '\n' ? char : `\\${char}`));
  return [
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replaceAll("'", "''"),
    text.replaceAll("'", "\\'"),
    text.replace(/["$`\\]/g, '\\$&'),
    spaced,
  ];
}

function encodingsOf(value: string): string[] {
  const bytes = Buffer.from(value.toWellFormed(), 'utf8');
  const hex = bytes.toString('hex');
  return [hex, hex.toUpperCase(), ...base64FragmentsOf(bytes)];
}

/** The characters of the base64 of a longer text that depend on `bytes` alone, for the three alignments. */
function base64FragmentsOf(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const fragment = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    return [fragment, fragment.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
