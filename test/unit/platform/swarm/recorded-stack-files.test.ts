import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { removeRecipes } from '../../recipe/recipe-files.ts';
import { fileOf, RECORDED, type RecordedStackFile, withoutDirectory } from './recorded-stack-files.ts';
import { planOf } from './stack-plans.ts';

describe('the stack file of recorded recipes', () => {
  const lines = readFileSync(RECORDED, 'utf8').trim().split('\n');
  const cases = lines.map((line) => JSON.parse(line) as RecordedStackFile);

  afterEach(removeRecipes);

  it('still says what a docker CLI made of them; record them anew where it says the same in other words', async () => {
    expect(cases).to.have.lengthOf.at.least(24);
    for (const { files, env, stackFile } of cases) {
      const plan = await planOf(files, { env });
      expect(withoutDirectory(fileOf(plan), plan)).to.equal(stackFile);
    }
  });
});
