import { expect } from 'chai';
import type { RunStatus, StageResult } from '../../../lib/api/generated/types.ts';
import type { CliEnvironment, TextOutput } from '../../../lib/cli/environment.ts';
import { NO_COLOURS } from '../../../lib/cli/print/colours.ts';
import { stageChanges, stageRows } from '../../../lib/cli/print/stages.ts';
import { loadTextWidth, textWidth } from '../../../lib/cli/print/table.ts';
import { stageView } from '../../../lib/cli/stage-view.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const NOW = Date.UTC(2030, 0, 1);
const at = (ms: number): string => new Date(NOW + ms).toISOString();
const plain = { nowMs: NOW, colours: NO_COLOURS, width: undefined };

const STAGES: StageResult[] = [
  { name: 'Prepare', result: 'Passed', startTime: at(-60_000), endTime: at(-58_000) },
  {
    name: 'Install',
    result: 'Failed',
    reason: 'CrashLoop',
    message: 'exited\n3 times',
    service: 'app',
    exitCode: 1,
    startTime: at(-58_000),
    endTime: at(-50_000),
  },
  { name: 'Upgrade', result: 'Running', startTime: at(-5000) },
  { name: 'Custom', result: 'Pending' },
];

function run(stages: StageResult[], reason = 'Running'): RunStatus {
  const condition = {
    type: 'Succeeded' as const,
    status: 'Unknown' as const,
    reason,
    message: '',
    lastTransitionTime: at(0),
    observedGeneration: 1,
  };
  return { observedGeneration: 1, conditions: [condition], stages };
}

describe('stageRows', () => {
  before(loadTextWidth);

  it('one line per stage with result, time and what went wrong', () => {
    const rows = stageRows(STAGES, plain);
    expect(rows).to.have.length(4);
    expect(rows[0]).to.match(/^✔ Prepare {2}Passed +2\.0s$/);
    expect(rows[1]).to.match(/^✘ Install {2}Failed +8\.0s {2}CrashLoop: exited 3 times \(service app, exit 1\)$/);
    expect(rows[2]).to.match(/^▶ Upgrade {2}Running +5\.0s$/);
    expect(rows[3]).to.match(/^· Custom +Pending$/);
  });

  it('fits the terminal, so that redrawing never leaves lines behind', () => {
    const rows = stageRows([{ name: 'Custom', result: 'Failed', message: '日本'.repeat(100) }], {
      ...plain,
      width: 40,
    });
    expect(textWidth(rows[0]!)).to.be.below(40);
  });
});

describe('stageChanges', () => {
  it('says what changed since the last look only', () => {
    const before: StageResult[] = [
      { name: 'Prepare', result: 'Passed' },
      { name: 'Install', result: 'Running' },
    ];
    const lines = stageChanges(before, STAGES, NOW);
    expect(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).to.deep.equal([
      'Install Failed',
      'Upgrade Running',
    ]);
    expect(stageChanges(STAGES, STAGES, NOW)).to.deep.equal([]);
  });
});

describe('stageView', () => {
  function environment(options: { isTty: boolean; variables?: Record<string, string> }): {
    env: CliEnvironment;
    text: () => string;
  } {
    let text = '';
    const stderr: TextOutput = {
      write: (part) => {
        text += part;
      },
      isTty: options.isTty,
      columns: options.isTty ? 60 : undefined,
    };
    const env = {
      stderr,
      stdout: stderr,
      clock: new FakeClock(NOW),
      variables: options.variables ?? {},
    } as unknown as CliEnvironment;
    return { env, text: () => text };
  }

  it('on a terminal: draws over the rows drawn before and shows the cursor again', () => {
    const { env, text } = environment({ isTty: true });
    const view = stageView(env);
    view.show(run(STAGES));
    view.show(run(STAGES));
    view.end();
    expect(text().split('\u001b[A').length - 1, 'as many lines up as were drawn').to.equal(5);
    expect(text().endsWith('\u001b[?25h')).to.equal(true);
  });

  it('off a terminal: one plain line per change', () => {
    const { env, text } = environment({ isTty: false });
    const view = stageView(env);
    view.show(run([], 'Pending'));
    view.show(run([], 'Pending'));
    view.show(run(STAGES));
    view.show(run(STAGES));
    view.end();
    expect(text()).not.to.include('\u001b');
    expect(
      text()
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).to.deep.equal(['Pending', 'Prepare', 'Install', 'Upgrade']);
  });

  it('a dumb terminal gets plain lines', () => {
    const { env, text } = environment({ isTty: true, variables: { TERM: 'dumb' } });
    const view = stageView(env);
    view.show(run(STAGES));
    view.end();
    expect(text()).not.to.include('\u001b');
  });
});
