/** What stands in the place of a secret value in logs, statuses and artifacts. */
export const MASKED = '***';

/** Values shorter than this are not masked: they would blank out ordinary words and say nothing when seen. */
export const MIN_SECRET_LENGTH = 4;

/** Encoded fragments shorter than this are not masked: too likely to be an ordinary word. */
const MIN_FRAGMENT_LENGTH = 8;

/** Masks one stream of bytes that arrives in chunks. */
export interface MaskStream {
  /** The masked bytes that are certain by now; what could be the beginning of a secret is held back. */
  push(chunk: Uint8Array): Buffer;
  /** The rest. The stream can be used again afterwards. */
  end(): Buffer;
}

/** Replaces secret values. Pure: keeps no text between calls, but for a {@link MaskStream}. */
export interface Mask {
  /** The text with every secret value replaced by {@link MASKED}; idempotent. */
  text(text: string): string;
  /** A mask for one stream; stdout and stderr need one each. Any chunking gives what the whole would give. */
  stream(): MaskStream;
}

/**
 * A mask for `values` and their common encodings: URL and form encoding, JSON escapes, base64 and base64url at every
 * alignment (so inside `user:password` too), hex, and each line of a value of several lines (keys, certificates).
 * Values below {@link MIN_SECRET_LENGTH} characters are ignored. Works on bytes: invalid UTF-8 passes unchanged.
 */
export function createMask(values: readonly string[]): Mask {
  const needles = needlesOf(values);
  const stream = (): MaskStream => maskStream(needles);
  return {
    text(text) {
      if (needles.length === 0) return text;
      const one = stream();
      return Buffer.concat([one.push(Buffer.from(text, 'utf8')), one.end()]).toString('utf8');
    },
    stream,
  };
}

/** The value with every string in it masked, object keys excepted; for what is written as JSON. */
export function maskStrings<T>(value: T, mask: Mask): T {
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return mask.text(part);
    if (Array.isArray(part)) return part.map(walk);
    if (part === null || typeof part !== 'object') return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value) as T;
}

/** Byte strings (latin1) to look for, without repeats. */
function needlesOf(values: readonly string[]): string[] {
  const found = new Set<string>();
  for (const value of values) {
    for (const form of formsOf(value)) found.add(Buffer.from(form, 'utf8').toString('latin1'));
  }
  return [...found];
}

function formsOf(value: string): string[] {
  const plain = [value, value.trim()].filter((form) => form.length >= MIN_SECRET_LENGTH);
  const lines = value.split(/\r?\n/).filter((line) => line.length >= MIN_FRAGMENT_LENGTH && !line.startsWith('-----'));
  return [...plain, ...lines].flatMap((form) => [form, ...encodingsOf(form)]);
}

function encodingsOf(value: string): string[] {
  const wellFormed = value.toWellFormed();
  const url = encodeURIComponent(wellFormed);
  const form = new URLSearchParams([['', wellFormed]]).toString().slice(1);
  const json = JSON.stringify(wellFormed).slice(1, -1);
  const bytes = Buffer.from(wellFormed, 'utf8');
  const fragments = [bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...base64FragmentsOf(bytes)];
  return [url, url.toLowerCase(), form, json, ...fragments.filter((one) => one.length >= MIN_FRAGMENT_LENGTH)];
}

/** The characters of the base64 of a longer text that depend on `bytes` alone, for the three alignments. */
function base64FragmentsOf(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const fragment = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    return [fragment, fragment.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

interface Span {
  start: number;
  end: number;
}

function maskStream(needles: readonly string[]): MaskStream {
  let pending = '';
  let covered = 0; // so many bytes at the start of `pending` are part of a secret that was already replaced
  const advance = (text: string, until: number): Buffer => {
    const already = covered > 0 ? [{ start: 0, end: covered }] : [];
    let output = '';
    let at = 0;
    for (const span of mergeSpans([...already, ...spansOf(text, needles)])) {
      if (span.start >= until) break;
      output += text.slice(at, span.start) + (span.start === 0 && covered > 0 ? '' : MASKED);
      at = span.end;
    }
    output += text.slice(at, Math.max(at, until));
    pending = text.slice(until);
    covered = Math.max(0, Math.max(at, covered) - until);
    return Buffer.from(output, 'latin1');
  };
  return {
    push(chunk) {
      const text = pending + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
      return advance(text, holdFrom(text, needles));
    },
    end() {
      const output = advance(pending, pending.length);
      covered = 0;
      return output;
    },
  };
}

/** Every occurrence of every needle, overlapping ones too. */
function spansOf(text: string, needles: readonly string[]): Span[] {
  const spans: Span[] = [];
  for (const needle of needles) {
    for (let start = text.indexOf(needle); start >= 0; start = text.indexOf(needle, start + 1)) {
      spans.push({ start, end: start + needle.length });
    }
  }
  return spans;
}

/** Overlapping spans become one, so that no rest of a second secret stays readable. */
function mergeSpans(spans: Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
}

/** Index from which on the text could be the beginning of a needle that goes on in the next chunk. */
function holdFrom(text: string, needles: readonly string[]): number {
  let longest = 0;
  for (const needle of needles) {
    for (let length = Math.min(needle.length - 1, text.length); length > longest; length -= 1) {
      if (text.endsWith(needle.slice(0, length))) longest = length;
    }
  }
  return text.length - longest;
}
