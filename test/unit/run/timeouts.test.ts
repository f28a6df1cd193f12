import { expect } from 'chai';
import { startIn, type Timeouts, timeoutsOf } from '../../../controllers/run/steps/timeouts.ts';
import { withDefaults } from '../../../lib/store/spec-codec-validate.ts';

interface Row {
  title: string;
  /** `timeouts` of the Canonical's app. */
  app?: object;
  /** `timeouts` of the Run. */
  run?: object;
  start?: Parameters<typeof timeoutsOf>[2];
  wanted: Partial<Timeouts>;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const ROWS: readonly Row[] = [
  { title: 'without anything are the defaults', wanted: { deploy: 10 * MINUTE, health: 5 * MINUTE } },
  {
    title: 'are the label of the recipe, for deploy and health together',
    start: { timeoutMs: 900 * SECOND, startPeriodMs: 0, deployTookMs: 100 * SECOND },
    wanted: { deploy: 900 * SECOND, health: 800 * SECOND },
  },
  {
    title: 'are the label also where it is short',
    start: { timeoutMs: 20 * SECOND, startPeriodMs: 0 },
    wanted: { deploy: 20 * SECOND, health: 20 * SECOND },
  },
  {
    title: 'are longer by the start period, with the label and without',
    start: { startPeriodMs: 20 * MINUTE },
    wanted: { deploy: 10 * MINUTE, health: 25 * MINUTE },
  },
  {
    title: 'are longer by the start period than the label',
    start: { timeoutMs: 60 * SECOND, startPeriodMs: 30 * SECOND, deployTookMs: 10 * SECOND },
    wanted: { deploy: 60 * SECOND, health: 80 * SECOND },
  },
  {
    title: 'leave something to look at the app with, however long the deploy took',
    start: { timeoutMs: 60 * SECOND, startPeriodMs: 0, deployTookMs: 60 * SECOND },
    wanted: { health: 5 * SECOND },
  },
  {
    title: 'are those of the Canonical where it gives them, whatever the recipe asks for',
    app: { deploy: '1m', health: '2m' },
    start: { timeoutMs: 900 * SECOND, startPeriodMs: 900 * SECOND },
    wanted: { deploy: MINUTE, health: 2 * MINUTE },
  },
  {
    title: 'are those of the Run where it gives them',
    app: { health: '2m' },
    run: { health: '3m' },
    start: { timeoutMs: 900 * SECOND, startPeriodMs: 0 },
    wanted: { deploy: 900 * SECOND, health: 3 * MINUTE },
  },
  {
    title: 'of the deploy given alone is no part of the label',
    run: { deploy: '1m' },
    start: { timeoutMs: 900 * SECOND, startPeriodMs: 0, deployTookMs: 50 * SECOND },
    wanted: { deploy: MINUTE, health: 900 * SECOND },
  },
];

describe('the deadlines of deploy and health', () => {
  for (const { title, app, run, start, wanted } of ROWS) {
    it(title, () => {
      const spec = withDefaults('Run', { recipe: 'notes', ...(run ? { timeouts: run } : {}) });
      const canonical = withDefaults('Canonical', {
        app: { recipe: 'notes', ...(app ? { timeouts: app } : {}) },
      });
      expect(timeoutsOf(spec, { app: canonical.app, ci: canonical.ci, spec }, start)).to.include(wanted);
    });
  }

  it('have all of the label where services are started again without a deploy', () => {
    const start = { timeoutMs: 60 * SECOND, startPeriodMs: 0, deployTookMs: 10 * SECOND };
    expect(startIn('Upgrade', { start })).to.deep.equal(start);
    expect(startIn('Restore', { start })).to.deep.equal({ ...start, deployTookMs: 0 });
  });
});
