import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../../scripts/test/suite.ts';

const READER = 'test/faults/reader';
/** A parser of a public format is no code of the product. */
const PACKAGES = ['yaml'];

describe('the reader that judges ends', () => {
  const files = globSync(`${READER}/**/*.ts`, { cwd: ROOT });

  it('is there', () => {
    expect(files.length).to.be.greaterThan(3);
  });

  for (const file of files) {
    it(`${file} imports nothing of the product`, () => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, target = '']) => target);
      const foreign = targets.filter((target) => {
        if (target.startsWith('node:') || PACKAGES.includes(target)) return false;
        return !target.startsWith('.') || !normalize(join(dirname(file), target)).startsWith(`${READER}/`);
      });
      expect(foreign).to.deep.equal([]);
    });
  }
});
