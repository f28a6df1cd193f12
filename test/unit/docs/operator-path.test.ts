import { expect } from 'chai';
import { missingLines, stepsOf, withValues } from '../../operator/path.ts';

const TEXT = [
  '# Title\n\n## 1. First (1 minute)\n\n```sh\nA=1\n```\n\n```text\nready  …\n```\n',
  '\n## 2. Second (12 minutes)\n\n```yaml\na: 1\n```\n\n```sh\necho $A\n```\n\n## Then\n\n```sh\nnever\n```\n',
].join('');

describe("the reader of the operator's document", () => {
  it('finds the numbered steps with their commands, and what they print', () => {
    expect(stepsOf(TEXT)).to.deep.equal([
      { number: 1, title: 'First', minutes: 1, blocks: [{ commands: 'A=1\n', prints: ['ready  …'] }] },
      { number: 2, title: 'Second', minutes: 12, blocks: [{ commands: 'echo $A\n', prints: [] }] },
    ]);
    expect(() => stepsOf('## 1. First\n')).to.throw('how long');
  });

  it('misses a line that is not printed, or not in that order', () => {
    const printed = 'one   two\nthree\nfour five six\n';
    expect(missingLines(['one two', '…', 'four … six'], printed)).to.deep.equal([]);
    expect(missingLines(['three', 'one two'], printed)).to.deep.equal(['one two']);
    expect(missingLines(['thre', 'four …', 'six'], printed)).to.deep.equal(['thre', 'six']);
  });

  it('sets only variables that the document has', () => {
    expect(withValues('A=1\nB=2\n', { A: '$&' })).to.equal("A='$&'\nB=2\n");
    expect(() => withValues('A=1\n', { C: '' })).to.throw('C');
  });
});
