import { expect } from 'chai';
import type { StageReason } from '../../../lib/api/index.ts';
import { blameOf } from '../../../lib/run-record/blame.ts';
import { FAULT_RULES, faultRule, INFRA_TRIES } from '../../../lib/run-record/fault-rules.ts';

const CODES = Object.keys(FAULT_RULES) as (keyof typeof FAULT_RULES)[];

describe('T100 the blame of an error', () => {
  for (const code of CODES.filter((one) => FAULT_RULES[one].tries === 1 && one !== 'Aborted')) {
    it(`${code}: ends a stage, whose reason keeps the blame`, () => {
      const { reason, blame } = faultRule(code);
      expect(blameOf(reason as StageReason)).to.equal(blame);
    });
  }

  it('is the infrastructure’s exactly where it is tried again, three times in all', () => {
    for (const code of CODES) {
      const { blame, tries } = faultRule(code);
      expect(tries === INFRA_TRIES, code).to.equal(blame === 'Infra');
    }
    expect(INFRA_TRIES).to.equal(3);
  });

  it('is the machine’s where the error is none of ours, and nobody’s where somebody wanted it', () => {
    expect(faultRule(undefined)).to.include({ blame: 'Infra', tries: INFRA_TRIES });
    expect(faultRule('Aborted').blame).to.equal(undefined);
  });

  it('has something to do about each', () => {
    for (const code of CODES) expect(faultRule(code).remedy, code).to.match(/^[A-Z].*\.$/);
  });
});
