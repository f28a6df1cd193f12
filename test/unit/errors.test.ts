import { expect } from 'chai';
import { CcError, explainError } from '../../lib/errors.ts';

describe('explainError', () => {
  const refused = new Error('connect ECONNREFUSED /run/docker.sock');

  it('says message, cause and remedy', () => {
    const error = new CcError('Unreachable', 'the engine does not answer', { cause: refused, remedy: 'Start it.' });
    expect(explainError(error)).to.equal(`the engine does not answer (${refused.message}). Start it.`);
  });

  it('says a cause once that the message quotes', () => {
    const error = new CcError('Unreachable', `no answer: ${refused.message}`, { cause: refused, remedy: 'Start it.' });
    expect(explainError(error)).to.equal(`no answer: ${refused.message}. Start it.`);
  });

  it('keeps the remedy of a quoted cause where the error has none', () => {
    const cause = new CcError('NotFound', 'there is no x', { remedy: 'Make x.' });
    expect(explainError(new CcError('Internal', 'step 2: there is no x', { cause }))).to.equal(
      'step 2: there is no x. Make x.',
    );
  });

  it('takes what is no error as it is', () => expect(explainError('x')).to.equal('x'));
});
