import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AlertFiles } from '../../../lib/alerts/alert-files.ts';
import { NO_HISTORY } from '../../../lib/alerts/history.ts';
import { HistoryFiles } from '../../../lib/alerts/history-files.ts';
import { anAlert } from '../../builders/alert.ts';
import { FakeLog } from '../../fakes/fake-log.ts';
import { codeOf } from '../../rig/code-of.ts';
import { failEachCall } from '../../rig/every-call.ts';

describe('the files of alerts', () => {
  let root: string;
  let files: AlertFiles;
  const at = (...names: string[]): string => join(root, 'alerts', ...names);
  const ids = async (): Promise<string[][]> =>
    await Promise.all(
      [files.pending(), files.seen()].map(async (listing) => (await listing).alerts.map(({ id }) => id)),
    );

  beforeEach(async () => {
    root = await realpath(mkdtempSync(join(tmpdir(), 'ccci-alerts-')));
    files = new AlertFiles(root);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('an alert is written once: the same id again changes nothing, pending or seen', async () => {
    expect(await files.create(anAlert())).to.equal('Created');
    expect(await files.create(anAlert({ message: 'again' }))).to.equal('Existed');
    await files.markSeen('op-1');
    expect(await files.create(anAlert({ message: 'once more' }))).to.equal('Existed');
    expect((await files.seen()).alerts).to.deep.equal([anAlert()]);
    expect(await ids()).to.deep.equal([[], ['op-1']]);
  });

  it('of many that write the same at once one does', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => new AlertFiles(root).create(anAlert())));
    expect(made.filter((one) => one === 'Created')).to.have.length(1);
    expect(await ids()).to.deep.equal([['op-1'], []]);
  });

  it('are listed by their times', async () => {
    for (const [id, time] of [
      ['b', '2030-01-02'],
      ['a', '2030-01-03'],
      ['c', '2030-01-01'],
    ] as const)
      await files.create(anAlert({ id, time }));
    expect(await ids()).to.deep.equal([['c', 'b', 'a'], []]);
  });

  it('are empty where there is no directory, and not where it cannot be looked into', async () => {
    expect(await ids()).to.deep.equal([[], []]);
    writeFileSync(at(), 'a file');
    expect(await codeOf(files.pending())).to.equal('ENOTDIR');
  });

  it('T82 an id that leaves the directory names no file', async () => {
    for (const id of ['../x', 'a/b', '.x', '']) {
      expect(await codeOf(files.create(anAlert({ id }))), id).to.equal('InvalidInput');
      expect(await files.find(id)).to.equal(undefined);
    }
  });

  it('nothing is made in a state directory that is not there any more', async () => {
    renameSync(root, `${root}-moved`);
    try {
      expect(await codeOf(files.create(anAlert()))).to.equal('ENOENT');
      expect(await codeOf(files.markSeen('op-1'))).to.equal('ENOENT');
    } finally {
      renameSync(`${root}-moved`, root);
    }
  });

  it('T84 a file that is none is damaged alone; the others are listed', async () => {
    await files.create(anAlert());
    writeFileSync(at('empty.json'), '');
    writeFileSync(at('garbage.json'), '\0\0\0');
    writeFileSync(at('other.json'), JSON.stringify(anAlert({ id: 'op-2' })));
    writeFileSync(at('long.json'), '');
    truncateSync(at('long.json'), 2 ** 33);
    mkdirSync(at('directory.json'));
    symlinkSync('/etc/passwd', at('link.json'));
    execFileSync('mkfifo', [at('pipe.json')]);
    writeFileSync(at('.tmp-op-9.json-0123456789ab'), 'half');
    const { alerts, damaged } = await files.pending();
    expect(alerts).to.deep.equal([anAlert()]);
    const names = ['directory', 'empty', 'garbage', 'link', 'long', 'other', 'pipe'];
    expect(damaged.map(({ id }) => id).sort()).to.deep.equal(names);
    for (const { path, message } of damaged) expect(message).to.include(path);
  });

  it('T84 a damaged alert that is raised again is written anew', async () => {
    await files.create(anAlert());
    for (const garbage of ['', '{"id":"op-1"}']) {
      writeFileSync(at('op-1.json'), garbage);
      expect(await files.find('op-1')).to.equal(undefined);
      expect(await files.create(anAlert({ message: 'again' }))).to.equal('Created');
      expect((await files.pending()).alerts[0]?.message).to.equal('again');
    }
  });

  it('a change is made of what is there, one after the other; none of what is not, or is damaged', async () => {
    await files.create(anAlert());
    const add = (sink: string) =>
      files.update('op-1', (record) => ({
        ...record,
        deliveries: [...record.deliveries, { sink, name: sink, failures: 0 }],
      }));
    await Promise.all(Array.from({ length: 10 }, (_, n) => add(`s${n}`)));
    expect((await files.pending()).alerts[0]?.deliveries).to.have.length(10);
    expect(await files.update('op-2', (record) => record)).to.equal(undefined);
    writeFileSync(at('op-1.json'), '');
    expect(await add('x')).to.equal(undefined);
    expect(readFileSync(at('op-1.json'), 'utf8')).to.equal('');
  });

  it('an alert becomes seen once, and is found there', async () => {
    await files.create(anAlert());
    await Promise.all([files.markSeen('op-1'), files.markSeen('op-1'), files.markSeen('op-7')]);
    expect(await ids()).to.deep.equal([[], ['op-1']]);
    expect((await files.find('op-1'))?.id).to.equal('op-1');
  });

  it('of those that were seen the newest stay, so many as are kept; pending ones all', async () => {
    files = new AlertFiles(root, 5);
    mkdirSync(at('seen'), { recursive: true });
    for (let n = 0; n < 7; n += 1) {
      writeFileSync(at('seen', `old-${n}.json`), '');
      utimesSync(at('seen', `old-${n}.json`), 1000 + n, 1000 + n);
      writeFileSync(at(`waits-${n}.json`), '');
    }
    await files.create(anAlert());
    await files.markSeen('op-1');
    expect(readdirSync(at('seen')).sort()).to.deep.equal([
      'old-3.json',
      'old-4.json',
      'old-5.json',
      'old-6.json',
      'op-1.json',
    ]);
    expect(readdirSync(at()).filter((name) => name.startsWith('waits'))).to.have.length(7);
  });

  describe('each call to the file system that fails', () => {
    const text = JSON.stringify(anAlert());
    const put = (): void => {
      rmSync(at(), { recursive: true, force: true });
      mkdirSync(at('seen'), { recursive: true });
      mkdirSync(at('history'));
      writeFileSync(at('there.json'), JSON.stringify(anAlert({ id: 'there' })));
    };
    /** There is the whole alert or none, never a part. */
    const whole = async (): Promise<void> => {
      const { alerts, damaged } = await new AlertFiles(root).pending();
      expect(damaged).to.deep.equal([]);
      for (const alert of alerts.filter(({ id }) => id === 'op-1')) expect(JSON.stringify(alert)).to.equal(text);
    };
    const change = (): Promise<unknown> => files.update('there', (record) => ({ ...record, message: 'changed' }));
    for (const [what, work] of [
      ['a new alert', () => files.create(anAlert())],
      ['a change', change],
      ['a move', () => files.markSeen('there')],
      ['a listing', () => files.pending()],
      ['looks for one', async () => [await files.find('op-1'), await files.find('there')]],
      ['a history that is written', () => new HistoryFiles(root, new FakeLog()).write('uid-1', NO_HISTORY)],
      ['a history that is removed', () => new HistoryFiles(root, new FakeLog()).remove('uid-1')],
    ] as const) {
      it(`T81 is told by ${what}, and damages nothing`, () => failEachCall(root, { put, work, after: whole }));
    }
  });
});

describe('the files of histories', () => {
  let root: string;
  let log: FakeLog;
  let histories: HistoryFiles;
  const history = {
    failures: { key: { reason: 'UpgradeHeld' as const, first: 'a', last: 'a', toldMs: 5, mutedIds: ['b'], muted: 1 } },
    repairs: [{ id: 'r', atMs: 3 }],
    flapping: true,
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ccci-histories-'));
    log = new FakeLog();
    histories = new HistoryFiles(root, log);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('give back what was written, and nothing after a removal', async () => {
    expect(await histories.read('uid-1')).to.deep.equal(NO_HISTORY);
    await histories.write('uid-1', history);
    expect(await histories.read('uid-1')).to.deep.equal(history);
    await histories.remove('uid-1');
    await histories.remove('uid-1');
    expect(await histories.read('uid-1')).to.deep.equal(NO_HISTORY);
    expect(log.take()).to.deep.equal([]);
  });

  for (const [title, content] of [
    ['empty', ''],
    ['garbage', '{"fail'],
    ['of another form', '{"failures":[],"repairs":[],"flapping":false}'],
    ['with repairs that are none', '{"failures":{},"repairs":[1],"flapping":false}'],
    ['with a failure that is none', '{"failures":{"a":{"reason":"UpgradeHeld"}},"repairs":[],"flapping":false}'],
  ] as const) {
    it(`T84 count as none where they are ${title}, which is said`, async () => {
      await histories.write('uid-1', history);
      writeFileSync(join(root, 'alerts', 'history', 'uid-1.json'), content);
      expect(await histories.read('uid-1')).to.deep.equal(NO_HISTORY);
      expect(log.take()).to.deep.equal(['warn']);
    });
  }

  it('T82 a uid that leaves the directory names none', async () => {
    expect(await codeOf(histories.read('../uid'))).to.equal('InvalidInput');
    expect(await codeOf(histories.write('a/b', NO_HISTORY))).to.equal('InvalidInput');
  });
});
