import { expect } from 'chai';
import fc from 'fast-check';
import { fatalText, jsonOutput, looseRecord, plainText } from '../../../../lib/platform/abra/abra-errors.ts';

describe('plainText', () => {
  it('drops colours, cursor movements, titles and carriage returns of a terminal', () => {
    expect(plainText('\u001b[1;38;5;134mFATA\u001b[0m x\r\n\u001b[2K\u001b]0;title\u0007y\rz')).to.equal(
      'FATA x\ny\nz',
    );
  });

  it('keeps every other text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/[\u001b\r]/.test(text));
        expect(plainText(text)).to.equal(text);
      }),
    );
  });
});

describe('fatalText', () => {
  const cases: readonly [string, string, string | undefined][] = [
    ['alone', 'FATA no such thing\n', 'no such thing'],
    ['after other lines', 'INFO a\nWARN b\nFATA c', 'c'],
    ['indented', '  FATA  c ', 'c'],
    ['with lines that belong to it', 'FATA a\n  b\nc\nINFO d', 'a b c'],
    ['the last of two', 'FATA a\nFATA b', 'b'],
    ['none', 'INFO FATAL is a word\nFATALITY', undefined],
    ['no output', '', undefined],
  ];
  for (const [name, text, expected] of cases) {
    it(`T03 finds it: ${name}`, () => {
      expect(fatalText(text)).to.equal(expected);
    });
  }
});

describe('jsonOutput', () => {
  it('reads a value behind log lines, also such that begin like JSON', () => {
    expect(jsonOutput('INFO hello\n[{"name":"default"}]\n')).to.deep.equal([{ name: 'default' }]);
    expect(jsonOutput('[INFO] hello\n{"a":\n1}')).to.deep.equal({ a: 1 });
    expect(jsonOutput('{}')).to.deep.equal({});
  });

  for (const text of ['', 'INFO nothing', '{"a": 1', 'name: default']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => jsonOutput(text))
        .to.throw()
        .with.property('code', 'CommandFailed');
    });
  }
});

describe('looseRecord', () => {
  it('gives one spelling to keys', () => {
    const wanted = { generatedname: 'x', createdonserver: 'true' };
    for (const keys of [
      ['generated-name', 'created-on-server'],
      ['Generated Name', 'CREATED ON SERVER'],
      ['generated_name', 'createdOnServer'],
    ] as const) {
      expect(looseRecord({ [keys[0]]: 'x', [keys[1]]: true })).to.deep.equal(wanted);
    }
  });

  it('refuses what is no object', () => {
    for (const value of [null, [], 'x', 1])
      expect(() => looseRecord(value))
        .to.throw()
        .with.property('code', 'CommandFailed');
  });
});
