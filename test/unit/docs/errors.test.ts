import { expect } from 'chai';
import { PULL_FAULTS } from '../../../lib/platform/swarm/engine/pull.ts';
import { COPY_FAULTS, SOURCE_FAULTS } from '../../../lib/recipe/source-faults.ts';
import { FAULT_RULES } from '../../../lib/run-record/fault-rules.ts';
import { readDocument } from './documents.ts';

const { text } = readDocument('docs/reference/reasons.md');
const section = text.slice(text.indexOf('## Errors'));

/** The cells of the rows of the section, without the marks of code. */
const rows = section
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );

const SAID = { 'a source': SOURCE_FAULTS, 'our copy of it': COPY_FAULTS, 'an image': PULL_FAULTS } as const;

describe('T100 the table of errors in docs/reference/reasons.md', () => {
  for (const [code, { blame, tries, reason, remedy }] of Object.entries(FAULT_RULES)) {
    it(`${code}: blame, tries, reason and remedy are those of the code`, () => {
      expect(rows).to.deep.include([code, blame ?? '–', String(tries), reason, remedy]);
    });
  }

  for (const [of, faults] of Object.entries(SAID)) {
    it(`what is said of ${of}: each fault with its code and remedy, in their order, and no other`, () => {
      const documented = rows.filter(([first]) => first === of);
      expect(documented).to.deep.equal(faults.map(({ name, code, remedy }) => [of, name, code, remedy]));
    });
  }
});
