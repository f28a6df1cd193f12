import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CcError } from '../../../../lib/errors.ts';
import { appLayout, ProcessLayout } from '../../../../lib/platform/process/layout.ts';
import { emptyApplied, readApplied, writeApplied } from '../../../../lib/platform/process/record.ts';
import { RecordKeeper } from '../../../../lib/platform/process/supervisor/record-keeper.ts';
import { readServiceLog } from '../../../../lib/platform/process/supervisor/rotating-log.ts';
import {
  readRecord,
  type SupervisorRecord,
  writeRecord,
} from '../../../../lib/platform/process/supervisor/supervisor-record.ts';
import { VolumeDirectories } from '../../../../lib/platform/process/volumes.ts';
import { codeOf } from '../../../rig/code-of.ts';
import { FileCalls } from '../../../rig/file-calls.ts';

const DOMAIN = 'a.example';
const RECORD: SupervisorRecord = { token: 't', specId: 's', state: 'Launching', health: 'None', exits: [] };

describe('what the process platform keeps of an app', () => {
  let root: string;
  let layout: ProcessLayout;
  let calls: FileCalls;
  const modeOf = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-app-')));
    layout = new ProcessLayout(root);
    await mkdir(layout.changes);
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    await rm(root, { recursive: true });
  });

  describe('volumes', () => {
    let volumes: VolumeDirectories;
    beforeEach(() => {
      volumes = new VolumeDirectories(layout);
    });
    const names = async (): Promise<string[]> => (await volumes.list(DOMAIN)).map(({ name }) => name);

    it('are made durably where they were never recorded, and recorded with those of before', async () => {
      expect(await names()).to.deep.equal([]);
      expect(await volumes.create(DOMAIN, ['gone'], ['db', 'data'])).to.deep.equal(['data', 'db', 'gone']);
      expect(calls.take()).to.deep.equal([
        ...[`mkdir apps/${DOMAIN}/volumes/db`, `mkdir apps/${DOMAIN}/volumes/data`, `sync apps/${DOMAIN}/volumes`],
      ]);
      expect(await volumes.list(DOMAIN)).to.deep.equal([
        { name: 'data', path: layout.app(DOMAIN).volume('data') },
        { name: 'db', path: layout.app(DOMAIN).volume('db') },
      ]);
    });

    it('I16 one that is recorded and absent is missing data, and none is made beside it', async () => {
      await volumes.create(DOMAIN, [], ['data']);
      expect(await codeOf(volumes.create(DOMAIN, ['data', 'db'], ['new', 'db']))).to.equal('DataMissing');
      expect(await names()).to.deep.equal(['data']);
      expect(await volumes.restore(DOMAIN, ['data', 'db'], ['db'])).to.deep.equal(['data', 'db']);
      expect(await volumes.create(DOMAIN, ['data', 'db'], ['db', 'data'])).to.deep.equal(['data', 'db']);
      expect(await names()).to.deep.equal(['data', 'db']);
    });

    it('are directories that are not hidden; what the system cannot list is not nothing', async () => {
      await volumes.create(DOMAIN, [], ['data', '_x']);
      await writeFile(join(layout.app(DOMAIN).volumes, 'file'), '');
      await mkdir(join(layout.app(DOMAIN).volumes, '.cc-ci~aside'));
      expect(await names()).to.deep.equal(['_x', 'data']);
      calls.failNext(/^readdir /, 'EMFILE');
      expect(await codeOf(volumes.list(DOMAIN))).to.equal('EMFILE');
    });

    it('T82 no name leads out of the app', async () => {
      for (const name of ['..', '.hidden', 'a/b', '', '-a']) {
        expect(await codeOf(volumes.create(DOMAIN, [], [name])), name).to.equal('InvalidInput');
      }
      expect(await names()).to.deep.equal([]);
    });
  });

  describe('paths', () => {
    it('lie below the state directory, and a name is one name', () => {
      const app = layout.app(DOMAIN);
      expect(app).to.deep.include({
        directory: `${root}/apps/a.example`,
        applied: `${root}/apps/a.example/platform.json`,
        ports: `${root}/apps/a.example/ports.json`,
        services: `${root}/apps/a.example/services`,
        volumes: `${root}/apps/a.example/volumes`,
      });
      const service = `${root}/apps/a.example/services/db`;
      expect(app.service('db')).to.deep.equal({
        directory: service,
        record: `${service}/supervisor.json`,
        log: `${service}/log`,
        supervisorLog: `${service}/supervisor.log`,
        home: `${service}/home`,
      });
      expect([layout.apps, layout.ports, layout.changes, layout.change(DOMAIN)]).to.deep.equal([
        ...[`${root}/apps`, `${root}/ports`, `${root}/changes`, `${root}/changes/a.example`],
      ]);
      const [longest, longer] = ['x'.repeat(253), 'x'.repeat(254)];
      expect(appLayout('/a').volume(longest)).to.equal(`/a/volumes/${longest}`);
      for (const name of [longer, '..', 'a/b', '.a', '']) {
        for (const path of [
          () => layout.app(name),
          () => layout.change(name),
          () => app.volume(name),
          () => app.service(name),
        ]) {
          expect(path, name).to.throw(CcError).with.property('code', 'InvalidInput');
        }
      }
    });
  });

  describe('records', () => {
    it('are durable, and their owner’s only: there are values of the env in them', async () => {
      const { applied } = layout.app(DOMAIN);
      const { record } = layout.app(DOMAIN).service('db');
      await writeApplied(applied, emptyApplied('i'));
      await writeRecord(record, RECORD);
      expect([await modeOf(applied), await modeOf(record)]).to.deep.equal(['600', '600']);
      expect(calls.take().filter((line) => line.startsWith('sync'))).to.have.length(4);
      expect(await readApplied(applied)).to.deep.equal(emptyApplied('i'));
      expect(await readRecord(record)).to.deep.equal(RECORD);
    });

    for (const text of ['', '[]', '{}', 'null', '{"services":[]}', '{"volumes":[]}', '{"token":"t"}', '{"exits":[]}']) {
      it(`T84 that hold ${JSON.stringify(text)} are none`, async () => {
        const path = join(root, 'record.json');
        await writeFile(path, text);
        expect(await readApplied(path)).to.equal(undefined);
        expect(await readRecord(path)).to.equal(undefined);
      });
    }

    it('that the system cannot read now are not absent', async () => {
      for (const read of [readApplied, readRecord]) {
        const path = join(root, 'record.json');
        await writeFile(path, '{}');
        calls.failNext(/^readFile record.json/, 'EMFILE');
        expect(await codeOf(read(path))).to.equal('EMFILE');
      }
    });
  });

  describe('the record of a supervisor', () => {
    let path: string;
    let keeper: RecordKeeper;
    const change = (): string => layout.change(DOMAIN);
    beforeEach(async () => {
      path = layout.app(DOMAIN).service('db').record;
      await writeRecord(path, RECORD);
      keeper = new RecordKeeper({ appDirectory: layout.app(DOMAIN).directory, service: 'db', record: RECORD });
    });

    it('changes at once in memory, then on disk, and only then the watchers are told', async () => {
      calls.take();
      const written = keeper.update({ state: 'Running', process: { pid: 7, startedAt: 1 } });
      expect(keeper.record).to.deep.equal({ ...RECORD, state: 'Running', process: { pid: 7, startedAt: 1 } });
      await written;
      expect(await readRecord(path)).to.deep.equal(keeper.record);
      expect(calls.take().slice(-2)).to.deep.equal([
        ...[`sync apps/${DOMAIN}/services/db`, `writeFile changes/${DOMAIN}`],
      ]);
    });

    it('is written in order, each write after the other; an end drops the command', async () => {
      const writes = [
        keeper.update({ state: 'Running', process: { pid: 7, startedAt: 1 } }),
        keeper.update({ health: 'Healthy' }),
        keeper.ended({ state: 'Waiting' }),
      ];
      await Promise.all(writes);
      expect(await readRecord(path)).to.deep.equal({ ...RECORD, health: 'Healthy', state: 'Waiting' });
    });

    it('I18 of a later launch, or of an app that is gone, is left alone', async () => {
      await writeRecord(path, { ...RECORD, token: 'later' });
      await keeper.update({ state: 'Running' });
      expect((await readRecord(path))?.token).to.equal('later');
      await rm(layout.app(DOMAIN).directory, { recursive: true });
      await keeper.update({ state: 'Stopped' });
      expect(await readdir(layout.apps)).to.deep.equal([]);
      expect(await readdir(layout.changes)).to.deep.equal([]);
    });

    it('T64 survives a full disk: the next write has all of it', async () => {
      calls.failNext(/^writeFile apps/, 'ENOSPC');
      await keeper.update({ state: 'Running' });
      expect((await readRecord(path))?.state).to.equal('Launching');
      await keeper.update({ health: 'Healthy' });
      expect(await readRecord(path)).to.deep.include({ state: 'Running', health: 'Healthy' });
      expect(await readFile(change(), 'utf8')).to.equal('');
    });
  });

  describe('the log of a service', () => {
    const log = (): string => join(root, 'log');

    it('is read from both halves, oldest first; the last lines are the newest ones', async () => {
      expect(await readServiceLog(log())).to.deep.equal([]);
      await writeFile(`${log()}.1`, 'a\nb\n');
      await writeFile(log(), 'c\nd\n');
      expect(await readServiceLog(log())).to.deep.equal(['a', 'b', 'c', 'd']);
      for (const [tail, expected] of [
        [0, []],
        [-1, []],
        [1, ['d']],
        [2, ['c', 'd']],
        [3, ['b', 'c', 'd']],
        [4, ['a', 'b', 'c', 'd']],
        [9, ['a', 'b', 'c', 'd']],
      ] as const) {
        expect(await readServiceLog(log(), tail), String(tail)).to.deep.equal(expected);
      }
    });

    it('keeps empty lines and a last one without an end; what cannot be read now is an error', async () => {
      await writeFile(log(), 'a\n\nb');
      expect(await readServiceLog(log())).to.deep.equal(['a', '', 'b']);
      calls.failNext(/^readFile log$/, 'EIO');
      expect(await codeOf(readServiceLog(log()))).to.equal('EIO');
    });
  });
});
