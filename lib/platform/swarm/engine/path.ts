import { CcError } from '../../../errors.ts';

/**
 * Builds the path of a call; every value is escaped. Slashes stay, since image references have them and the engine's
 * routes take them there. Pure.
 * @throws CcError `InvalidInput` for a value that would make it the path of something else: empty, or with `.` or `..`.
 */
export function enginePath(texts: TemplateStringsArray, ...values: readonly string[]): string {
  return texts.map((text, index) => text + (index < values.length ? escaped(values[index] ?? '') : '')).join('');
}

function escaped(value: string): string {
  if (value.split('/').some((segment) => ['', '.', '..'].includes(segment)))
    throw new CcError('InvalidInput', `${JSON.stringify(value)} names nothing that a Docker engine can have`);
  return encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%40', '@');
}
