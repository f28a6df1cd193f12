import { expect } from 'chai';
import fc from 'fast-check';
import { LOG_TAIL_LINE_CHARACTERS, LOG_TAIL_LINES, logTail } from '../../../lib/run-record/last-words.ts';

describe('logTail', () => {
  const rows: [string, string, string[]][] = [
    ['nothing', '', []],
    ['blank lines', '\n \n\t\n', []],
    ['no final newline', 'a\nb', ['a', 'b']],
    ['Windows line ends', 'a\r\nb\r\n', ['a', 'b']],
    ['a progress line rewritten in place', '10%\r50%\r100%\n', ['100%']],
    ['colours', '\u001b[31mred\u001b[0m plain\n', ['red plain']],
    ['control characters', 'a\u0000b\u0007\n', ['ab']],
    ['indentation', '  at f (x:1)\n', ['  at f (x:1)']],
  ];
  for (const [what, text, lines] of rows) {
    it(`handles ${what}`, () => expect(logTail(text)).to.deep.equal(lines));
  }

  it('is bounded in lines and characters for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
        const lines = logTail(text);
        expect(lines.length).to.be.at.most(LOG_TAIL_LINES);
        for (const line of lines) {
          expect(line.length).to.be.within(1, LOG_TAIL_LINE_CHARACTERS + 1);
          expect(line).to.not.match(/\p{Cc}/u);
        }
      }),
    );
  });

  it('keeps the last lines', () => {
    const text = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n');
    expect(logTail(text)).to.have.length(LOG_TAIL_LINES);
    expect(logTail(text).at(-1)).to.equal('line 99');
  });
});
