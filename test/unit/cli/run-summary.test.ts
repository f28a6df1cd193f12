import { expect } from 'chai';
import { outcomeOf } from '../../../controllers/run/attempt.ts';
import type { RunStatus } from '../../../lib/api/generated/types.ts';
import { runSections } from '../../../lib/cli/print/describe-run.ts';
import { runSummary } from '../../../lib/cli/print/run-summary.ts';

function statusOf(status: 'True' | 'False' | 'Unknown', reason: string, message: string, of: object = {}): RunStatus {
  return { conditions: [{ type: 'Succeeded', status, reason, message }], ...of } as unknown as RunStatus;
}

describe('runSummary', () => {
  const crash = 'Install: service app: ends again and again; its last words: Error: no key. Check the label. Twice';
  const red = statusOf('False', 'Failed', crash, { level: 0, blame: 'Recipe' });

  it('is the cause in one sentence, with level and blame', () => {
    const summary = runSummary(red);
    expect(summary).to.contain('Install').and.to.contain('Error: no key').and.to.contain('level 0');
    expect(summary).to.contain('Recipe').and.to.not.contain('Check the label');
    expect(summary).to.not.contain('\n');
  });

  it('never lets a quick answer read as one that counts', () => {
    const quick = { mode: 'Quick', confidence: 'Low' };
    expect(runSummary(statusOf('False', 'Failed', crash, quick))).to.include('[quick run, low confidence]');
    expect(runSummary(statusOf('True', 'Passed', 'level 5', { mode: 'Cold' }))).to.not.include('confidence');
    const stages = [{ name: 'Upgrade', result: 'Passed' }] as const;
    const said = outcomeOf(stages, { mode: 'Quick', ci: {} } as never).message;
    expect(said).to.include('quick run').and.to.include('low confidence');
    expect(runSummary(statusOf('True', 'Passed', said, quick))).to.equal(`passed, ${said}`);
  });

  it('is the line of describe', () => {
    const options = { nowMs: 0, colours: {} as never };
    const result = runSections({ recipe: 'notes' } as never, red, options).find(({ title }) => title === 'Result');
    expect(result?.lines.join('\n')).to.contain(runSummary(red));
  });

  it('names what failed beside it: the first may not be the worst', () => {
    const stages = [
      { name: 'Lint', result: 'Failed', reason: 'LintErrors' },
      { name: 'Install', result: 'Failed', reason: 'CrashLoop' },
      { name: 'Upgrade', result: 'Skipped', reason: 'InstallFailed' },
    ];
    const summary = runSummary(statusOf('False', 'Failed', 'Lint: C001 no file is there. Add it', { stages }));
    expect(summary).to.contain('C001 no file is there').and.contain('Install').and.contain('CrashLoop');
    expect(summary).to.not.contain('Upgrade').and.to.not.contain('Add it');
  });

  it('keeps both ends of a long cause: what an app said last is at its end', () => {
    const message = `Install: service app: ${'x'.repeat(2_000)}; its last words: no such key`;
    expect(runSummary(statusOf('False', 'Failed', message)))
      .to.contain('service app')
      .and.contain('no such key');
  });

  it('names the stage in which the time was over', () => {
    const stages = [
      { name: 'Lint', result: 'Passed' },
      { name: 'Install', result: 'Interrupted' },
    ];
    expect(runSummary(statusOf('False', 'TimedOut', 'the time is over', { stages }))).to.contain('Install');
    const named = runSummary(statusOf('False', 'TimedOut', 'the time is over, in stage Install', { stages }));
    expect(named?.split('Install'), 'once').to.have.lengthOf(2);
  });

  it('tells why the tests were red beside what could not be removed', () => {
    const stages = [
      { name: 'Upgrade', result: 'Failed', message: 'no page' },
      { name: 'Teardown', result: 'Failed' },
    ];
    const summary = runSummary(
      statusOf('False', 'TeardownFailed', 'still there: volume x', { stages, verdict: 'Failed' }),
    );
    expect(summary).to.contain('volume x').and.to.contain('Upgrade').and.to.contain('no page');
  });

  it('of a green run says level and what caps it, and a promotion that took place', () => {
    const green = statusOf('True', 'Passed', 'level 2, capped by Restore Unverified', {
      promotion: { result: 'Promoted' },
    });
    expect(runSummary(green)).to.contain('capped by Restore').and.to.contain('Promoted');
  });

  it('is none while a run goes on', () => {
    expect(runSummary(statusOf('Unknown', 'Running', 'testing'))).to.equal(undefined);
    expect(runSummary(undefined)).to.equal(undefined);
  });

  it('keeps one line, of a bounded length, whatever the message holds', () => {
    const summary = runSummary(statusOf('False', 'Failed', `Install: a\nb ${'x'.repeat(5_000)}`)) ?? '';
    expect(summary).to.have.length.within(100, 500);
    expect(summary).to.not.contain('\n');
  });
});
