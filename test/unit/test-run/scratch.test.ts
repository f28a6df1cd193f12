import { expect } from 'chai';
import { fitsInMemory, type MemoryFacts } from '../../../scripts/test/scratch.ts';

const GIB = 1024 ** 3;
const TMPFS = 0x01_02_19_94;
const EXT4 = 0xef53;
const roomy: MemoryFacts = { type: TMPFS, freeBytes: 8 * GIB, availableBytes: 8 * GIB, release: '6.12.0' };

describe('where tests keep their files', () => {
  const rows: { why: string; facts: Partial<MemoryFacts>; disk: boolean }[] = [
    { why: 'room in memory', facts: {}, disk: false },
    { why: 'exactly enough', facts: { freeBytes: 4 * GIB, availableBytes: 4 * GIB }, disk: false },
    { why: 'no such file system', facts: { type: undefined }, disk: true },
    { why: 'another file system there', facts: { type: EXT4 }, disk: true },
    { why: 'a file system that is nearly full', facts: { freeBytes: 4 * GIB - 1 }, disk: true },
    { why: 'memory that others need', facts: { availableBytes: GIB }, disk: true },
    { why: 'the first kernel with user attributes', facts: { release: '6.6.0-1-amd64' }, disk: false },
    { why: 'one before it', facts: { release: '6.5.13' }, disk: true },
    { why: 'an older series', facts: { release: '5.15.0' }, disk: true },
    { why: 'a later series', facts: { release: '7.0' }, disk: false },
    { why: 'an unknown one', facts: { release: 'x' }, disk: true },
  ];
  for (const { why, facts, disk } of rows) {
    it(`${why}: ${disk ? 'on disk' : 'in memory'}`, () => {
      expect(fitsInMemory({ ...roomy, ...facts })).to.equal(!disk);
    });
  }
});
