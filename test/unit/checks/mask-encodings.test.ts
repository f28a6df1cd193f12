import { expect } from 'chai';
import fc from 'fast-check';
import { createMask, MASKED } from '../../../lib/checks/mask.ts';

const XML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
const percent = (text: string): string => Buffer.from(text).toString('hex').replace(/../g, '%$&');
const wrap = (text: string, width: number): string => text.replace(new RegExp(`.{${width}}`, 'g'), '$&\n');

/** How programs tell a value; each inside of a longer text. */
const ENCODINGS: Record<string, (value: string) => string> = {
  raw: (value) => value,
  'a URL': (value) => `https://bot:${encodeURIComponent(value)}@h/`,
  'a URL in small letters': (value) => encodeURIComponent(value).replace(/%../g, (one) => one.toLowerCase()),
  'every byte in percent': percent,
  'a form': (value) => new URLSearchParams({ password: value }).toString(),
  JSON: (value) => JSON.stringify({ password: value }),
  'JSON in JSON': (value) => JSON.stringify(JSON.stringify({ password: value })),
  'JSON in ASCII': (value) =>
    JSON.stringify(value).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  XML: (value) => `<failure message="${value.replace(/[&<>"']/g, (char) => XML[char] ?? char)}"/>`,
  'XML text': (value) => `<failure>${value.replace(/[&<>]/g, (char) => XML[char] ?? char)}</failure>`,
  'single quotes of a shell': (value) => `export KEY='${value.replaceAll("'", "'\\''")}'`,
  'double quotes of a shell': (value) => `export KEY="${value.replace(/["$`\\]/g, '\\$&')}"`,
};

/** Of these a few bits at either end may stay; no eight characters in a row. */
const FRAGMENTED: Record<string, (value: string, before: string) => string> = {
  base64: (value, before) => Buffer.from(`${before}${value}:tail`).toString('base64'),
  'base64 for URLs': (value, before) => Buffer.from(`${before}${value}`).toString('base64url'),
  'base64 in lines': (value, before) => wrap(Buffer.from(`${before}${value}:tail`).toString('base64'), 20),
  hex: (value, before) => Buffer.from(`${before}${value}`).toString('hex'),
  'HEX in lines': (value, before) => wrap(Buffer.from(`${before}${value}`).toString('hex').toUpperCase(), 16),
};

const SPECIAL = [...`"'<>&/ $\`%+@:#?!é`, '😀'];
const letter = fc.oneof(
  fc.constantFrom(...SPECIAL),
  fc.constantFrom(...'abcXYZ0189'),
  fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
);
const value = fc.string({ minLength: 8, maxLength: 40, unit: letter }).filter((text) => text.trim().length >= 8);
const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 });

function inChunks(values: readonly string[], text: string, sizes: readonly number[]): string {
  const bytes = Buffer.from(text);
  const stream = createMask(values).stream();
  const parts: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    parts.push(stream.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return Buffer.concat([...parts, stream.end()]).toString();
}

describe('T89 a secret in any encoding, in any chunks', () => {
  for (const [how, encode] of Object.entries(ENCODINGS)) {
    it(`is masked as ${how}`, () => {
      fc.assert(
        fc.property(value, cuts, (secret, sizes) => {
          const whole = encode(secret);
          const output = inChunks([secret], `before ${whole} after`, sizes);
          expect(output).to.include(MASKED);
          expect(output).not.to.include(whole);
          expect(output.replaceAll(MASKED, '')).not.to.include(secret);
        }),
        { numRuns: 150 },
      );
    });
  }

  for (const [how, encode] of Object.entries(FRAGMENTED)) {
    it(`is masked as ${how}, at any alignment`, () => {
      fc.assert(
        fc.property(value, fc.string({ maxLength: 7 }), cuts, (secret, before, sizes) => {
          const whole = encode(secret, before);
          const output = inChunks([secret], `${whole}\n`, sizes).replaceAll(/[\r\n]/g, '');
          const own = fragment(whole.replaceAll('\n', ''), secret, before, how);
          for (let at = 0; at + 8 <= own.length; at += 1) expect(output).not.to.include(own.slice(at, at + 8));
        }),
        { numRuns: 150 },
      );
    });
  }

  it('is masked line by line where it has several, in each encoding', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQ/BADANBg\nhunter\n-----END KEY-----\n';
    const mask = createMask([key]);
    expect(mask.text('hunter')).to.equal(MASKED);
    expect(mask.text('MIIEvQ%2FBADANBg')).to.equal(MASKED);
    expect(mask.text(JSON.stringify({ key }))).not.to.include('MIIEvQ');
    expect(mask.text(Buffer.from(key).toString('base64'))).not.to.include(
      Buffer.from('MIIEvQ/BADANBg').toString('base64').slice(4, 12),
    );
  });

  it('is not masked where it has three characters: it would blank out words', () => {
    expect(createMask(['abc', ' ab ']).text('abc ab')).to.equal('abc ab');
  });

  it('holds no line back for the little that its end could begin with', () => {
    const stream = createMask(['correct-horse-battery']).stream();
    const line = `${Buffer.from('correct').toString('base64').slice(0, 3)}\n`;
    expect(stream.push(Buffer.from(line)).toString()).to.equal(line);
  });
});

/** The characters of the encoded text that tell something of the secret alone. */
function fragment(whole: string, secret: string, before: string, how: string): string {
  const bits = how.startsWith('base64') ? 6 : 4;
  const [from, length] = [Buffer.byteLength(before) * 8, Buffer.byteLength(secret) * 8];
  return whole.slice(Math.ceil(from / bits), Math.floor((from + length) / bits));
}
