import { CcError } from '../errors.ts';

const MARKS: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/**
 * The bytes of a file of a recipe, or of what a hook wrote, as text: UTF-8, or what its byte order mark says; the mark
 * itself goes. Line ends stay. @throws CcError `InvalidInput` with the line of the first byte that is no text.
 */
export function decodeText(file: string, bytes: Uint8Array): string {
  const [encoding] = MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte)) ?? ['utf-8'];
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    const readable = new TextDecoder(encoding).decode(bytes).split('\uFFFD', 1)[0] ?? '';
    const line = readable.split('\n').length;
    throw new CcError('InvalidInput', `${file}:${line}: found bytes that are not ${encoding.toUpperCase()} text`, {
      cause: error,
      remedy: 'Save the file in the encoding UTF-8.',
    });
  }
}
