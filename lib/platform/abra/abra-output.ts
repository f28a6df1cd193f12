import { isRecord } from '../../api/objects.ts';
import { CcError } from '../../errors.ts';

/** Colours, cursor movements and other escape sequences of terminals (ECMA-48), and lone carriage returns. */
const ESCAPES = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-Z\\-_]|\r(?=\n)/g;

/** The text as a person reads it: without escape sequences, lines ended by `\n`. */
export function plainText(text: string): string {
  return text.replace(ESCAPES, '').replaceAll('\r', '\n');
}

/**
 * What abra says about its own end: the text behind the last `FATA`, on whichever stream it was; undefined where it
 * says none. Lines that follow belong to it until the next log line. Format: abra 0.13, level words of its logger.
 */
export function fatalText(plain: string): string | undefined {
  const lines = plain.split('\n');
  const start = lines.findLastIndex((line) => /^\s*FATA\b/.test(line));
  if (start < 0) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^\s*(?:DEBU|INFO|WARN|ERRO)\b/.test(line) || line.trim() === '');
  const own = [lines[start]?.replace(/^\s*FATA\s*/, '') ?? '', ...rest.slice(0, end < 0 ? rest.length : end)];
  return own
    .map((line) => line.trim())
    .join(' ')
    .trim();
}

/**
 * The JSON value on standard output, which log lines may stand before. The first line that begins with `{` or `[` and
 * from which everything is JSON counts.
 * @throws CcError `CommandFailed` where there is none.
 */
export function jsonOutput(plain: string): unknown {
  const lines = plain.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    if (!/^\s*[[{]/.test(lines[at] ?? '')) continue;
    const value = tryJson(lines.slice(at).join('\n'));
    if (value !== undefined) return value;
  }
  throw new CcError('CommandFailed', 'abra printed no JSON where it should', {
    remedy: 'Run ccctl doctor: it compares this abra with what is expected of it.',
  });
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * A record whose keys may be spelled in several ways (`generated-name`, `Generated Name`): keys in lower case, letters
 * only. @throws CcError `CommandFailed` for what is no object.
 */
export function looseRecord(value: unknown): Record<string, string> {
  if (!isRecord(value)) {
    throw new CcError('CommandFailed', 'abra printed another JSON shape than expected', {
      remedy: 'Run ccctl doctor: it compares this abra with what is expected of it.',
    });
  }
  const entries = Object.entries(value).map(([key, each]) => [
    key.toLowerCase().replaceAll(/[^a-z]/g, ''),
    String(each),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
