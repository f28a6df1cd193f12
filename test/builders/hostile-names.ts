import fc from 'fast-check';

const PIECES = [
  '..',
  '.',
  '/',
  '\\',
  '\0',
  '\n',
  '\r',
  '\u001b[2J',
  '-',
  '_',
  'a',
  'Z',
  '9',
  ' ',
  ':',
  '%2e',
  'é',
  '\u202e',
  '😀',
];

/** Names as a recipe might choose them to get somewhere: dots, slashes, control characters, unicode, too long. */
export const hostileName: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.constantFrom(
    '../x',
    '../../../../tmp/x',
    '/etc/passwd',
    '.hidden',
    '-rf',
    '--x',
    'a/../..',
    '..a',
    'x'.repeat(300),
  ),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/),
);
