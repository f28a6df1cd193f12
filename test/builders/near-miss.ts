import fc from 'fast-check';

const anyNearMiss = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('!testme', '!testme --quick'),
      fc.nat(20),
      fc.constantFrom('x', '!', '-', '​', 'ｅ', '`', '>'),
    )
    .map(([text, at, more]) => `${text.slice(0, at)}${more}${text.slice(at)}`),
  fc.tuple(fc.constantFrom('!testme', '!testme --quick'), fc.nat(14)).map(([text, at]) => {
    const cut = at % text.length;
    return `${text.slice(0, cut)}${text.slice(cut + 1)}`;
  }),
  fc.constantFrom('!testme', '!testme --quick').map((text) => text.toUpperCase()),
  fc.tuple(fc.constantFrom('!testme', '!testme --quick'), fc.string({ minLength: 1 })).map(([a, b]) => `${a} ${b}`),
  fc.tuple(fc.string({ minLength: 1 }), fc.constantFrom('!testme', '!testme --quick')).map(([a, b]) => `${a}\n${b}`),
  fc.constantFrom(
    '!testme  --quick',
    '!testme --cold',
    '!testme—quick',
    '!testme -quick',
    '! testme',
    'testme',
    '/testme',
  ),
);

/** What is nearly a command: one edit away, said with more, in another form. */
export const nearMiss = anyNearMiss.filter((text) => !['!testme', '!testme --quick'].includes(text.trim()));
