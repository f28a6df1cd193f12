import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { readAbraExports } from '../../../lib/recipe/recipe-file.ts';
import { maskUrl, parseSource } from '../../../lib/recipe/source.ts';

describe('recipe source', () => {
  for (const [source, kind, location] of [
    ['https://git.example.org/a/b.git', 'Remote', 'https://git.example.org/a/b.git'],
    ['ssh://git@git.example.org:2222/a/b', 'Remote', 'ssh://git@git.example.org:2222/a/b'],
    ['git@git.example.org:a/b.git', 'Remote', 'git@git.example.org:a/b.git'],
    ['git://git.example.org/a', 'Remote', 'git://git.example.org/a'],
    ['/srv/recipes/a b', 'LocalPath', '/srv/recipes/a b'],
    ['file:///srv/recipes/a%20b', 'LocalPath', '/srv/recipes/a b'],
  ] as const) {
    it(`takes ${source}`, () => expect(parseSource(source)).to.include({ kind, location }));
  }

  for (const source of [
    '',
    'recipes/notes',
    './notes',
    '--upload-pack=touch /tmp/x',
    '-x',
    'ext::sh -c id',
    'ext::https://x/y',
    'fd::3',
    'ftp://x/y',
    'file://otherhost/x',
    'https://x/a b',
    'git@host::x',
    '-oProxyCommand=x@h:y',
  ]) {
    it(`refuses "${source}"`, () => {
      expect(() => parseSource(source))
        .to.throw(CcError)
        .with.property('code', 'Misconfigured');
    });
  }

  it('shows no password', () => {
    expect(parseSource('https://u:hunter2@h/x').shown).to.equal('https://***@h/x');
    expect(maskUrl("fatal: unable to access 'https://u:hunter2@h/x/'")).not.to.include('hunter2');
    expect(() => parseSource('ftp://u:hunter2@h/x'))
      .to.throw(CcError)
      .with.property('message')
      .that.does.not.include('hunter2');
  });
});

describe('abra.sh', () => {
  for (const [text, expected] of [
    ['export A_VERSION=v1', { A_VERSION: 'v1' }],
    ['  export A="v1" # why', { A: 'v1' }],
    ["export A='v1';", { A: 'v1' }],
    ['export A=v1\r\nexport A=v2\r\n', { A: 'v2' }],
    ['export A=', { A: '' }],
    ['#export A=v1', {}],
    ['A=v1', {}],
    ['export A=$(id)', {}],
    ['export A=`id`', {}],
    ['export A="$B"', {}],
    ['export A', {}],
    ['echo export A=v1', {}],
    ['export A="v1', {}],
  ] as const) {
    it(`reads ${JSON.stringify(text)} by pattern`, () => expect(readAbraExports(text)).to.deep.equal(expected));
  }
});
