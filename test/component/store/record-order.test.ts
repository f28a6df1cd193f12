import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { keyText } from '../../../lib/api/kinds.ts';
import { keptNames, keptRecord } from '../../../lib/fs/kept-records.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { ObjectRecords } from '../../../lib/store/object-records.ts';
import { RequestInbox, RequestIntake } from '../../../lib/store/request-inbox.ts';
import { type StatePaths, statePaths } from '../../../lib/store/state-paths.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { enrolledCanonical } from '../../builders/stored-object.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { putInLog, putInsteadOf } from '../../rig/record-places.ts';

const KEY = { kind: 'Canonical', name: 'notes' } as const;
const NOTES = 'objects/Canonical/notes';

describe('what the store does on the disk', () => {
  let root: string;
  let paths: StatePaths;
  let records: ObjectRecords;
  let calls: FileCalls;
  const written: string[] = [];
  const open = (): Promise<ObjectRecords> =>
    ObjectRecords.open({ paths, files: new RecordFiles(root), onWrite: (key) => written.push(keyText(key)) });
  const object = enrolledCanonical();
  const put = (changes: Partial<StoredObject> = {}) => records.update(KEY, () => ({ ...object, ...changes }));

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-order-')));
    paths = statePaths(root);
    records = await open();
    written.length = 0;
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    await rm(root, { recursive: true });
  });
  /** What makes names durable, and what gives or takes them. */
  const durable = (): string[] => calls.take().filter((line) => /^(?:sync|datasync|rename|unlink|rmdir) /.test(line));

  describe('of an object', () => {
    it('a new one is durable before anybody sees it', async () => {
      let seen: unknown = 'nothing';
      const { before, after } = await records.update(KEY, () => object, {
        beforeVisible: async () => {
          seen = [records.get(KEY), written.length, keptRecord(root, paths.object(KEY)) !== undefined];
        },
      });
      expect(seen).to.deep.equal([undefined, 0, true]);
      expect([before, after, records.get(KEY), written]).to.deep.equal([
        undefined,
        object,
        object,
        ['Canonical/notes'],
      ]);
      expect((await open()).get(KEY)).to.deep.equal(object);
    });

    it('a change is durable before it is seen; one that changes nothing writes nothing', async () => {
      await put();
      calls.take();
      await put({ generation: 2 });
      expect(durable()).to.deep.equal([
        ...['datasync records.jsonl', `rename ${NOTES}/.tmp-object.json → ${NOTES}/object.json`],
      ]);
      const { before, after } = await records.update(KEY, (current) => current);
      expect(before).to.equal(after);
      await records.update({ kind: 'Run', name: 'none' }, () => undefined);
      expect([calls.take(), written.length]).to.deep.equal([[], 2]);
    });

    it('T64 a change that cannot be written is seen by nobody, and by everybody once it can be', async () => {
      await put();
      calls.failNext(/^writeFile .*tmp-object/, 'ENOSPC');
      let told = false;
      const failed = records.update(KEY, () => ({ ...object, generation: 2 }), {
        beforeVisible: async () => {
          told = true;
        },
      });
      expect([await codeOf(failed), told, records.get(KEY)?.generation]).to.deep.equal(['NoSpace', false, 1]);
      await put({ generation: 3 });
      expect([records.get(KEY)?.generation, (await open()).get(KEY)?.generation]).to.deep.equal([3, 3]);
    });

    it('changes of one object come one after the other, each seeing the one before', async () => {
      await put();
      const add = () => records.update(KEY, (current) => ({ ...current!, generation: current!.generation + 1 }));
      await Promise.all([add(), add(), add()]);
      expect(records.get(KEY)?.generation).to.equal(4);
    });

    it('a removal takes the name, durably, then the lines of the log, and only then the bytes', async () => {
      await put();
      await writeFile(join(root, NOTES, 'journal.json'), '{}');
      calls.take();
      await records.remove(KEY);
      const lines = durable();
      expect(lines.slice(0, 5)).to.deep.equal([
        ...['unlink objects/Canonical/.trash-uid-notes', 'sync objects/Canonical'],
        ...[`rename ${NOTES} → objects/Canonical/.trash-uid-notes`, 'sync objects/Canonical', 'datasync records.jsonl'],
      ]);
      const bytes = lines.indexOf('unlink objects/Canonical/.trash-uid-notes/object.json');
      expect(bytes).to.be.greaterThan(lines.indexOf(`rename ${NOTES} → objects/Canonical/.trash-uid-notes`));
      expect(lines.at(-1)).to.equal('sync objects/Canonical');
      expect([records.get(KEY), records.list(), records.signature(KEY)]).to.deep.equal([undefined, [], undefined]);
      expect(readdirSync(join(root, 'objects/Canonical'))).to.deep.equal([]);
      expect(written).to.deep.equal(['Canonical/notes', 'Canonical/notes']);
      await records.remove(KEY);
      expect((await open()).list()).to.deep.equal([]);
    });

    it('T62 a removal that a crash or an error cut off is ended at the next start', async () => {
      await put();
      calls.failNext(/^unlink .*trash-uid-notes\/object/, 'EIO');
      expect(await codeOf(records.remove(KEY))).to.equal('EIO');
      expect(readdirSync(join(root, 'objects/Canonical'))).to.deep.equal(['.trash-uid-notes']);
      expect((await open()).list()).to.deep.equal([]);
      expect(readdirSync(join(root, 'objects/Canonical'))).to.deep.equal([]);
    });

    it('T62 a removal that was cut off before the log was told of it brings the object back, whole', async () => {
      await put();
      calls.failNext(/^writeAt records/, 'EIO');
      expect(await codeOf(records.remove(KEY))).to.equal('EIO');
      expect((await open()).list()).to.deep.equal([object]);
      expect(readdirSync(join(root, 'objects/Canonical'))).to.deep.equal(['notes']);
      await records.remove(KEY);
      expect((await open()).list()).to.deep.equal([]);
    });

    it('a new one takes nothing over of what lay at its place', async () => {
      mkdirSync(join(root, NOTES), { recursive: true });
      writeFileSync(join(root, NOTES, 'events.jsonl'), 'old');
      putInLog(root, `${NOTES}/journal.json`, { old: 1 });
      await put();
      expect(readdirSync(join(root, NOTES))).to.deep.equal(['object.json']);
      expect(keptNames(root, join(root, NOTES))).to.deep.equal(['object.json']);
    });

    it('all are listed by kind and name, whatever came and went', async () => {
      for (const name of ['b', 'a', 'c']) {
        await records.update({ kind: 'Run', name }, () => ({ ...object, kind: 'Run', name, uid: name }));
      }
      await put();
      const names = (list: readonly StoredObject[]): string[] => list.map(keyText);
      expect(names(records.list())).to.deep.equal(['Canonical/notes', 'Run/a', 'Run/b', 'Run/c']);
      await records.remove({ kind: 'Run', name: 'b' });
      expect(names(records.list('Run'))).to.deep.equal(['Run/a', 'Run/c']);
      await records.update({ kind: 'Run', name: 'b' }, () => ({ ...object, kind: 'Run', name: 'b', uid: 'b' }));
      expect(names(records.list())).to.deep.equal(['Canonical/notes', 'Run/a', 'Run/b', 'Run/c']);
      expect(names((await open()).list())).to.deep.equal(['Canonical/notes', 'Run/a', 'Run/b', 'Run/c']);
    });

    for (const [what, text] of [
      ['another object', JSON.stringify({ ...object, name: 'other' })],
      ['another kind', JSON.stringify({ ...object, kind: 'Run' })],
      ['no uid', JSON.stringify({ ...object, uid: undefined })],
      ['no path', JSON.stringify({ ...object, path: 1 })],
      ['no spec', JSON.stringify({ ...object, spec: undefined })],
      ['no requests', JSON.stringify({ ...object, requests: {} })],
    ] as const) {
      it(`T84 a record that holds ${what} is damaged; once it is back it is served, and that is told`, async () => {
        await put();
        putInsteadOf(root, `${NOTES}/object.json`, text);
        records = await open();
        expect([records.get(KEY), [...records.damaged().keys()]]).to.deep.equal([undefined, ['Canonical/notes']]);
        expect(await records.reload()).to.deep.equal([]);
        expect([...records.damaged().keys()]).to.deep.equal(['Canonical/notes']);
        written.length = 0;
        putInsteadOf(root, `${NOTES}/object.json`, JSON.stringify(object));
        expect(await records.reload()).to.deep.equal([{ ...KEY }]);
        expect([records.get(KEY), written, records.damaged().size]).to.deep.equal([object, ['Canonical/notes'], 0]);
        expect(records.list()).to.deep.equal([object]);
      });
    }

    it('T84 a journal without a record tells that the object was there', async () => {
      mkdirSync(join(root, NOTES), { recursive: true });
      expect((await open()).damaged().size).to.equal(0);
      writeFileSync(join(root, NOTES, 'journal.json'), '{}');
      expect([...(await open()).damaged().values()].map(({ path }) => path)).to.deep.equal([
        join(root, NOTES, 'object.json'),
      ]);
    });
  });

  describe('of a request', () => {
    let inbox: RequestInbox;
    let intake: RequestIntake;
    let now: number;
    const files = (): string[] => readdirSync(paths.requests).filter((name) => name.endsWith('.json'));
    const rejected = (): string[] => readdirSync(paths.rejectedRequests).sort();
    const drop = (id: string, body: object): Promise<void> => {
      const full = { by: 'tester', at: '2026-01-01T00:00:00.000Z', args: {}, ...body };
      return writeFile(join(paths.requests, `${id}.json`), JSON.stringify(full));
    };

    beforeEach(async () => {
      await mkdir(paths.rejectedRequests, { recursive: true });
      now = 5;
      inbox = new RequestInbox(paths);
      intake = new RequestIntake({ records, inbox, runningMs: () => now });
      await put();
      calls.take();
    });

    it('its file goes once it is journaled durably, and before anybody sees it', async () => {
      await drop('r1', { ...KEY, verb: 'retry' });
      calls.take();
      calls.beforeNext(/^unlink requests/, () => {
        expect(records.get(KEY)?.requests).to.deep.equal([]);
      });
      const { changed } = await intake.take();
      const lines = durable();
      expect(lines.indexOf('datasync records.jsonl')).to.be.within(0, lines.indexOf('unlink requests/r1.json'));
      expect(lines).to.include('sync requests');
      expect(changed[0]?.requests[0]).to.include({ id: 'r1', verb: 'retry', receivedRunningMs: 5 });
      expect([records.get(KEY), files()]).to.deep.equal([changed[0], []]);
    });

    it('one whose file could not be removed is journaled once, also after it was handled', async () => {
      await drop('r1', { ...KEY, verb: 'retry' });
      calls.failNext(/^unlink requests/, 'EIO');
      expect(await codeOf(intake.take())).to.equal('EIO');
      records = await open();
      intake = new RequestIntake({ records, inbox, runningMs: () => now });
      expect((await intake.take()).changed).to.deep.equal([]);
      expect([records.get(KEY)?.requests.length, files()]).to.deep.equal([1, []]);
      const lastHandledRequest = { id: 'r1', verb: 'retry', result: 'Done', time: '' } as never;
      await put({ requests: [], lastHandledRequest });
      await drop('r1', { ...KEY, verb: 'retry' });
      expect([(await intake.take()).changed, records.get(KEY)?.requests, files()]).to.deep.equal([[], [], []]);
    });

    it('for another object of the name is refused; for nobody it waits until somebody says so', async () => {
      await drop('r1', { ...KEY, uid: 'other', verb: 'retry' });
      await drop('r2', { kind: 'Run', name: 'none', verb: 'retry' });
      await drop('r3', { ...KEY, uid: 'uid-notes', verb: 'retry' });
      const { changed, unknown, confirmations } = await intake.take();
      expect(changed.map(({ requests }) => requests.map(({ id }) => id))).to.deep.equal([['r3']]);
      expect([unknown.map(({ request }) => request.id), confirmations, files()]).to.deep.equal([
        ['r2'],
        [],
        ['r2.json'],
      ]);
      await intake.rejectUnknown(unknown);
      expect(rejected()).to.deep.equal(['r1.json', 'r1.reason', 'r2.json', 'r2.reason']);
      const reasons = ['r1', 'r2'].map((id) => readFile(join(paths.rejectedRequests, `${id}.reason`), 'utf8'));
      const [first, second] = (await Promise.all(reasons)).map((text) => JSON.parse(text).reason);
      expect([first, second]).to.deep.equal(['Conflict', 'NotFound']);
    });

    it('that may not be read is refused, and those after it are taken', async () => {
      await drop('r1', { ...KEY, verb: 'retry' });
      await drop('r2', { ...KEY, verb: 'retry' });
      calls.failNext(/^readFile requests\/r1\.json/, 'EACCES');
      const { changed } = await intake.take();
      expect(changed.map(({ requests }) => requests.map(({ id }) => id))).to.deep.equal([['r2']]);
      expect([files(), rejected()]).to.deep.equal([[], ['r1.json', 'r1.reason']]);
      const { message } = JSON.parse(await readFile(join(paths.rejectedRequests, 'r1.reason'), 'utf8'));
      expect(message).to.contain('EACCES').and.contain('as the user of the controller');
    });

    it('a confirmation marks what is gone as asked for, once, and its file goes at the end', async () => {
      await drop('r1', { verb: 'delete', args: { confirmMass: 'true' } });
      const { confirmations } = await intake.take();
      expect(files()).to.deep.equal(['r1.json']);
      const gone = [records.get(KEY)!];
      const [first] = await intake.confirm(confirmations[0]!, gone);
      expect(first?.deletion).to.deep.equal({ state: 'Missing', missingSinceRunningMs: 5, requested: true });
      now = 9;
      expect(await intake.confirm(confirmations[0]!, gone)).to.deep.equal([]);
      await put({ deletion: { state: 'Missing', missingSinceRunningMs: 3, requested: false } });
      const [again] = await intake.confirm(confirmations[0]!, gone);
      expect(again?.deletion).to.deep.include({ missingSinceRunningMs: 3, requested: true });
      await put({ uid: 'next of the name' });
      expect([await intake.confirm(confirmations[0]!, gone), files()]).to.deep.equal([[], []]);
    });

    it('files that are none are passed over, malformed ones are put aside with the reason first', async () => {
      await mkdir(join(paths.requests, 'd.json'));
      for (const name of ['.hidden.json', 'text.txt']) await writeFile(join(paths.requests, name), '{}');
      await writeFile(join(paths.requests, 'bad.json'), '{');
      calls.take();
      calls.beforeNext(/^rename requests\/bad.json/, () => {
        expect(rejected()).to.deep.equal(['bad.reason']);
      });
      expect(await inbox.list()).to.deep.equal({ requests: [], controller: [] });
      expect(durable()).to.deep.equal([
        ...['rename requests/bad.json → requests/rejected/bad.json', 'sync requests/rejected', 'sync requests'],
      ]);
      expect(calls.hasDoneAll()).to.equal(true);
      expect(rejected()).to.deep.equal(['bad.json', 'bad.reason']);
    });

    it('the newest hundred that were refused are kept', async () => {
      for (let number = 0; number <= 100; number += 1) {
        const id = `r${String(number).padStart(3, '0')}`;
        await writeFile(join(paths.rejectedRequests, `${id}.json`), '');
        await writeFile(join(paths.rejectedRequests, `${id}.reason`), '');
      }
      await writeFile(join(paths.requests, 'r999.json'), '{');
      await inbox.list();
      const kept = rejected().filter((name) => name.endsWith('.json'));
      expect([kept.length, kept[0], kept.at(-1)]).to.deep.equal([100, 'r002.json', 'r999.json']);
      expect(rejected()).to.have.length(200);
    });
  });
});
