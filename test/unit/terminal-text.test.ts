import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { quotingYaml } from '../../lib/cli/yaml-text.ts';
import { escapeSteering, plainText, steers } from '../../lib/terminal-text.ts';

const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

describe('T90 text for a terminal', () => {
  const cases: [text: string, plain: string][] = [
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]8;;http://evil\u0007link\u001b]8;;\u001b\\', 'link'],
    ['\u001b]52;c;ZXZpbA==\u0007', ''],
    ['\u009b2Jgone\u009d0;title\u009c', 'gone'],
    ['\u001b\u001b[31m[31mnested', '[31mnested'],
    ['\u001b]0;never ended', ']0;never ended'],
    ['Failed\rPassed', 'Failed\nPassed'],
    ['a\r\nb\tc\n', 'a\nb\tc\n'],
    ['bell\u0007 back\b\b del\u007f', 'bell back del'],
    ['\u202edessaP\u202c \u2066x\u2069 zero\u200bwidth\ufeff', 'dessaP x zerowidth'],
    ['ü 漢 ✔ 😀 é', 'ü 漢 ✔ 😀 é'],
  ];
  for (const [text, plain] of cases) {
    it(`has nothing that steers it: ${JSON.stringify(text)}`, () => expect(plainText(text)).to.equal(plain));
  }

  const hostile = fc.string({
    unit: fc.constantFrom('\u001b', '[', ']', '3', '1', 'm', ';', '\\', '\r', '\n', '\u0007', '\u009b', '\u202e', 'x'),
  });

  it('never has, whatever it is made of, and again makes no difference', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const plain = plainText(text);
        expect(plain).not.to.match(STEERING);
        expect(plainText(plain)).to.equal(plain);
      }),
    );
  });

  it('is escaped by JSON and YAML and comes back as it was', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const value = { [`k${text}`]: [text, { text }], plain: 'x' };
        const json = escapeSteering(JSON.stringify(value, null, 2));
        const yaml = escapeSteering(quotingYaml(value, steers));
        expect(json + yaml).not.to.match(STEERING);
        expect(JSON.parse(json)).to.deep.equal(value);
        expect(parse(yaml)).to.deep.equal(value);
      }),
    );
  });
});
