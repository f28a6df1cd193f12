import fc from 'fast-check';

const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });
const sign = fc.constantFrom('', '', '-', '+');

/** What people write in YAML without quotes and what a reader may make a number, a truth value or a date of. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  digits(1, 30),
  fc.tuple(sign, digits(1, 20)).map((parts) => parts.join('')),
  fc.tuple(sign, digits(1, 4), fc.constant('.'), digits(1, 20)).map((parts) => parts.join('')),
  fc.tuple(digits(1, 3), fc.constantFrom('e', 'E', 'e+', 'e-'), digits(1, 2)).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('0x', '0X', '0o', '0b', '0'), digits(1, 18)).map((parts) => parts.join('')),
  fc.tuple(digits(1, 3), fc.constant('_'), digits(3, 3)).map((parts) => parts.join('')),
  fc
    .tuple(digits(4, 4), fc.constantFrom('-01-02', '-1-2', '-12-31', '-02-30', '-13-01'))
    .map((parts) => parts.join('')),
  fc.constantFrom(
    '1.10',
    '0x1f',
    '1e3',
    '0777',
    '08',
    '22:22',
    '1.2.3',
    '2020-01-01T10:00:00Z',
    '2020-01-01 10:00:00',
    '.5',
  ),
  fc.constantFrom('yes', 'no', 'on', 'off', 'y', 'n', 'Yes', 'NO', '5.', '1e400', '0b2', '1__0', '--5', '+', '-5x'),
);
