/**
 * Records what the docker CLI on PATH (23 or newer) says of generated compose files, for machines with an older one:
 * `node test/component/swarm/record-verdicts.ts` writes `docker-verdicts.jsonl` beside the test that reads it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { deviation } from './deviations.ts';
import { VerdictDesk } from './docker-verdict.ts';

const CASES = 500;
const SEED = 2026;
const RECORDED = join(import.meta.dirname, '../../unit/recipe/docker-verdicts.jsonl');

const desk = new VerdictDesk();
try {
  const lines = fc.sample(deviation, { numRuns: CASES, seed: SEED }).map(({ text }) => {
    return `${JSON.stringify({ text, refused: desk.dockers(text) !== undefined })}\n`;
  });
  const unique = [...new Set(lines)];
  writeFileSync(RECORDED, unique.join(''));
  console.log(`${unique.length} cases in ${RECORDED}`);
} finally {
  desk.remove();
}
