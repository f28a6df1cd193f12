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

  it('says a remedy once that the message says already, and ends no sentence twice', () => {
    const remedy = "Set TITLE in the app's env.";
    const message = `required variable TITLE is missing a value: ${remedy}`;
    expect(explainError(new CcError('InvalidInput', message, { remedy }))).to.equal(message);
    const cause = new CcError('InvalidInput', message, { remedy });
    const told = explainError(new CcError('InvalidInput', `compose.yml:3:5: ${message}`, { cause, remedy }));
    expect(told.split('Set TITLE')).to.have.length(2);
    expect(told).to.not.include('..');
    expect(explainError(new CcError('Internal', 'it failed..', { remedy: 'Mend it.' }))).to.equal(
      'it failed. Mend it.',
    );
    expect(explainError(new CcError('Internal', 'it failed (why?)', { remedy: 'Mend it.' }))).to.equal(
      'it failed (why?). Mend it.',
    );
  });

  it('takes what is no error as it is', () => expect(explainError('x')).to.equal('x'));
});
