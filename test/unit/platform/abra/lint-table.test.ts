import { expect } from 'chai';
import fc from 'fast-check';
import { lintReport } from '../../../../lib/platform/abra/abra-lint.ts';
import { readLintTable } from '../../../../lib/platform/abra/lint-table.ts';

const HEAD = ['ref', 'rule', 'severity', 'satisfied', 'skipped', 'how to fix'];
const GOOD = ['R001', 'compose config has expected version', 'warn', '❌', '-', 'fix it'];
const ERROR = ['R014', 'only annotated tags', 'error', '✅', '-', 'replace it'];
const SKIPPED = ['R010', 'traefik routing enabled', 'error', '-', '✅', 'label it'];

/** The heading, the given rows, and satisfied ones for all other rules. */
function full(...rows: readonly (readonly string[])[]): (readonly string[])[] {
  const given = new Set(rows.map(([ref]) => ref));
  const refs = Array.from({ length: 16 }, (_, index) => `R${String(index + 1).padStart(3, '0')}`);
  return [HEAD, ...rows, ...refs.filter((ref) => !given.has(ref)).map((ref) => [ref, 'x', 'error', '✅', '-', 'y'])];
}

function table(rows: readonly (readonly string[])[], bar = '│'): string {
  const line = (cells: readonly string[]): string =>
    `${bar} ${cells.map((cell) => cell.padEnd(8)).join(` ${bar} `)} ${bar}`;
  return ['', '┌──────┬───┐', ...rows.map(line), '└──────┴───┘', ''].join('\n');
}

const report = (text: string, more: { exitCode?: number; fatal?: string } = {}) =>
  lintReport({ text, exitCode: more.exitCode ?? 0, fatal: more.fatal });

describe('readLintTable', () => {
  it('reads rows, whichever bars are drawn', () => {
    for (const bar of ['│', '┃', '|']) {
      const rows = readLintTable(table(full(GOOD, ERROR, SKIPPED), bar));
      expect(rows?.slice(0, 3).map(({ ref, severity, verdict }) => [ref, severity, verdict])).to.deep.equal([
        ['R001', 'Warning', 'Broken'],
        ['R014', 'Error', 'Satisfied'],
        ['R010', 'Error', 'Skipped'],
      ]);
    }
  });

  it('joins texts that were wrapped', () => {
    const rows = readLintTable(table(full(GOOD, ['', 'and so on', '', '', '', 'now'], ERROR)));
    expect(rows).to.have.length(16);
    expect(rows?.[0]).to.include({ rule: 'compose config has expected version and so on', remedy: 'fix it now' });
  });

  const odd: readonly [string, string][] = [
    ['nothing', ''],
    ['no heading', table(full(GOOD).slice(1))],
    ['a heading alone', table([HEAD])],
    ['another heading', table(full(GOOD).with(0, [...HEAD.slice(0, 5), 'why']))],
    ['a row without a mark', table(full(['R002', 'x', 'error', '', '', '']))],
    ['a row with another severity', table(full(['R002', 'x', 'fatal', '✅', '-', '']))],
    ['a row with too few cells', table(full(['R002', 'x', 'error', '✅']))],
    ['a row with an odd ref', table([...full(), ['X', 'x', 'error', '✅', '-', '']])],
    ['a row that is missing', table(full().toSpliced(7, 1))],
    ['rows that are missing at the end', table(full().slice(0, -3))],
    ['a row that is there twice', table([...full(), GOOD])],
    ['a wrapped text before any row', table(full(['', 'x', '', '', '', '']))],
  ];
  for (const [name, text] of odd) {
    it(`gives nothing for ${name}`, () => {
      expect(readLintTable(text)).to.equal(undefined);
      expect(report(text).verdict).to.equal('Unverified');
    });
  }

  it('passes nothing of which anything but a border was lost', () => {
    const lines = table(full()).split('\n');
    fc.assert(
      fc.property(fc.integer({ min: 2, max: lines.length - 3 }), fc.nat({ max: 20 }), (at, cut) => {
        const broken = lines.with(at, (lines[at] ?? '').slice(0, cut)).join('\n');
        expect(report(broken).verdict).to.equal('Unverified');
      }),
    );
  });
});

describe('lintReport', () => {
  const broken = ['R014', 'only annotated tags', 'error', '❌', '-', 'replace it'];

  it('T07 fails for a broken error row although the exit code is 0', () => {
    expect(report(table(full(GOOD, broken)))).to.include({ verdict: 'Failed', message: 'R014 only annotated tags' });
  });

  it('passes with broken warnings', () => {
    expect(report(table(full(GOOD, ERROR, SKIPPED)))).to.include({ verdict: 'Passed', message: '' });
  });

  it('fails for a recipe that cannot be validated', () => {
    expect(report('', { exitCode: 1, fatal: 'unable to validate recipe: x' }).verdict).to.equal('Failed');
  });

  it('is unverified where table and rest disagree', () => {
    const text = table(full(ERROR));
    expect(report(text, { exitCode: 1 }).verdict).to.equal('Unverified');
    expect(report(text, { fatal: 'inappropriate ioctl for device' }).verdict).to.equal('Unverified');
    expect(report(`${text}\nWARN critical errors present in x config`).verdict).to.equal('Unverified');
  });
});
