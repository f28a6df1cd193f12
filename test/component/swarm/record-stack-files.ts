/**
 * Records stack files that say what the docker CLI on PATH (23 or newer) makes of the same recipes, for machines with an
 * older one: `node test/component/swarm/record-stack-files.ts` writes `stack-files.jsonl` beside the test that reads it.
 */
import { deepStrictEqual } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  fileOf,
  RECORDED,
  type RecordedStackFile,
  withoutDirectory,
} from '../../unit/platform/swarm/recorded-stack-files.ts';
import { planOf } from '../../unit/platform/swarm/stack-plans.ts';
import { removeRecipes } from '../../unit/recipe/recipe-files.ts';
import { generatedRecipe } from './compose-trees.ts';
import { bothForms } from './stack-config.ts';

const CASES = 24;
const SEED = 2026;

const home = mkdtempSync(join(tmpdir(), 'ccci-stack-'));
try {
  const cases: RecordedStackFile[] = [];
  for (const { files, env } of fc.sample(generatedRecipe, { numRuns: CASES, seed: SEED })) {
    const plan = await planOf(files, { env });
    const { theirs, ours } = bothForms(plan, home);
    deepStrictEqual(ours, theirs);
    cases.push({ files, env, stackFile: withoutDirectory(fileOf(plan), plan) });
  }
  writeFileSync(RECORDED, cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
  console.log(`${cases.length} cases in ${RECORDED}`);
} finally {
  await removeRecipes();
  rmSync(home, { recursive: true, force: true });
}
