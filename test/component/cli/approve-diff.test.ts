import { expect } from 'chai';
import { stepReport } from '../../builders/step-report.ts';
import { WarmCliBench } from './warm-bench.ts';

const MAJOR = '2.0.0+2.0.0';
const NEXT = '3.0.0+3.0.0';
const SEEN = 'b'.repeat(40);

describe('ccctl approve', () => {
  let warm: WarmCliBench;

  beforeEach(async () => {
    warm = await WarmCliBench.open();
    await warm.judged(stepReport(NEXT, { to: { version: NEXT, commit: 'd'.repeat(40) } }), stepReport(MAJOR));
    await warm.status({ version: { lastGood: '1.0.0+1.0.0', held: NEXT } });
  });
  afterEach(() => warm.close());

  it('asks for the version at the commit that the gate saw, and says what came of it', async () => {
    await warm.serve('Done', 'may be deployed');
    const { code, out } = await warm.ctl('approve', 'ws/shop', MAJOR);
    expect([code, out]).to.deep.equal([0, 'warmservice/shop approve done: may be deployed\n']);
    expect(warm.asked).to.deep.equal([{ approve: { version: MAJOR, commit: SEEN } }]);
  });

  it('takes the kind and the name as two words, too', async () => {
    await warm.serve('Done');
    expect((await warm.ctl('approve', 'ws', 'shop', MAJOR)).code).to.equal(0);
    expect(warm.asked).to.deep.equal([{ approve: { version: MAJOR, commit: SEEN } }]);
  });

  it('1 where the controller refuses: the tag has moved', async () => {
    await warm.serve('Refused', `${MAJOR} is cccccccccc now`);
    const { code, err } = await warm.ctl('approve', 'ws/shop', MAJOR);
    expect(code).to.equal(1);
    expect(err).to.include('is cccccccccc now');
  });

  for (const given of ['bbbbbbb', 'BBBBBBBBBB', SEEN])
    it(`--commit ${given}: what was looked at is what the gate saw`, async () => {
      await warm.serve('Done');
      await warm.ctl('approve', 'ws/shop', MAJOR, '--commit', given);
      expect(warm.asked).to.deep.equal([{ approve: { version: MAJOR, commit: SEEN } }]);
    });

  it('--commit in full is left to the controller, also for a version that the gate has not seen', async () => {
    await warm.serve('Done');
    await warm.damageJudged('{');
    await warm.ctl('approve', 'ws/shop', '9.0.0+9', '--commit', 'c'.repeat(40));
    expect(warm.asked).to.deep.equal([{ approve: { version: '9.0.0+9', commit: 'c'.repeat(40) } }]);
  });

  for (const [what, words, code, said] of [
    ['no version', ['ws/shop'], 2, `Held: ${NEXT}, ${MAJOR}.`],
    ['no object', [], 2, 'name what to look at'],
    ['two versions', ['ws/shop', MAJOR, NEXT], 2, 'one word too many'],
    ['a misspelt version', ['ws/shop', '2.0.0+2.0.1'], 3, `Did you mean ${MAJOR}?`],
    ['a version far from all', ['ws/shop', 'latest'], 3, `Held: ${NEXT}, ${MAJOR}.`],
    ['another commit than was seen', ['ws/shop', MAJOR, '--commit', 'ccccccc'], 1, 'ccctl reconcile ws/shop'],
    ['what is no commit', ['ws/shop', MAJOR, '--commit', 'main'], 2, 'is not a commit id'],
    ['too little of a commit', ['ws/shop', MAJOR, '--commit', 'bbb'], 2, 'is not a commit id'],
    ['another kind', ['run/x', MAJOR], 2, 'has no versions to approve'],
    ['a name that is not there', ['ws/shops', MAJOR], 3, 'Did you mean warmservice/shop?'],
  ] as const)
    it(`${code} for ${what}, and nothing is asked for`, async () => {
      const result = await warm.ctl('approve', ...words);
      expect(result.code).to.equal(code);
      expect(result.err).to.include(said);
      expect(await warm.dropped()).to.deep.equal([]);
    });

  it('without a controller it is queued', async () => {
    await warm.bench.heartbeat(60_000);
    expect((await warm.ctl('approve', 'ws/shop', MAJOR)).out).to.include('approve queued');
    expect(await warm.dropped()).to.have.length(1);
  });

  it('T84 3 where what the gate saw cannot be read, with how to get it anew', async () => {
    await warm.damageJudged('{"format":1,"reports":[{}]}');
    const { code, err } = await warm.ctl('approve', 'ws/shop', MAJOR);
    expect(code).to.equal(3);
    expect(err).to.include('judged.json').and.include('ccctl reconcile ws/shop');
  });
});

describe('ccctl diff', () => {
  let warm: WarmCliBench;

  beforeEach(async () => {
    warm = await WarmCliBench.open();
    await warm.status({ version: { lastGood: '1.0.0+1.0.0', latest: NEXT, held: MAJOR } });
  });
  afterEach(() => warm.close());

  const allowed = stepReport(NEXT, { verdict: { result: 'Allowed', findings: [] }, changes: [], notes: [] });

  it('shows the held version, its reasons and remedies, changes and notes: 1', async () => {
    await warm.judged(allowed, stepReport(MAJOR));
    const { code, out } = await warm.ctl('diff', 'ws/shop');
    expect(code).to.equal(1);
    for (const part of [`To:    ${MAJOR}`, 'BumpTooBig', '→ Approve', 'shop:1 → shop:2', 'Attention: read this.'])
      expect(out).to.include(part);
  });

  it('shows another one that is named', async () => {
    await warm.judged(allowed, stepReport(MAJOR));
    const { code, out } = await warm.ctl('diff', 'ws', 'shop', NEXT);
    expect(code, 'there is nothing to tell of it').to.equal(0);
    expect(out).to.include(NEXT);
  });

  it('shows the newest where none is held, whatever the order of the file', async () => {
    await warm.status({ version: { lastGood: '1.0.0+1.0.0' } });
    await warm.judged(stepReport('1.2.0+1'), stepReport('1.10.0+1'), stepReport('1.9.0+1'));
    expect((await warm.ctl('diff', 'ws/shop')).out).to.include('1.10.0+1');
  });

  it('a new key of the sample alone is a difference', async () => {
    await warm.judged({ ...allowed, newKeys: ['SMTP_HOST'] });
    expect((await warm.ctl('diff', 'ws/shop')).code).to.equal(1);
  });

  for (const prepare of ['no look yet', 'nothing newer'])
    it(`0 where there was ${prepare}`, async () => {
      if (prepare === 'nothing newer') await warm.judged();
      const { code, out, err } = await warm.ctl('diff', 'ws/shop');
      expect([code, out]).to.deep.equal([0, '']);
      expect(err).to.include('nothing newer');
    });

  it('names what is newer and in quarantine: the gate was not asked', async () => {
    const failed = { version: NEXT, commit: 'e'.repeat(40), reason: 'CrashLoop', until: '2030-01-08T00:00:00.000Z' };
    await warm.status({ version: { lastGood: '1.0.0+1.0.0', latest: NEXT }, quarantine: [failed] });
    await warm.judged();
    const { code, err } = await warm.ctl('diff', 'ws/shop');
    expect(code).to.equal(0);
    expect(err).to.include(NEXT);
  });

  it('says that it is of a look before the last upgrade', async () => {
    await warm.judged(stepReport(MAJOR, { from: { version: '0.9.0+1', commit: 'e'.repeat(40) } }));
    expect((await warm.ctl('diff', 'ws/shop')).err).to.include('before 1.0.0+1.0.0');
  });

  it('-o json and yaml give the whole report, a path a part of it', async () => {
    await warm.judged(stepReport(MAJOR));
    const { code, out } = await warm.ctl('diff', 'ws/shop', '-o', 'json');
    expect(code).to.equal(1);
    const document = JSON.parse(out) as Record<string, unknown>;
    expect(document).to.deep.include({ kind: 'StepReport', metadata: { name: 'shop' }, ...stepReport(MAJOR) });
    expect((await warm.ctl('diff', 'ws/shop', '-o', 'yaml')).out).to.match(
      /^apiVersion: cc-ci\/v1\nkind: StepReport\n/,
    );
    expect((await warm.ctl('diff', 'ws/shop', '-o', 'jsonpath={.verdict.result}')).out).to.equal('Held');
  });

  it('works without the controller, and says so', async () => {
    await warm.judged(stepReport(MAJOR));
    await warm.bench.heartbeat(60_000);
    warm.bench.alive = false;
    const { code, err } = await warm.ctl('diff', 'ws/shop');
    expect(code).to.equal(1);
    expect(err).to.include('not running');
  });

  for (const [what, text] of [
    ['empty', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['of another format', '{"format":2,"reports":[]}'],
    ['without reports', '{"format":1}'],
    ['with a report that is none', '{"format":1,"reports":[null]}'],
    ['with a reason that nobody knows', JSON.stringify({ format: 1, reports: [withCode('Nonsense')] })],
    ['with a reason of every object', JSON.stringify({ format: 1, reports: [withCode('constructor')] })],
    ['with a change that nobody knows', JSON.stringify({ format: 1, reports: [withChange('Moved')] })],
  ] as const)
    it(`T84 3, never 0 or 1, for a file that is ${what}`, async () => {
      await warm.damageJudged(text);
      const { code, out, err } = await warm.ctl('diff', 'ws/shop');
      expect([code, out]).to.deep.equal([3, '']);
      expect(err).to.include('judged.json').and.include('ccctl reconcile ws/shop');
    });

  for (const [what, words, code, said] of [
    ['a misspelt version', ['ws/shop', '2.0.0+2.0.1'], 3, `Did you mean ${MAJOR}?`],
    ['a version far from all', ['ws/shop', 'latest'], 3, `Seen at the last look: ${MAJOR}.`],
    ['another kind', ['can/notes'], 2, 'has no versions to compare'],
    ['too many words', ['ws/shop', MAJOR, NEXT], 2, 'one word too many'],
    ['a form for lists', ['ws/shop', '-o', 'name'], 2, 'no output form'],
  ] as const)
    it(`${code} for ${what}`, async () => {
      await warm.judged(stepReport(MAJOR));
      const result = await warm.ctl('diff', ...words);
      expect(result.code).to.equal(code);
      expect(result.err).to.include(said);
    });

  it('T90 what a recipe wrote cannot steer the terminal', async () => {
    const hostile = '\u001b[2Jevil\u202e';
    await warm.judged(
      stepReport(MAJOR, {
        changes: [{ part: 'Image', name: hostile, change: 'Added', after: hostile }],
        newKeys: [hostile],
        notes: [{ name: hostile, text: hostile, state: 'Whole' }],
      }),
    );
    for (const form of [[], ['-o', 'json'], ['-o', 'yaml']]) {
      const { out } = await warm.ctl('diff', 'ws/shop', ...form);
      expect(out)
        .to.include('evil')
        .and.not.match(/[\u001b\u202e]/);
    }
  });
});

function withCode(code: string): object {
  const { verdict } = stepReport(MAJOR);
  return { ...stepReport(MAJOR), verdict: { ...verdict, findings: [{ ...verdict.findings[0], code }] } };
}

function withChange(change: string): object {
  return { ...stepReport(MAJOR), changes: [{ part: 'Image', name: 'app', change }] };
}
