import { expect } from 'chai';
import { isSpecDirectoryName, isSpecFileName } from '../../../lib/store/spec-listing.ts';

describe('names in a spec directory', () => {
  const specs = ['notes.yaml', 'a.yml', 'b.json', 'status.yaml', 'notes.status.yml', '4913.yaml', 'a~b.yaml'];
  const others = [
    '.a.yaml',
    'notes.yaml.status.yaml',
    'a.yaml~',
    '#a.yaml#',
    '.#a.yaml',
    'a.yaml.swp',
    'a.swx',
    '4913',
  ];
  const more = ['a.yaml.tmp', 'a.yaml.orig', 'a.yaml.bak', 'README.md', 'yaml', 'a.YAML', ''];
  for (const name of specs) it(`F4 reads ${name}`, () => expect(isSpecFileName(name)).to.equal(true));
  for (const name of [...others, ...more])
    it(`F4 leaves ${name || 'nothing'}`, () => expect(isSpecFileName(name)).to.equal(false));

  it('does not go into profile directories and dot directories', () => {
    expect(['notes.ci', '.git'].map(isSpecDirectoryName)).to.deep.equal([false, false]);
    expect(['notes', 'ci', 'notes.cid'].map(isSpecDirectoryName)).to.deep.equal([true, true, true]);
  });
});
