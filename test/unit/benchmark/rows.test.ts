import { expect } from 'chai';
import { type Row, tableOf, verdictOf } from '../../../benchmark/rows.ts';

describe('the rows of a benchmark', () => {
  for (const [figure, target, verdict] of [
    [1_500, { atMost: 1_500 }, 'ok'],
    [1_501, { atMost: 1_500 }, 'over'],
    [5, { atLeast: 5 }, 'ok'],
    [4.9, { atLeast: 5 }, 'under'],
    [undefined, { atLeast: 5 }, 'not measured'],
    [7, undefined, ''],
  ] as const) {
    it(`${figure} against ${JSON.stringify(target)} is ${verdict || 'for information'}`, () => {
      expect(verdictOf({ figure, ...(target && { target }) })).to.equal(verdict);
    });
  }

  it('stand in columns, figures to the right', () => {
    const rows: Row[] = [
      { what: 'cold', figure: 1_234.6, unit: 'ms', target: { atMost: 500 } },
      { what: 'cold ÷ quick', figure: 7.25, unit: '×', target: { atLeast: 5 }, note: 'one try' },
      { what: 'sets', figure: undefined, unit: 's', note: 'not there' },
    ];
    const lines = [
      'what           figure    target',
      'cold          1235 ms  ≤ 500 ms  over',
      'cold ÷ quick    7.3 ×   ≥ 5.0 ×  ok            one try',
      'sets                –            not measured  not there',
    ];
    expect(tableOf(rows)).to.equal(`${lines.join('\n')}\n`);
  });
});
