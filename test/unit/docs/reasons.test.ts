import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { PROMOTION_FAILURES } from '../../../lib/known-good/promotion-steps.ts';
import { CONFIGURATION_REASONS } from '../../../lib/run-record/blame.ts';
import { ROOT, readDocument } from './documents.ts';

const explained = ['docs/operations.md', 'docs/recipe-profile.md'].map((path) => readDocument(path).text).join('\n');

/** Reasons that the sources give by a literal, where `pattern` matches it as its first group. */
function reasonsIn(files: string, pattern: RegExp): string[] {
  const texts = globSync(files, { cwd: ROOT }).map((path) => readFileSync(join(ROOT, path), 'utf8'));
  return texts.flatMap((text) => [...text.matchAll(pattern)].map(([, reason = '']) => reason));
}

/** The members of a union type of literals. */
function unionIn(file: string, name: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const [, members = ''] = new RegExp(`type ${name} =([^;]*);`).exec(text) ?? [];
  return [...members.matchAll(/'([A-Z]\w+)'/g)].map(([, reason = '']) => reason);
}

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'stages of runs': reasonsIn('controllers/run/**/*.ts', /(?:failStage|skipStage)\(\s*'([A-Z]\w+)'/g),
  'unverified stages': reasonsIn('controllers/run/stages/*.ts', /result: 'Unverified', reason: '([A-Z]\w+)'/g),
  configuration: CONFIGURATION_REASONS,
  convergence: unionIn('lib/platform/convergence.ts', 'FailureReason'),
  'promotion skipped': unionIn('lib/known-good/promotion-eligibility.ts', 'IneligibleReason'),
  'promotion failed': PROMOTION_FAILURES,
  'Canonical not ready': reasonsIn('controllers/canonical/conditions.ts', /\bno\('([A-Z]\w+)'/g),
  'Canonical stalled': reasonsIn('controllers/canonical/*.ts', /new TerminalError\(\s*'([A-Z]\w+)'/g),
  'run not over': reasonsIn('controllers/run/conditions.ts', /unknown\('([A-Z]\w+)'/g),
  'spec directory': reasonsIn('lib/store/*.ts', /reason: '(Directory\w+|Marker\w+|MassDeletion)'/g),
};

describe('reasons that people see', () => {
  for (const [group, reasons] of Object.entries(GROUPS)) {
    it(`${group}: each is explained`, () => {
      expect(reasons).not.to.have.length(0);
      expect(reasons.filter((reason) => !explained.includes(`\`${reason}\``))).to.deep.equal([]);
    });
  }
});
