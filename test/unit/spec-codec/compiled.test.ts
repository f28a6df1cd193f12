import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { build, stop } from 'esbuild';
import fc from 'fast-check';
import { parse } from 'yaml';
import { definitionId } from '../../../lib/store/spec-codec-schema.ts';
import { VALIDATED, validatorCompiler, validatorOf } from '../../../lib/store/spec-validators.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Specs of this repository and parts of them: what a person's file is like before it goes wrong. */
const parts = globSync('{specs,docs/examples}/**/*.yaml', { cwd: ROOT }).flatMap((file) =>
  partsOf(parse(readFileSync(join(ROOT, file), 'utf8'))),
);

function partsOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return [value, ...Object.values(value).flatMap(partsOf)];
}

const spoilt = fc
  .tuple(fc.constantFrom(...parts), fc.string(), fc.anything({ withNullPrototype: false }))
  .map(([part, field, value]) => (isMapping(part) ? { ...part, [field]: value } : value));

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('validators that the build compiles', function () {
  this.timeout(60_000);
  let compiled: (name: string) => ValidateFunction;

  before(async () => {
    const { compiledValidators } = await import('../../../scripts/validators.mjs');
    const entry = join(ROOT, 'lib/store/spec-validators.ts');
    const { outputFiles } = await build({
      entryPoints: [entry],
      absWorkingDir: ROOT,
      bundle: true,
      write: false,
      platform: 'node',
      format: 'cjs',
      plugins: [compiledValidators],
    });
    const directory = mkdtempSync(join(tmpdir(), 'ccci-validators-'));
    const file = join(directory, 'validators.cjs');
    writeFileSync(file, outputFiles[0]?.text ?? '');
    ({ validatorOf: compiled } = createRequire(import.meta.url)(file) as { validatorOf: typeof compiled });
    rmSync(directory, { recursive: true });
    await stop();
  });

  it('say the same as those that are compiled on first use', () => {
    const verdicts = { good: 0, bad: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...VALIDATED), fc.oneof(fc.constantFrom(...parts), spoilt), (name, value) => {
        const [one, other] = [validatorOf(name), compiled(name)];
        const isGood = one(value);
        expect(other(value)).to.equal(isGood);
        expect(other.errors).to.deep.equal(one.errors);
        verdicts[isGood ? 'good' : 'bad'] += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(verdicts.good).to.be.greaterThan(0);
    expect(verdicts.bad).to.be.greaterThan(0);
  });

  it('are there for what the programs ask for, and for nothing else', () => {
    const compiler = validatorCompiler();
    for (const name of VALIDATED)
      for (const validate of [compiled(name), compiler.getSchema(definitionId(name))])
        expect(validate).to.be.a('function');
    expect(() => compiled('AppBlock')).to.throw(RangeError);
    expect(() => validatorOf('Nothing')).to.throw(RangeError);
  });
});
