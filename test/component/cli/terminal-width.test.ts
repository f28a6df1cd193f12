import { expect } from 'chai';
import { CliBench } from './cli-bench.ts';

const WIDTHS = [60, 80, 160];

describe('what ccctl says on a terminal', () => {
  let bench: CliBench;
  const key = { kind: 'Run', name: 'a-run-with-a-name' } as const;

  before(async () => {
    bench = await CliBench.open();
    await bench.run(key.name);
    await bench.run('bad', 'recpie: x, mode: Sometimes');
    await bench.store.sync();
    const message = 'app exited 3 times, the last time with "no such table: people" on its way to the front page';
    await bench.store.event(key, { type: 'Warning', reason: 'InfraFault', message });
    await bench.store.event(key, { type: 'Normal', reason: 'AttemptStarted', message: 'attempt 1' });
  });
  after(() => bench.close());

  const applied =
    'apiVersion: cc-ci/v1\nkind: Run\nmetadata: { name: b, uid: u-1 }\nspec: { recipe: notes }\nstatus: {}\n';
  for (const [words, stdin] of [
    [['events']],
    [['events', '--for', `run/${key.name}`]],
    [['validate']],
    [['explain', 'run.spec']],
    [['explain', 'run', '--recursive']],
    [['explain', 'reason/CrashLoop']],
    [['explain', 'run.holdOnFailure']],
    [['apply', '--dry-run', '-f', '-'], applied],
    [['get', 'runs']],
    [['get', 'no-such-kind']],
    [['describe', 'run/a-run-that-nobody-ever-made-nor-asked-for-but-here']],
  ] as [string[], string?][]) {
    it(`${words.join(' ')}: no line is wider than that, and no word is lost`, async () => {
      const said = async (columns?: number) => {
        const { out, err } = await bench.ctl(words, {
          variables: { NO_COLOR: '1' },
          ...(columns && { columns }),
          ...(stdin && { stdin }),
        });
        return out + err;
      };
      const whole = await said();
      expect(whole).not.to.equal('');
      for (const columns of WIDTHS) {
        const folded = await said(columns);
        for (const line of folded.split('\n')) expect(line.length, line).to.be.at.most(columns);
        // A path that is longer than a line is cut where the line ends; a table is made narrower.
        if (words[0] !== 'get') expect(folded.replace(/\s+/g, '')).to.equal(whole.replace(/\s+/g, ''));
      }
    });
  }

  it('events stand in columns, a warning in its colour, and what is long goes on below', async () => {
    const plain = await bench.ctl(['events', '--for', `run/${key.name}`]);
    expect(plain.out).to.match(/^\S+Z {2}Warning {2}run\/a-run-with-a-name {2}InfraFault {6}app exited .*$/m);
    expect(plain.out).to.match(/^\S+Z {2}Normal {3}run\/a-run-with-a-name {2}AttemptStarted {2}attempt 1$/m);
    const { out } = await bench.ctl(['events', '--for', `run/${key.name}`], { columns: 80 });
    expect(out).to.match(/^\S+Z {2}\u001b\[33mWarning\u001b\[39m {2}run/m);
    expect(out.split('\n')[1]).to.match(/^ {2}\S/);
  });

  it('a note names its field once, and goes on below the words of the program', async () => {
    const { err } = await bench.ctl(['apply', '--dry-run', '-f', '-'], { columns: 60, stdin: applied });
    expect(err).to.include('metadata.uid: is kept by the');
    expect(err).to.match(/^ccctl: note: <stdin>:3:22: .*\n {7}\S/m);
  });
});
