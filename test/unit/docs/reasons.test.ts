import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT, readDocument } from './documents.ts';

const explained = ['docs/operations.md', 'docs/recipe-profile.md'].map((path) => readDocument(path).text).join('\n');

/** Reasons that the sources give by a literal, where `pattern` matches it as its first group. */
function reasonsIn(files: string, pattern: RegExp): string[] {
  const texts = globSync(files, { cwd: ROOT }).map((path) => readFileSync(join(ROOT, path), 'utf8'));
  return texts.flatMap((text) => [...text.matchAll(pattern)].map(([, reason = '']) => reason));
}

/** The members of an enumeration of the schemas. */
function enumIn(file: string, name: string): string[] {
  const schema = JSON.parse(readFileSync(join(ROOT, 'schemas', file), 'utf8')) as {
    $defs: Record<string, { enum?: string[] }>;
  };
  return schema.$defs[name]?.enum ?? [];
}

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'stages of runs': enumIn('run.schema.json', 'StageReason'),
  'tests of runs': enumIn('run.schema.json', 'TestReason'),
  'Canonical not ready': reasonsIn('controllers/canonical/conditions.ts', /\bno\('([A-Z]\w+)'/g),
  'Canonical stalled': reasonsIn('controllers/canonical/*.ts', /new TerminalError\(\s*'([A-Z]\w+)'/g),
  'WarmService not ready': reasonsIn('controllers/warm-service/conditions.ts', /\bno\('([A-Z]\w+)'/g),
  'WarmService at rest': reasonsIn('controllers/warm-service/conditions.ts', /^ {2}([A-Z]\w+): \(/gm).filter(
    (reason) => reason !== 'UpToDate',
  ),
  'Sweep not ready': reasonsIn('controllers/sweep/conditions.ts', /\bno\('([A-Z]\w+)'/g),
  'Sweep at rest': reasonsIn('controllers/sweep/next-action.ts', /^ {2}([A-Z]\w+): \(/gm),
  'rows of sweeps': enumIn('sweep.schema.json', 'SweepReason'),
  'results of sweeps': enumIn('sweep.schema.json', 'SweepResult'),
  'warm services in sweeps': reasonsIn('controllers/sweep/services.ts', /(?:reason: |, )'([A-Z]\w+)'/g).filter(
    (reason) => reason !== 'PassedOver',
  ),
  'run not over': reasonsIn('controllers/run/conditions.ts', /unknown\('([A-Z]\w+)'/g),
  'events of triggers': reasonsIn('controllers/trigger/*.ts', /(?:reason: |^ {2}\| )'([A-Z]\w+)'/gm),
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
