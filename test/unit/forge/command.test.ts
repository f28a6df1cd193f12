import { expect } from 'chai';
import fc from 'fast-check';
import { commandOf, commandText, statusContext } from '../../../lib/forge/command.ts';
import { nearMiss } from '../../builders/near-miss.ts';

describe('commands in comments', () => {
  it('are two texts and no other, blanks around them aside', () => {
    expect(commandOf('!testme')).to.equal('Cold');
    expect(commandOf('  !testme --quick\r\n\n')).to.equal('Quick');
    for (const mode of ['Cold', 'Quick'] as const) expect(commandOf(commandText(mode))).to.equal(mode);
  });

  it('are not made by what is nearly one', () => {
    fc.assert(
      fc.property(nearMiss, (text) => {
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
