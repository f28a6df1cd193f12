import { expect } from 'chai';
import { createMask } from '../../../lib/checks/mask.ts';
import { maskErrorBy } from '../../../lib/checks/mask-error.ts';
import { CcError, explainError, TerminalError } from '../../../lib/errors.ts';

const SECRET = 'correct-horse-battery';
const told = new CcError('CommandFailed', `login with ${SECRET} failed`, { cause: new Error(SECRET) });
const systemError = (code: string) => Object.assign(new Error(`${code}: open '/secrets/x'`), { code });

describe('an error of an app', () => {
  it('I10 is shown masked, with its code', async () => {
    const masked = await maskErrorBy(told, Promise.resolve(createMask([SECRET])));
    expect(masked).to.include({ code: 'CommandFailed' });
    expect(explainError(masked)).to.include('login with').and.not.include(SECRET);
  });

  for (const code of ['EMFILE', 'EACCES', 'EIO']) {
    it(`I10 T81 is withheld, with its code and the reason, where the secrets cannot be read (${code})`, async () => {
      const withheld = await maskErrorBy(told, Promise.reject(systemError(code)));
      expect(withheld).to.include({ code: 'CommandFailed' });
      expect(explainError(withheld)).to.include(code).and.not.include(SECRET);
    });
  }

  it('stays terminal, with its reason, when it is withheld', async () => {
    const error = new TerminalError('NoSource', SECRET);
    const withheld = await maskErrorBy(error, Promise.reject(systemError('EIO')));
    expect(withheld).to.be.instanceOf(TerminalError).and.include({ reason: 'NoSource' });
    expect(explainError(withheld)).not.to.include(SECRET);
  });

  it('of the system alone is shown as it is', async () => {
    const error = systemError('EMFILE');
    expect(await maskErrorBy(error, Promise.reject(error))).to.equal(error);
  });
});
