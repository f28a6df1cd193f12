import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { keptRecord } from '../../../../lib/fs/kept-records.ts';
import { RecordFiles } from '../../../../lib/fs/record-files.ts';
import { recordLogPath } from '../../../../lib/fs/record-scan.ts';
import { copiesToLog, instanceFromCopy } from '../../../../lib/store/migration/copies-to-log.ts';
import { codeOf } from '../../../rig/code-of.ts';
import { FileCalls } from '../../../rig/file-calls.ts';
import { putInLog } from '../../../rig/record-places.ts';

describe('the step from second copies to one log', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-copies-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const put = (path: string, content: object | string, mode = 0o644): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content), { mode });
  };
  const read = (path: string): Promise<unknown> => new RecordFiles(root).read(join(root, path));
  const kept = (path: string): unknown => keptRecord(root, join(root, path));

  const CASES: readonly [what: string, own: object | string | undefined, copy: object | string][] = [
    ['both are the same', { a: 1, recordRevision: 4 }, { a: 1, recordRevision: 4 }],
    ['the copy is older', { a: 1, recordRevision: 4 }, { a: 0, recordRevision: 3 }],
    ['the record is older', { a: 0, recordRevision: 3 }, { a: 1, recordRevision: 4 }],
    ['the record is lost', undefined, { a: 1, recordRevision: 4 }],
    ['the record is empty', '', { a: 1, recordRevision: 4 }],
    ['the copy is garbage', { a: 1, recordRevision: 4 }, '{"a'],
  ];
  for (const [what, own, copy] of CASES)
    it(`where ${what} the newer one counts, at its place and in the log`, async () => {
      if (own !== undefined) put('objects/Run/a/object.json', own);
      put('copies/objects/Run/a/object.json', copy);
      await copiesToLog.apply(new RecordFiles(root));
      expect(existsSync(join(root, 'copies'))).to.equal(false);
      expect(kept('objects/Run/a/object.json')).to.deep.equal({ a: 1 });
      expect(JSON.parse(readFileSync(join(root, 'objects/Run/a/object.json'), 'utf8'))).to.deep.equal({
        ...{ a: 1, recordRevision: 4 },
      });
      expect(await read('objects/Run/a/object.json')).to.deep.equal({ a: 1 });
    });

  it('a record that cannot be read at both places is told by who needs it, and keeps back no other', async () => {
    put('claims/a.json', '{');
    put('copies/claims/a.json', '');
    put('copies/warm/shop/state.json', { b: 1, recordRevision: 1 }, 0o600);
    await copiesToLog.apply(new RecordFiles(root));
    expect(await codeOf(read('claims/a.json'))).to.equal('Damaged');
    expect(await read('warm/shop/state.json')).to.deep.equal({ b: 1 });
    expect(statSync(join(root, 'warm/shop/state.json')).mode & 0o777).to.equal(0o600);
  });

  for (const own of [undefined, '', { format: 0, recordRevision: 1 }])
    it(`instance.json ${JSON.stringify(own)} is put back from its copy before anybody asks for the format`, async () => {
      if (own !== undefined) put('instance.json', own);
      put('copies/instance.json', { format: 1, recordRevision: 2 });
      await instanceFromCopy(root);
      expect(await read('instance.json')).to.deep.equal({ format: 1 });
    });

  it('what the log has of an earlier time counts for nothing: somebody went back to the first format', async () => {
    put('claims/a.json', { now: 1, recordRevision: 2 });
    put('copies/claims/a.json', { now: 1, recordRevision: 2 });
    putInLog(root, 'claims/a.json', { old: 1 }, 9);
    putInLog(root, 'claims/gone.json', { old: 1 }, 9);
    await copiesToLog.apply(new RecordFiles(root));
    expect(await read('claims/a.json')).to.deep.equal({ now: 1 });
    expect(await read('claims/gone.json')).to.equal(undefined);
  });

  it('is begun anew where it was cut off, and does nothing where there are no copies', async () => {
    for (const name of ['a', 'b', 'c']) put(`copies/claims/${name}.json`, { name, recordRevision: 1 });
    const calls = await FileCalls.on(root);
    calls.failNext(/^unlink copies\/claims\/b/, 'EIO');
    expect(await codeOf(copiesToLog.apply(new RecordFiles(root)))).to.equal('EIO');
    calls.stop();
    for (let times = 0; times < 2; times += 1) {
      await copiesToLog.apply(new RecordFiles(root));
      for (const name of ['a', 'b', 'c']) expect(await read(`claims/${name}.json`)).to.deep.equal({ name });
    }
    expect(existsSync(recordLogPath(root))).to.equal(true);
  });
});
