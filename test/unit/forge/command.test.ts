import { expect } from 'chai';
import fc from 'fast-check';
import { commandOf, commandText, statusContext } from '../../../lib/forge/command.ts';

/** What is nearly a command: one edit away, said with more, in another form. */
const nearMiss = fc.oneof(
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

describe('commands in comments', () => {
  it('are two texts and no other, blanks around them aside', () => {
    expect(commandOf('!testme')).to.equal('Cold');
    expect(commandOf('  !testme --quick\r\n\n')).to.equal('Quick');
    for (const mode of ['Cold', 'Quick'] as const) expect(commandOf(commandText(mode))).to.equal(mode);
  });

  it('are not made by what is nearly one', () => {
    fc.assert(
      fc.property(nearMiss, (text) => {
        fc.pre(!['!testme', '!testme --quick'].includes(text.trim()));
        expect(commandOf(text)).to.equal(undefined);
      }),
      { numRuns: 400 },
    );
  });

  it('have contexts of their own: a quick result sets none that gates a merge', () => {
    expect(statusContext('Cold')).to.equal('cc-ci/testme');
    expect(statusContext('Quick')).to.equal('cc-ci/quick');
  });
});
