import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type FormatStep, stepsBetween } from '../../../../lib/store/migration/format-step.ts';
import { FORMAT_STEPS } from '../../../../lib/store/migration/steps.ts';
import { STATE_FORMAT } from '../../../../lib/store/state-format.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const step = (to: number): FormatStep => ({ to, what: `step ${to}`, apply: async () => {} });
const STEPS = [step(2), step(3), step(4)];

describe('steps between formats of the state directory', () => {
  const rows: [string, number, number, number[]][] = [
    ['none to the present one', 3, 3, []],
    ['none backwards', 4, 2, []],
    ['one', 1, 2, [2]],
    ['several, in order', 1, 4, [2, 3, 4]],
    ['those that are left', 3, 4, [4]],
  ];
  for (const [what, from, to, expected] of rows)
    it(what, () => expect(stepsBetween(STEPS.toReversed(), from, to).map((one) => one.to)).to.deep.equal(expected));

  it('are no way where one is missing', () => {
    expect(() => stepsBetween([step(2), step(4)], 1, 4)).to.throw(/no step leads to format 3/);
    expect(() => stepsBetween(STEPS, 0, 2)).to.throw(/no step leads to format 1/);
  });

  it('of this version lead from the first format to the present one', () => {
    const expected = Array.from({ length: STATE_FORMAT - 1 }, (_, index) => index + 2);
    expect(FORMAT_STEPS.map(({ to }) => to)).to.deep.equal(expected);
  });

  it('are needed where the format of a single file rises: an older version would call it damaged', () => {
    const found = globSync('{lib,controllers}/**/*.ts', { cwd: ROOT }).flatMap((file) =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(/\bformat: (\d+)[;,]/g)].map(([, own]) => Number(own)),
    );
    expect(found).to.have.length.greaterThan(8);
    expect(Math.max(...found)).to.be.at.most(STATE_FORMAT);
  });
});
