import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { EnvFile } from '../../../lib/recipe/env-file.ts';
import { decodeText, readAbraExports, readRecipeFile, readSample } from '../../../lib/recipe/recipe-file.ts';
import { composeOf, recipeDirectory, removeRecipes } from './recipe-files.ts';

const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le');

describe('text of a repository', () => {
  afterEach(removeRecipes);

  it('T95 keeps its first key behind a byte order mark', async () => {
    const directory = await recipeDirectory({
      '.env.sample': '\uFEFFTYPE=notes\r\nDOMAIN=x\r\n',
      'abra.sh': '\uFEFFexport A=1\r\n',
    });
    const sample = EnvFile.parse((await readSample(directory)) ?? '');
    expect(sample.entries()).to.deep.equal({ TYPE: 'notes', DOMAIN: 'x' });
    expect(readAbraExports((await readRecipeFile(directory, 'abra.sh')) ?? '')).to.deep.equal({ A: '1' });
    expect(EnvFile.parse('\uFEFFA=1').get('A')).to.equal('1');
  });

  it('T95 keeps the first key of a compose file and of an env_file, with CRLF too', async () => {
    const text =
      '\uFEFFversion: "3.8"\r\nservices:\r\n  app:\r\n    image: x\r\n    env_file: a.env\r\n    command: |\r\n      a\r\n      b\r\n';
    const { services } = await composeOf({ 'compose.yml': text, 'a.env': '\uFEFFA=1\r\nB=2\r\n' });
    expect(services[0]).to.deep.include({ environment: { A: '1', B: '2' }, command: 'a\nb\n' });
  });

  it('is read in the encoding that its mark says, and in UTF-8 without one', () => {
    expect(decodeText('f', utf16('A=é\n'))).to.equal('A=é\n');
    expect(decodeText('f', utf16('A=é\n').swap16())).to.equal('A=é\n');
    expect(decodeText('f', Buffer.from('A=é'))).to.equal('A=é');
  });

  it('in another encoding is refused, with the line', () => {
    const decode = (): string => decodeText('.env.sample', Buffer.from('A=1\nB=caf\xe9\n', 'latin1'));
    expect(decode)
      .to.throw(CcError, /^\.env\.sample:2:/)
      .with.property('code', 'InvalidInput');
  });
});
