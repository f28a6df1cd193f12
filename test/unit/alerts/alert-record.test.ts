import { expect } from 'chai';
import fc from 'fast-check';
import { ALERT_REASONS, alertDocument, isAlertId } from '../../../lib/alerts/alert.ts';
import { isAlertRecord } from '../../../lib/alerts/alert-record.ts';
import { bounded, boundedText } from '../../../lib/alerts/bounded.ts';
import { anAlert } from '../../builders/alert.ts';

const whole = anAlert({
  facts: {
    attempted: { version: '2.0.0+26.1.0', commit: 'c' },
    lastGood: { version: '1.0.0+26.0.0', commit: 'b' },
    recovered: true,
    reason: 'Unhealthy',
    lossWindow: { from: '2030-01-01T00:00:00Z', to: '2030-01-01T00:01:00Z' },
    failedSet: 'set-1',
    held: [{ code: 'MajorBump', message: 'x' }],
    notes: [{ version: '2.0.0+26.1.0', text: 'x' }],
  },
  recovers: ['op-0'],
  reminds: { id: 'op-0', muted: 3 },
  deliveries: [
    {
      sink: 'webhook-1',
      name: 'webhook https://hooks.example.org',
      failures: 0,
      deliveredTime: '2030-01-01T00:00:01Z',
    },
    {
      sink: 'command-1',
      name: 'command notify',
      failures: 2,
      lastFailure: { time: '2030-01-01T00:00:01Z', message: 'x' },
    },
  ],
});

describe('the file of an alert', () => {
  it('is one: the least and the most that it may hold', () => {
    expect(isAlertRecord(anAlert(), 'op-1')).to.equal(true);
    expect(isAlertRecord(JSON.parse(JSON.stringify(whole)), 'op-1')).to.equal(true);
  });

  it('each reason may stand in one', () => {
    for (const [reason, severity] of Object.entries(ALERT_REASONS))
      expect(isAlertRecord({ ...anAlert(), reason, severity }, 'op-1'), reason).to.equal(true);
  });

  const wrong: readonly [string, unknown][] = [
    ['nothing', {}],
    ['a list', []],
    ['null', null],
    ['another id', { ...whole, id: 'op-2' }],
    ['a reason that does not exist', { ...whole, reason: 'Boredom' }],
    ['a reason by inheritance', { ...whole, reason: 'toString' }],
    ['a severity that does not exist', { ...whole, severity: 'Loud' }],
    ['no time', { ...whole, time: 'yesterday' }],
    ['a kind that does not exist', { ...whole, object: { ...whole.object, kind: 'Alert' } }],
    ['an object without uid', { ...whole, object: { kind: 'Run', name: 'x' } }],
    ['facts of another form', { ...whole, facts: { attempted: 'v2' } }],
    ['notes that are none', { ...whole, facts: { notes: [1] } }],
    ['rules that are no list', { ...whole, facts: { held: { code: 'A', message: '' } } }],
    ['deliveries that are none', { ...whole, deliveries: [null] }],
    ['a delivery at no time', { ...whole, deliveries: [{ sink: 's', name: 'n', failures: 0, deliveredTime: 'soon' }] }],
    ['a count below nothing', { ...whole, deliveries: [{ sink: 's', name: 'n', failures: -1 }] }],
    ['what it recovers as a text', { ...whole, recovers: 'op-0' }],
    ['a reminder of nothing', { ...whole, reminds: {} }],
  ];
  for (const [title, value] of wrong) {
    it(`T84 is none with ${title}`, () => {
      expect(isAlertRecord(value, 'op-1')).to.equal(false);
    });
  }

  it('T84 whatever JSON it holds, looking at it does not fail', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(isAlertRecord(value, 'op-1')).to.equal(false);
      }),
    );
    const part = fc.constantFrom(...Object.keys(whole));
    fc.assert(
      fc.property(part, fc.jsonValue(), (name, value) => {
        expect(isAlertRecord({ ...whole, [name]: value }, 'op-1')).to.be.a('boolean');
      }),
    );
  });

  it('T82 an id names a file and nothing else', () => {
    for (const id of ['op-1', '7f8e', 'a.b_c-1']) expect(isAlertId(id), id).to.equal(true);
    for (const id of ['', '.', '..', '../x', 'a/b', '.hidden', '-x', 'a\n', 'a\0', 'é', 'a'.repeat(129)])
      expect(isAlertId(id), id).to.equal(false);
  });

  it('goes out as a document of the API, without how it was delivered', () => {
    const { deliveries: _, id, time, ...parts } = whole;
    const metadata = { name: id, creationTimestamp: time };
    expect(alertDocument(whole)).to.deep.equal({ apiVersion: 'cc-ci/v1', kind: 'Alert', metadata, ...parts });
    expect(alertDocument(anAlert())).to.not.have.any.keys('recovers', 'reminds');
  });
});

describe('texts of an alert', () => {
  it('are cut, and say so', () => {
    const { message, facts } = bounded({
      message: 'x'.repeat(1e6),
      facts: { notes: Array.from({ length: 500 }, () => ({ version: '1', text: 'long '.repeat(10_000) })) },
    });
    expect(message)
      .to.have.length(4096)
      .and.satisfy((text: string) => text.endsWith('…'));
    expect(facts.notes).to.have.length(20);
    expect(JSON.stringify(facts).length).to.be.below(100_000);
  });

  it('T88 hold no password of a URL, wherever they are cut', () => {
    for (const lead of [0, 10, 4070, 4080, 4090, 8160, 8180, 8190, 20_000]) {
      const text = `${' '.repeat(lead)}https://bot:hunter22@git.example.org/x`;
      expect(bounded(text), String(lead)).to.not.match(/hun/);
    }
    const shrinks = `https://x:${'p'.repeat(6_000)}@a.example.org/ `;
    for (let fill = 2_100; fill < 2_200; fill += 3)
      expect(bounded(`${shrinks}${' '.repeat(fill)}https://bot:hunter22@git.example.org/x`)).to.not.match(/hun/);
    expect(bounded({ a: ['https://bot:hunter22@git.example.org/x'] })).to.deep.equal({
      a: ['https://***@git.example.org/x'],
    });
  });

  it('are cut between characters', () => {
    expect(boundedText('ab😀cd', 4)).to.equal('ab…');
    expect(boundedText('ab😀cd', 5)).to.equal('ab😀…');
  });

  it('are the same again when they are bounded again, and well formed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', '😀', 'é', '@', 'https://', '\ud83d'), maxLength: 60 }),
        fc.integer({ min: 2, max: 40 }),
        (text, most) => {
          const once = boundedText(text, most);
          expect(once.length).to.be.at.most(most);
          expect(boundedText(once, most)).to.equal(once);
          if (text.isWellFormed()) expect(once.isWellFormed()).to.equal(true);
        },
      ),
    );
  });
});
