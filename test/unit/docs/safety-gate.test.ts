import { expect } from 'chai';
import { GATE_RULES } from '../../../lib/gate/gate-rules.ts';
import { readDocument } from './documents.ts';

const { text } = readDocument('docs/safety-gate.md');

/** The cells of the rows below a heading. */
function rowsOf(heading: string): string[][] {
  const [, section = ''] = text.split(`## ${heading}\n`);
  const lines = section.split('\n## ', 1)[0]?.split('\n') ?? [];
  const rows = lines.filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/safety-gate.md', () => {
  it('has a row for each rule, in their order, with its meaning and remedy, and no other', () => {
    const rules = Object.entries(GATE_RULES).map(([code, { meaning, remedy }]) => [`\`${code}\``, meaning, remedy]);
    expect(rowsOf('Rules')).to.deep.equal(rules);
  });

  for (const [heading, union] of [
    ['What is done', 'StayReason'],
    ['Approval', 'ApprovalState'],
  ] as const) {
    it(`explains each ${union}`, () => {
      const source = readDocument('lib/gate/choose-target.ts').text;
      const [, body = ''] = source.split(`export type ${union} =`);
      const members = [...(body.split(';', 1)[0] ?? '').matchAll(/'(\w+)'/g)].map(([, name]) => `\`${name}\``);
      expect(members.length).to.be.greaterThan(4);
      expect(rowsOf(heading).map(([first]) => first)).to.deep.equal(members);
    });
  }
});
