import { expect } from 'chai';
import fc from 'fast-check';
import { headOfLine, lineOfRemoval, lineOfVersion, versionOfLine } from '../../../lib/fs/record-line.ts';

const versions = fc.record({
  path: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((path) => path.isWellFormed()),
  revision: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  mode: fc.integer({ min: 0, max: 0o777 }),
  record: fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.parse(JSON.stringify(value)) as object),
});
const withoutNewline = (line: string): Buffer => Buffer.from(line.slice(0, -1));

describe('the lines of records.jsonl', () => {
  it('give back the version that they were made of, as one line of JSON', () => {
    fc.assert(
      fc.property(versions, (version) => {
        const line = lineOfVersion(version);
        expect(line.indexOf('\n')).to.equal(line.length - 1);
        expect(versionOfLine(withoutNewline(line))).to.deep.equal(version);
        const { record: _, ...head } = version;
        expect(headOfLine(withoutNewline(line))).to.deep.equal(head);
        const { sum, ...rest } = JSON.parse(line);
        expect(rest).to.deep.equal(version);
        expect(sum).to.match(/^[0-9a-f]{8}$/);
      }),
    );
  });

  it('of a removal name the path, and no version', () => {
    fc.assert(
      fc.property(versions, ({ path }) => {
        const line = withoutNewline(lineOfRemoval(path));
        expect(headOfLine(line)).to.deep.equal({ path, revision: 0, mode: 0 });
        expect(versionOfLine(line)).to.equal(undefined);
      }),
    );
  });

  it('say nothing where a byte of them is another one, or their end or beginning is missing', () => {
    fc.assert(
      fc.property(versions, fc.nat(), fc.integer({ min: 1, max: 255 }), (version, at, by) => {
        const line = withoutNewline(lineOfVersion(version));
        const spoilt = Buffer.from(line);
        spoilt[at % line.length] = (spoilt[at % line.length] ?? 0) ^ by;
        const parts = [spoilt, line.subarray(0, at % line.length), line.subarray(1 + (at % line.length))];
        for (const part of parts) {
          expect(headOfLine(part)).to.equal(undefined);
          expect(versionOfLine(part)).to.equal(undefined);
        }
      }),
    );
  });

  it('are no lines where they are JSON of another sort with a sum that is right', () => {
    const line = withoutNewline(lineOfRemoval('a'));
    const other = Buffer.concat([line.subarray(0, 19), Buffer.from('"path":7}')]);
    for (const text of [other, Buffer.alloc(0), Buffer.from('{}'), Buffer.alloc(200)])
      expect(headOfLine(text)).to.equal(undefined);
  });
});
