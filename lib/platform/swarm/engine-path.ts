/**
 * Builds the path of a call: every value becomes one segment. A slash is kept, since image references have them and the
 * engine's routes take it there; a segment that would climb is not. Pure.
 */
export function enginePath(texts: TemplateStringsArray, ...values: readonly string[]): string {
  return texts.map((text, index) => text + (index < values.length ? segment(values[index] ?? '') : '')).join('');
}

function segment(value: string): string {
  return encodeURIComponent(value)
    .replaceAll('%2F', '/')
    .replaceAll('%3A', ':')
    .replaceAll('%40', '@')
    .replace(/(^|\/)\.(\.?)(?=\/|$)/g, '$1%2E$2');
}
