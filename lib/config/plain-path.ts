/** What begins a field, at the margin. */
const FIELD = /^[A-Za-z]\w*:(?:\s|$)/;
/** A path that YAML takes for nothing else, and maybe a comment. */
const PATH = /^[ ]+([\w./-]+)[ ]*(?:[ ]#.*)?$/;
/** Words that are no texts in YAML, of whichever version. */
const NO_TEXT = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/**
 * The path that a field at the margin of a configuration holds, where that is plain to see: each line at the margin begins
 * a field or is a comment, and the field is there once, with a path on its own line and nothing else. Undefined for all
 * other files, right or wrong, which are left to the parser: loading that costs as much as a whole table. Pure.
 */
export function plainPath(text: string, field: string): string | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const isPlain = (line: string): boolean => /^[ ]/.test(line) || (FIELD.test(line) && !isCut(line));
  if (!lines.every(isPlain)) return undefined;
  const [found, ...others] = lines.flatMap((line, index) => (line.startsWith(`${field}:`) ? [index] : []));
  if (found === undefined || others.length > 0 || /^[ ]/.test(lines[found + 1] ?? '')) return undefined;
  const path = PATH.exec(lines[found]?.slice(field.length + 1) ?? '')?.[1];
  return path !== undefined && isText(path) ? path : undefined;
}

/** A text in quotes that goes on in the next line. */
function isCut(line: string): boolean {
  return ['"', "'"].some((quote) => line.split(quote).length % 2 === 0);
}

function isText(path: string): boolean {
  return path.includes('/') ? !path.startsWith('-') : /^[A-Za-z]/.test(path) && !NO_TEXT.test(path);
}
