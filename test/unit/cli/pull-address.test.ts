import { expect } from 'chai';
import { parsePullAddress } from '../../../lib/cli/run-pull-request.ts';

describe('addresses of pull requests', () => {
  const cases: [string, string, number, string][] = [
    [
      'https://git.example.org/recipes/notes/pulls/12',
      'recipes/notes',
      12,
      'https://git.example.org/recipes/notes.git',
    ],
    [
      'https://git.example.org/recipes/notes/pulls/12/files#diff',
      'recipes/notes',
      12,
      'https://git.example.org/recipes/notes.git',
    ],
    ['http://127.0.0.1:3000/a/b/pulls/1#issuecomment-3', 'a/b', 1, 'http://127.0.0.1:3000/a/b.git'],
    ['https://example.org/forge/a/b/pulls/1', 'a/b', 1, 'https://example.org/forge/a/b.git'],
  ];
  for (const [text, repository, number, cloneUrl] of cases)
    it(`are read from ${text}`, () => expect(parsePullAddress(text)).to.include({ repository, number, cloneUrl }));

  for (const text of [
    '',
    '12',
    'recipes/notes',
    'https://git.example.org/recipes/notes',
    'ssh://git@x/a/b/pulls/1',
    'https://x/a/pulls/1',
  ])
    it(`are not ${JSON.stringify(text)}`, () =>
      expect(() => parsePullAddress(text)).to.throw('is no address of a pull request'));
});
