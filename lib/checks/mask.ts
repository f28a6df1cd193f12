import { mapLeaves } from '../api/objects.ts';
import { maskUrls } from '../url-mask.ts';
import { formsOf } from './mask-forms.ts';
import { MaskedBytes } from './mask-stream.ts';

export { MASKED } from './mask-stream.ts';

/** Replaces secret values. Pure: keeps no text between calls, but for a stream. */
export interface Mask {
  /** The text with every secret value, and user and password of every URL, replaced by {@link MASKED}; idempotent. */
  text(text: string): string;
  /** A mask for one stream; stdout and stderr need one each. Any chunking gives what the whole would give. */
  stream(): MaskedBytes;
  /** A mask for these values as well. */
  with(more: readonly string[]): Mask;
}

/**
 * A mask for `values` in every form of {@link formsOf}, alone or within longer texts, encoded ones across line ends too.
 * Values below four characters are ignored. Works on bytes: invalid UTF-8 passes unchanged.
 */
export function createMask(values: readonly string[]): Mask {
  const forms = formsOf(values);
  const stream = (): MaskedBytes => new MaskedBytes(forms);
  return {
    text(text) {
      if (forms.plain.length === 0) return maskUrls(text);
      const one = stream();
      return maskUrls(Buffer.concat([one.push(Buffer.from(text, 'utf8')), one.end()]).toString('utf8'));
    },
    stream,
    with: (more) => createMask([...values, ...more]),
  };
}

/** The value with every string in it masked, object keys excepted; for what is written as JSON. */
export function maskStrings<T>(value: T, mask: Mask): T {
  return mapLeaves(value, (leaf) => (typeof leaf === 'string' ? mask.text(leaf) : leaf)) as T;
}
