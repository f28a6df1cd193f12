import { expect } from 'chai';
import fc from 'fast-check';
import { age, byteSize, exactSpan, relative, shortSpan } from '../../../lib/cli/print/age.ts';
import { paintWord, terminalColours } from '../../../lib/cli/print/colours.ts';
import {
  cut,
  loadTextWidth,
  oneLine,
  renderExactColumns,
  renderTable,
  textWidth,
} from '../../../lib/cli/print/table.ts';

const NOW = Date.UTC(2030, 0, 1);
const at = (ms: number): string => new Date(NOW + ms).toISOString();

describe('spans and ages', () => {
  for (const [ms, text] of [
    [0, '0s'],
    [-5000, '0s'],
    [999, '1s'],
    [59_000, '59s'],
    [60_000, '1m'],
    [192_000, '3m12s'],
    [15 * 60_000 + 5000, '15m'],
    [3_600_000 * 5 + 60_000 * 3, '5h3m'],
    [86_400_000 * 12 + 3_600_000, '12d'],
  ] as const) {
    it(`${ms} ms is ${text}`, () => {
      expect(shortSpan(ms)).to.equal(text);
    });
  }

  it('ages and times to come', () => {
    expect(age(at(-120_000), NOW)).to.equal('2m');
    expect(age(at(60_000), NOW), 'T63 a clock that went back').to.equal('0s');
    expect(age(undefined, NOW)).to.equal('<unknown>');
    expect(age('yesterday', NOW)).to.equal('<unknown>');
    expect(relative(at(300_000), NOW)).to.equal('in 5m');
    expect(relative(at(-300_000), NOW)).to.equal('5m ago');
    expect(relative(at(100), NOW)).to.equal('now');
  });

  it('short spans with tenths', () => {
    expect([0, 440, 9940, 9960, 61_000, -5].map(exactSpan)).to.deep.equal([
      '0.0s',
      '0.4s',
      '9.9s',
      '10s',
      '1m1s',
      '0.0s',
    ]);
  });

  it('bytes', () => {
    expect([0, 512, 1536, 3 * 1024 ** 3, 700 * 1024].map(byteSize)).to.deep.equal([
      '0 B',
      '512 B',
      '1.5 KiB',
      '3.0 GiB',
      '700 KiB',
    ]);
  });
});

/** A table, each row by itself. */
function padded(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(oneLine));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => textWidth(row[column]!))));
  const pad = (cell: string, column: number): string => cell + ' '.repeat(widths[column]! - textWidth(cell));
  return cells.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
}

describe('renderTable', () => {
  before(loadTextWidth);

  it('aligns columns by what the terminal shows, without trailing spaces', () => {
    const text = renderTable(
      [
        ['日本', 'x'],
        ['abcde', 'yy'],
      ],
      { header: ['A', 'B'] },
    );
    expect(text).to.equal('A      B\n日本   x\nabcde  yy\n');
  });

  it('cuts the widest column, never the name, to fit the width', () => {
    const text = renderTable([['a-very-long-name', 'x'.repeat(100), 'short']], {
      header: ['NAME', 'MESSAGE', 'S'],
      width: 50,
    });
    const lines = text.trimEnd().split('\n');
    expect(lines[1]).to.match(/^a-very-long-name {2}x+… {2}short$/);
    expect(lines.every((line) => textWidth(line) <= 50)).to.equal(true);
  });

  it('control characters of a cell do not reach the terminal', () => {
    expect(renderTable([['a\u001b[31mb\u0007\u009b2J', 'two\nlines']])).to.equal('a[31mb2J  two lines\n');
    expect(oneLine('a\r\n  b')).to.equal('a b');
  });

  it('nothing for no rows', () => {
    expect(renderTable([])).to.equal('');
  });

  it('any cells: no line wider than the width while the columns can shrink, one line per row', () => {
    const row = fc.tuple(
      fc.string({ maxLength: 10 }),
      fc.string({ unit: 'grapheme', maxLength: 80 }),
      fc.string({ maxLength: 80 }),
    );
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), fc.integer({ min: 32, max: 120 }), (rows, width) => {
        const text = renderTable(rows, { width });
        const lines = text.slice(0, -1).split('\n');
        expect(lines.length).to.equal(rows.length);
        for (const line of lines) expect(textWidth(line)).to.be.at.most(width);
      }),
    );
  });

  it('columns that say something once give the table of their rows', async () => {
    const cell = fc.oneof(fc.constantFrom('', 'x', 'Ready', 'größer 日本', ' a '), fc.string({ maxLength: 12 }));
    const shared = fc.record({ values: fc.array(cell, { minLength: 1, maxLength: 3 }), picks: fc.array(fc.nat()) });
    const width = fc.option(fc.integer({ min: 10, max: 60 }), { nil: undefined });
    const paint = fc.constantFrom(undefined, (text: string, wide: string) => (text === 'Ready' ? `<${wide}>` : wide));
    await fc.assert(
      fc.asyncProperty(
        ...([
          fc.array(cell, { minLength: 1, maxLength: 6 }),
          fc.array(shared, { maxLength: 4 }),
          width,
          paint,
        ] as const),
        async (names, others, room, painted) => {
          const columns = others.map(({ values, picks }) => ({
            values,
            at: names.map((_, row) => (picks[row] ?? row) % values.length),
          }));
          const rows = names.map((name, row) => [name, ...columns.map(({ values, at }) => values[at[row]!]!)]);
          const options = { width: room, header: ['NAME', ...others.map((_, index) => `C${index}`)] };
          const all = painted ? { ...options, paint: painted } : options;
          const text = await renderExactColumns({ rows: rows.length, columns: [{ values: names }, ...columns] }, all);
          expect(text).to.equal(renderTable(rows, all));
          if (room === undefined && !painted) expect(text).to.equal(padded([options.header, ...rows]));
        },
      ),
    );
  });

  it('STATUS and RECIPE shrink last, the name after them, and no line is wider than the terminal', () => {
    const header = ['NAME', 'READY', 'STATUS', 'AGE', 'RECIPE', 'MODE', 'STAGE', 'LEVEL'];
    const row = [
      'keycloak-nightly-1f2e3d',
      'Unknown',
      'Stalled/SeedFailed',
      '12m30s',
      'a-recipe-of-some-length',
      'Cold',
      'Install',
      '3',
    ];
    const render = (width: number) => renderTable([row], { width, header, keep: [2, 4] });
    expect(render(98)).to.include(row[0]).and.include(row[2]).and.include(row[4]);
    expect(render(80))
      .to.include(row[0])
      .and.match(/Stalled\/Se/);
    for (let width = 22; width <= 120; width += 1)
      for (const line of render(width).split('\n')) expect(textWidth(line), `${width}`).to.be.at.most(width);
  });

  it('cut keeps within the width, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 20 }), (text, width) => {
        expect(textWidth(cut(text, width))).to.be.at.most(width);
      }),
    );
    expect(cut('abcdef', 4)).to.equal('abc…');
    expect(cut('abcd', 4)).to.equal('abcd');
  });
});

describe('paintWord', () => {
  const colours = terminalColours();
  for (const [word, painted] of [
    ['Passed', colours.green('Passed')],
    ['Failed', colours.red('Failed')],
    ['Stalled/SeedFailed', colours.red('Stalled/SeedFailed')],
    ['Running', colours.yellow('Running')],
    ['anything', 'anything'],
  ] as const) {
    it(word, () => {
      expect(paintWord(colours, word)).to.equal(painted);
    });
  }
});
