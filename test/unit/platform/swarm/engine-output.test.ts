import { Readable } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { KeptOutput } from '../../../../lib/exec/kept-output.ts';
import { readLines } from '../../../../lib/platform/swarm/engine/body.ts';
import { readFrames } from '../../../../lib/platform/swarm/engine/frames.ts';
import { frame } from './fake-docker-server.ts';

function inPieces(bytes: Buffer, size: number): Readable {
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
  return Readable.from(pieces, { objectMode: true });
}

async function framesOf(bytes: Buffer, size = 65_536) {
  return await Array.fromAsync(readFrames(inPieces(bytes, size)));
}

async function linesOf(bytes: Buffer, size = 65_536): Promise<string[]> {
  return await Array.fromAsync(readLines(inPieces(bytes, size)));
}

describe('frames of output', () => {
  it('come out whole, however the bytes arrive', async () => {
    const one = fc.record({
      stream: fc.constantFrom(1 as const, 2 as const),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 6 }), fc.integer({ min: 1, max: 40 }), async (frames, size) => {
        const wire = Buffer.concat(frames.map(({ stream, bytes }) => frame(stream, Buffer.from(bytes))));
        const expected = frames.map(({ stream, bytes }) => ({
          stream: stream === 1 ? 'stdout' : 'stderr',
          bytes: Buffer.from(bytes),
        }));
        expect(
          (await framesOf(wire, size)).map(({ stream, bytes }) => ({ stream, bytes: Buffer.from(bytes) })),
        ).to.deep.equal(expected);
      }),
    );
  });

  it('an empty one says nothing, one that was broken off as much as came', async () => {
    const wire = Buffer.concat([frame(1, Buffer.alloc(0)), frame(2, Buffer.from('whole')).subarray(0, 11)]);
    expect((await framesOf(wire, 3)).map(({ stream, bytes }) => [stream, String(bytes)])).to.deep.equal([
      ['stderr', 'who'],
    ]);
  });

  it('one that claims four gigabytes is given in pieces', async () => {
    const header = Buffer.from([1, 0, 0, 0, 255, 255, 255, 255]);
    const frames = await framesOf(Buffer.concat([header, Buffer.alloc(3 * 1024 * 1024, 'x')]));
    expect(frames.length).to.be.greaterThan(1);
    expect(frames.reduce((sum, { bytes }) => sum + bytes.length, 0)).to.equal(3 * 1024 * 1024);
  });

  it('what has no frames is given in whole lines', async () => {
    const frames = await framesOf(Buffer.from('2026 one\r\n2026 two\r\nrest'), 4);
    expect(frames.map(({ bytes }) => String(bytes))).to.deep.equal(['2026 one\r\n', '2026 two\r\n', 'rest']);
  });
});

describe('lines of an answer', () => {
  it('come out whole, characters of several bytes too, and the last without its end', async () => {
    expect(await linesOf(Buffer.from('{"ä":1}\r\n\n{"b":2}\nrest'), 1)).to.deep.equal(['{"ä":1}', '{"b":2}', 'rest']);
  });

  it('T69 one without end is passed over, the next one read', async () => {
    expect(await linesOf(Buffer.concat([Buffer.alloc(2_500_000, 'x'), Buffer.from('\nnext\n')]))).to.deep.equal([
      'next',
    ]);
  });
});

describe('kept output', () => {
  it('is all of it up to the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        const kept = new KeptOutput();
        for (const text of texts) kept.push(Buffer.from(text));
        expect(kept.text()).to.equal(texts.join(''));
      }),
    );
  });

  it('T69 is its beginning and its end past the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 101, max: 500 }), (size, length) => {
        const text = Array.from({ length }, (_, at) => String(at % 10)).join('');
        const kept = new KeptOutput(100);
        for (let at = 0; at < length; at += size) kept.push(Buffer.from(text.slice(at, at + size)));
        expect(kept.text().startsWith(text.slice(0, 50))).to.equal(true);
        expect(kept.text().endsWith(text.slice(-50))).to.equal(true);
        expect(kept.text()).to.have.length(100 + '\n[… output cut …]\n'.length);
      }),
    );
  });

  it('takes 200 MB without keeping them', () => {
    const kept = new KeptOutput();
    for (let at = 0; at < 200; at += 1) kept.push(Buffer.alloc(1024 * 1024, 'x'));
    expect(kept.text().length).to.be.lessThan(1024 * 1024 + 100);
  });
});
