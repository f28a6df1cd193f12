import { expect } from 'chai';
import { stepReport } from '../../builders/step-report.ts';
import { inHours, WarmCliBench } from './warm-bench.ts';

const MAJOR = '2.0.0+2.0.0';

describe('ccctl describe ws, get ws', () => {
  let warm: WarmCliBench;

  beforeEach(async () => {
    warm = await WarmCliBench.open();
    await warm.status(
      {
        version: { current: '1.0.0+1.0.0', lastGood: '1.0.0+1.0.0', latest: MAJOR, held: MAJOR },
        nextAction: { what: 'upgrade when the window opens', reason: 'Window', time: inHours(5.5) },
      },
      'Ready=True/Healthy',
      'Healthy=True/Answers',
      `Held=True/NeedsApproval/${MAJOR}: BumpTooBig`,
    );
  });
  afterEach(() => warm.close());

  it('I20 shows the held version with reasons and remedies, and the next action with its time', async () => {
    await warm.judged(stepReport(MAJOR));
    const { code, out } = await warm.ctl('describe', 'ws/shop');
    expect(code).to.equal(0);
    expect(out)
      .to.match(/Held because:\n {2}BumpTooBig 2\.0\.0\+2\.0\.0: .*\n {4}→ Approve the version/)
      .and.match(/Next action: +upgrade when the window opens \(Window\), in 5h/);
  });

  for (const text of ['{', ''])
    it(`T84 goes on where what the gate saw cannot be read: ${JSON.stringify(text)}`, async () => {
      await warm.damageJudged(text);
      const { code, out } = await warm.ctl('describe', 'ws/shop');
      expect(code).to.equal(0);
      expect(out).to.match(/Held because:\n {2}2\.0\.0\+2\.0\.0: BumpTooBig\n/);
    });

  it('lists version, newest, held and health', async () => {
    const { out } = await warm.ctl('get', 'ws');
    const [header, row] = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(header).to.deep.equal(['NAME', 'READY', 'STATUS', 'AGE', 'VERSION', 'NEWEST', 'HELD', 'HEALTH']);
    expect([row?.slice(0, 3), row?.slice(4)]).to.deep.equal([
      ['shop', 'True', 'Held'],
      ['1.0.0+1.0.0', MAJOR, MAJOR, 'Healthy'],
    ]);
  });

  for (const [condition, word] of [
    ['Healthy=False/Failing', 'Unhealthy'],
    ['Healthy=Unknown/NotLooked', 'Unknown'],
    ['Ready=True', 'Unknown'],
  ] as const)
    it(`says ${word} for ${condition}`, async () => {
      await warm.status({}, condition);
      expect((await warm.ctl('get', 'ws', '--no-headers')).out.trim().split(/ {2,}/).at(-1)).to.equal(word);
    });

  it('fits a narrow terminal, the name whole', async () => {
    const { out } = await warm.bench.ctl(['get', 'ws'], { columns: 70, variables: { NO_COLOR: '1' } });
    for (const line of out.trimEnd().split('\n')) expect(line.length).to.be.at.most(70);
    expect(out).to.include('shop');
  });

  it('helps with the commands of warm services', async () => {
    const { out } = await warm.ctl('help');
    for (const verb of ['approve', 'rollback', 'diff'])
      expect(out).to.match(new RegExp(`^ +${verb} (?!.*not served)`, 'm'));
    expect((await warm.ctl('help', 'approve')).out)
      .to.include('--commit <sha>')
      .and.include('ws/<name> <version>');
    expect((await warm.ctl('help', 'rollback')).out).to.include('--to <set>');
    expect((await warm.ctl('help', 'diff')).out).to.include('-o, --output');
  });
});
