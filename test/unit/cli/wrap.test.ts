import { expect } from 'chai';
import fc from 'fast-check';
import { foldText } from '../../../lib/cli/print/wrap.ts';

describe('text for a terminal', () => {
  const rows: [why: string, text: string, width: number, folded: string][] = [
    ['what fits stays', 'Kind:  Run\n', 10, 'Kind:  Run\n'],
    [
      'a value goes on below itself',
      '  Held:  see the diff of it\n',
      18,
      '  Held:  see the\n         diff of\n         it\n',
    ],
    [
      'a row goes on below its last column',
      '  Held  True  why it is so\n',
      24,
      '  Held  True  why it is\n              so\n',
    ],
    ['other lines go on a little to the right', '  → say it again\n', 12, '  → say it\n    again\n'],
    ['a column far to the right is no place for words', '0123456789  a b c d\n', 14, '0123456789  a\n  b c d\n'],
    [
      'a row in one colour is folded as it is seen, each line in that colour',
      '  \u001b[31m✘ Upgrade  it lost the data of people\u001b[39m\n',
      24,
      '  \u001b[31m✘ Upgrade  it lost the\u001b[39m\n             \u001b[31mdata of\u001b[39m\n             \u001b[31mpeople\u001b[39m\n',
    ],
    [
      'so it is where a mark stands for ESC',
      '\ue000c2VjcmV0\ue001[31mone two three\ue000c2VjcmV0\ue001[39m',
      9,
      '\ue000c2VjcmV0\ue001[31mone two\ue000c2VjcmV0\ue001[39m\n  \ue000c2VjcmV0\ue001[31mthree\ue000c2VjcmV0\ue001[39m',
    ],
    [
      'a line of several colours stays',
      'a \u001b[1mvery long\u001b[0m line of \u001b[1mcolours\u001b[0m',
      5,
      'a \u001b[1mvery long\u001b[0m line of \u001b[1mcolours\u001b[0m',
    ],
  ];
  for (const [why, text, width, folded] of rows)
    it(why, () => {
      expect(foldText(text, width)).to.equal(folded);
    });

  it('loses no word, and fits', () => {
    const word = fc.stringMatching(/^[a-z]{1,9}$/);
    const line = fc.array(fc.tuple(word, fc.constantFrom(' ', ' ', ' ', '  ')), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(line, fc.integer({ min: 30, max: 100 }), (parts, width) => {
        const text = parts
          .map(([one, gap]) => one + gap)
          .join('')
          .trimEnd();
        const folded = foldText(text, width);
        expect(folded.split(/\s+/).filter(Boolean)).to.deep.equal(parts.map(([one]) => one));
        for (const one of folded.split('\n')) expect(one.length).to.be.at.most(width);
      }),
    );
  });
});
