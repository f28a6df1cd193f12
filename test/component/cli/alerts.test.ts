import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { AlertFiles } from '../../../lib/alerts/alert-files.ts';
import { isAlertRecord } from '../../../lib/alerts/alert-record.ts';
import { anAlert } from '../../builders/alert.ts';
import { CliBench, eventually } from './cli-bench.ts';

const ESC = '\u001b';

describe('ccctl get alerts, ccctl describe alert/ID', () => {
  let bench: CliBench;
  let files: AlertFiles;

  const delivered = {
    sink: 'webhook-1',
    name: 'webhook https://hooks.example.org',
    failures: 1,
    deliveredTime: '2030-01-02T00:00:00.000Z',
  };
  const lastFailure = { time: '2030-01-01T00:00:00.000Z', message: `command notify ended with 3: ${ESC}[2Jno route` };
  const failing = { sink: 'command-1', name: 'command notify', failures: 7, lastFailure };
  const rolledBack = anAlert({
    id: 'op-rolled-back',
    time: '2030-01-03T00:00:00.000Z',
    message: `rolled back${ESC}[31m\nfor good`,
    facts: {
      attempted: { version: '2.0.0+26.1.0', commit: 'cccc' },
      lastGood: { version: '1.0.0+26.0.0', commit: 'bbbb' },
      recovered: true,
      reason: 'Unhealthy',
      lossWindow: { from: '2030-01-01T00:00:00Z', to: '2030-01-01T00:05:00Z' },
      failedSet: 'set-7',
    },
    deliveries: [delivered, failing],
  });
  const held = anAlert({
    id: 'held-1',
    time: '2030-01-02T00:00:00.000Z',
    reason: 'UpgradeHeld',
    facts: {
      held: [{ code: 'MajorBump', message: 'from 1.0.0 to 2.0.0' }],
      notes: [{ version: '2.0.0+26.1.0', text: `Run the migration.\n${ESC}]0;owned\u0007Then look.\n` }],
    },
  });
  const recovered = anAlert({
    id: 'op-recovered',
    time: '2030-01-04T00:00:00.000Z',
    severity: 'Info',
    reason: 'Recovered',
    recovers: ['op-rolled-back'],
  });

  before(async () => {
    bench = await CliBench.open();
    files = new AlertFiles(bench.state);
    for (const alert of [rolledBack, held, recovered]) await files.create(alert);
    await files.markSeen('op-recovered');
  });
  after(() => bench.close());

  const rows = (text: string): string[][] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));

  it('lists them, the newest first', async () => {
    const { code, out } = await bench.ctl(['get', 'alerts']);
    expect(code).to.equal(0);
    const [header, ...lines] = rows(out);
    expect(header).to.deep.equal(['NAME', 'SEVERITY', 'REASON', 'OBJECT', 'STATUS', 'DELIVERED', 'AGE']);
    expect(lines.map((line) => line.slice(0, 6))).to.deep.equal([
      ['op-recovered', 'Info', 'Recovered', 'ws/keycloak', 'Delivered', '-'],
      ['op-rolled-back', 'Warning', 'UpgradeRolledBack', 'ws/keycloak', 'Failing', '1/2'],
      ['held-1', 'Warning', 'UpgradeHeld', 'ws/keycloak', 'Pending', '-'],
    ]);
  });

  it('-o wide adds the message, on one line, and what took it back', async () => {
    const { out } = await bench.ctl(['get', 'alert', '-o', 'wide', '--no-headers']);
    expect(out.split('\n').filter((line) => line !== '')).to.have.length(3);
    expect(out).to.match(/op-rolled-back .* op-recovered +rolled back\S* for good/);
  });

  it('-o name, -o json, -o yaml, -o jsonpath, --sort-by', async () => {
    const names = await bench.ctl(['get', 'alerts', '-o', 'name', '--sort-by', '.metadata.creationTimestamp']);
    expect(names.out).to.equal('alert/held-1\nalert/op-rolled-back\nalert/op-recovered\n');
    const list = JSON.parse((await bench.ctl(['get', 'alerts', '-o', 'json'])).out) as {
      kind: string;
      items: unknown[];
    };
    expect(list.kind).to.equal('List');
    expect(list.items).to.have.length(3);
    const one = parse((await bench.ctl(['get', 'alert/op-rolled-back', '-o', 'yaml'])).out) as Record<string, unknown>;
    expect(one).to.deep.include({ apiVersion: 'cc-ci/v1', kind: 'Alert', facts: rolledBack.facts });
    expect(one.status).to.deep.equal({
      state: 'Failing',
      recoveredBy: 'op-recovered',
      deliveries: [delivered, failing],
    });
    const path = await bench.ctl(['get', 'alert', 'held-1', '-o', 'jsonpath={.facts.held[0].code}']);
    expect(path.out).to.equal('MajorBump');
  });

  it('describes one in full: facts, rules, notes, each delivery', async () => {
    const { code, out } = await bench.ctl(['describe', 'alert/op-rolled-back']);
    expect(code).to.equal(0);
    for (const text of [
      '2.0.0+26.1.0 (cccc)',
      '1.0.0+26.0.0 (bbbb)',
      'Unhealthy',
      'set-7',
      '2030-01-01T00:05:00Z',
      'alert/op-recovered',
      'webhook https://hooks.example.org: 2030-01-02T00:00:00.000Z',
      'failed tries: 1',
      'command notify: failed tries: 7',
      'no route',
    ])
      expect(out).to.include(text);
    const note = (await bench.ctl(['describe', 'alert', 'held-1', 'op-recovered'])).out;
    expect(note)
      .to.include('MajorBump: from 1.0.0 to 2.0.0')
      .and.include('Run the migration.')
      .and.include('alert/op-rolled-back');
  });

  it('T90 nothing in an alert steers the terminal', async () => {
    for (const words of [
      ['get', 'alerts', '-o', 'wide'],
      ['get', 'alerts', '-o', 'json'],
      ['get', 'alerts', '-o', 'yaml'],
      ['describe', 'alert', 'op-rolled-back', 'held-1'],
    ]) {
      const { out } = await bench.ctl(words, { columns: 120, variables: { NO_COLOR: '1' } });
      expect(out, words.join(' ')).to.not.match(/[\u0000-\u0008\u000b-\u001f]/);
    }
  });

  it('says what was probably meant', async () => {
    const id = await bench.ctl(['describe', 'alert/op-roled-back']);
    expect([id.code, id.out]).to.deep.equal([3, '']);
    expect(id.err).to.include('alert/op-rolled-back');
    const kind = await bench.ctl(['get', 'alrets']);
    expect(kind.code).to.equal(2);
    expect(kind.err).to.include('Did you mean alerts?');
  });

  for (const words of [
    ['get', 'alert/held-1', 'run/x'],
    ['get', 'alert/'],
    ['get', 'alert/a/b'],
    ['get', 'alerts', '-l', 'a=b'],
    ['get', 'alerts', '-o', 'loud'],
    ['get', 'runs,alerts'],
    ['describe', 'alerts'],
    ['delete', 'alert/held-1'],
    ['logs', 'alert/held-1'],
    ['reconcile', 'alert/held-1'],
  ]) {
    it(`refuses ${words.join(' ')}`, async () => {
      const { code, out, err } = await bench.ctl(words);
      expect([code, out]).to.deep.equal([2, '']);
      expect(err.split('\n').length).to.be.greaterThan(1);
    });
  }

  it('works while the controller is down, and says so', async () => {
    bench.alive = false;
    try {
      const { code, out, err } = await bench.ctl(['get', 'alerts', '-o', 'name']);
      expect([code, out.split('\n').length]).to.deep.equal([0, 4]);
      expect(err).to.include('not running');
    } finally {
      bench.alive = true;
    }
  });

  it('T84 a file that cannot be read is named, alone', async () => {
    const path = join(bench.state, 'alerts', 'broken.json');
    writeFileSync(path, '{');
    try {
      const { code, out, err } = await bench.ctl(['get', 'alerts', '-o', 'name']);
      expect([code, out.split('\n').length]).to.deep.equal([0, 4]);
      expect(err).to.include(path);
      const one = await bench.ctl(['describe', 'alert/broken']);
      expect(one.code).to.equal(1);
      expect(one.err).to.include(path);
    } finally {
      rmSync(path);
    }
  });

  it('-w prints those that are new or changed, until it is interrupted', async () => {
    const aborter = new AbortController();
    const watching = bench.ctl(['get', 'alerts', '-w', '-o', 'name'], { signal: aborter.signal });
    await eventually(() => bench.out.includes('alert/held-1'), 'the first list');
    bench.out = '';
    await files.create(anAlert({ id: 'late' }));
    await eventually(() => bench.out !== '', 'the new one');
    aborter.abort();
    const { code, out } = await watching;
    expect([code, out]).to.deep.equal([130, 'alert/late\n']);
  });

  it('says that there are none where there are none', async () => {
    const other = await CliBench.open();
    try {
      const none = await other.ctl(['get', 'alerts']);
      expect([none.code, none.out]).to.deep.equal([0, '']);
      expect(none.err).to.include('No alerts found.');
      expect(JSON.parse((await other.ctl(['get', 'alerts', '-o', 'json'])).out)).to.deep.equal({
        kind: 'List',
        items: [],
      });
      mkdirSync(join(other.state, 'alerts'), { recursive: true });
      expect((await other.ctl(['get', 'alerts'])).code).to.equal(0);
    } finally {
      await other.close();
    }
  });

  it('the alerts of this test are such as are written', () => {
    for (const alert of [rolledBack, held, recovered]) expect(isAlertRecord(alert, alert.id)).to.equal(true);
  });
});
