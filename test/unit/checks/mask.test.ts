import { expect } from 'chai';
import fc from 'fast-check';
import { createMask, MASKED, maskStrings } from '../../../lib/checks/mask.ts';

function throughStream(values: string[], chunks: Uint8Array[]): Buffer {
  const stream = createMask(values).stream();
  return Buffer.concat([...chunks.map((chunk) => stream.push(chunk)), stream.end()]);
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...chunks, bytes.subarray(at)];
}

describe('createMask', () => {
  const secret = 'S3cr3t/pass+word ü';

  it('replaces every occurrence of every value', () => {
    expect(createMask(['alpha-one', 'beta-two']).text('alpha-one beta-two alpha-one')).to.equal('*** *** ***');
  });

  const encodings: [string, string][] = [
    ['as it is', secret],
    ['URL-encoded', encodeURIComponent(secret)],
    ['URL-encoded in lower case', encodeURIComponent(secret).toLowerCase()],
    ['form-encoded', new URLSearchParams({ a: secret }).toString().slice(2)],
    ['as JSON', JSON.stringify(`x"${secret}`).slice(4, -1)],
    ['in hex', Buffer.from(secret).toString('hex')],
  ];
  for (const [how, text] of encodings) {
    it(`masks a value ${how}`, () => {
      expect(createMask([secret]).text(`<${text}>`)).to.equal('<***>');
    });
  }

  it('masks the base64 of a value at any place inside a longer text', () => {
    for (const prefix of ['', 'u', 'us', 'usr', 'user:']) {
      for (const form of ['base64', 'base64url'] as const) {
        const encoded = Buffer.from(`${prefix}correct-horse-battery:tail`).toString(form);
        const masked = createMask(['correct-horse-battery']).text(encoded);
        expect(masked, `${prefix} ${form}`).to.include(MASKED);
        const fragment = Buffer.from('horse').toString('base64').slice(1, 6);
        expect(masked).not.to.include(fragment);
      }
    }
  });

  it('masks single lines of a key of several lines, but not its first and last line', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n';
    const masked = createMask([key]).text('-----BEGIN KEY-----: kqhkiG9w0BAQEF');
    expect(masked).to.equal('-----BEGIN KEY-----: ***');
  });

  it('leaves nothing readable of secrets that overlap', () => {
    expect(createMask(['abcdef', 'defghi']).text('x abcdefghi y')).to.equal('x *** y');
    expect(createMask(['abcd', 'abcdefgh']).text('abcdefgh abcd')).to.equal('*** ***');
  });

  it('ignores empty and very short values', () => {
    expect(createMask(['', 'abc', '   ']).text('abc  abc')).to.equal('abc  abc');
  });

  it('lets invalid UTF-8 through byte for byte', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x41, 0x00, 0xc3]);
    expect(throughStream(['secret-value'], [bytes])).to.deep.equal(bytes);
  });

  it('holds back no more than could be the start of a secret', () => {
    const stream = createMask(['secret-value']).stream();
    expect(stream.push(Buffer.from('hello secr')).toString()).to.equal('hello ');
    expect(stream.push(Buffer.from('eat')).toString()).to.equal('secreat');
  });

  it('goes on with a secret that overlaps the one before, over chunks that bring nothing new', () => {
    for (const chunks of [
      ['caca', '', 'ca'],
      ['caca', 'c', 'a'],
      ['cacac', '', '', 'a'],
    ]) {
      const bytes = chunks.map((chunk) => Buffer.from(chunk));
      expect(throughStream(['caca', 'aaaa'], bytes).toString(), chunks.join()).to.equal('***');
    }
  });

  it('gives the same for every chunking as for the whole', () => {
    const alphabet = fc.constantFrom('a', 'b', 'c');
    const word = fc.array(alphabet, { minLength: 4, maxLength: 7 }).map((letters) => letters.join(''));
    const text = fc.array(alphabet, { maxLength: 60 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), text, fc.array(fc.nat(9)), (values, whole, sizes) => {
        const chunked = throughStream(values, cut(Buffer.from(whole), sizes)).toString();
        expect(chunked).to.equal(createMask(values).text(whole));
        for (const value of values) expect(chunked).not.to.include(value);
      }),
      { numRuns: 500 },
    );
  });

  it('I10: a secret between arbitrary bytes is never in the output, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 4, maxLength: 40, unit: 'grapheme' }),
        fc.uint8Array({ maxLength: 50 }),
        fc.array(fc.nat(20)),
        (value, noise, sizes) => {
          const whole = Buffer.concat([noise, Buffer.from(value), noise]);
          const output = throughStream([value], cut(whole, sizes));
          expect(output.includes(Buffer.from(value)) && value !== MASKED && !MASKED.repeat(9).includes(value)).to.equal(
            false,
          );
        },
      ),
    );
  });

  it('stays fast on a long run of what could be a secret', () => {
    const stream = createMask(['aaaaaaaa']).stream();
    let bytes = 0;
    for (let round = 0; round < 64; round += 1) bytes += stream.push(Buffer.alloc(16_384, 'a')).length;
    bytes += stream.end().length;
    expect(bytes).to.equal(MASKED.length);
  });
});

describe('maskStrings', () => {
  it('masks every string of a value and keeps everything else', () => {
    const value = { a: ['x secret-value', 1, null, true], b: { c: 'secret-value' }, d: undefined };
    expect(maskStrings(value, createMask(['secret-value']))).to.deep.equal({
      a: ['x ***', 1, null, true],
      b: { c: '***' },
      d: undefined,
    });
  });
});
