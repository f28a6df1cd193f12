import fs, { appendFileSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { keptNames, keptRecord } from '../../../lib/fs/kept-records.ts';
import { RecordLog } from '../../../lib/fs/record-log.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';

const MIB = 2 ** 20;

describe('RecordLog', () => {
  let root: string;
  let log: RecordLog;
  const guard = async (): Promise<void> => {};
  const keep = (path: string, revision: number, record: object = { revision }): Promise<void> =>
    log.keep({ path, revision, mode: 0o644, record }, guard);
  const recordOf = async (path: string): Promise<unknown> => {
    const version = await log.version(path);
    return typeof version === 'object' ? version.record : version;
  };
  /** Somebody else was there: the next look reads the file. */
  const touch = async (): Promise<void> => {
    utimesSync(log.path, new Date(), new Date(Date.now() - 1_000 * (1 + Math.random())));
    await setImmediate();
  };

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-log-')));
    log = RecordLog.at(root);
  });
  afterEach(() => rm(root, { recursive: true }));

  it('gives the newest version that was kept, to this process and to one that reads the file', async () => {
    for (const revision of [1, 2, 3]) await keep('a/b.json', revision);
    for (const look of [async () => {}, touch]) {
      await look();
      expect(log.revision('a/b.json')).to.equal(3);
      expect(await log.version('a/b.json')).to.deep.include({ revision: 3, mode: 0o644, record: { revision: 3 } });
    }
    expect([log.revision('a'), await log.version('a/c')]).to.deep.equal([undefined, undefined]);
    expect([log.has('a'), log.has('b')]).to.deep.equal([true, false]);
  });

  it('is one for each root, however often it is asked for', async () => {
    await keep('a', 1);
    expect(RecordLog.at(root).revision('a')).to.equal(1);
    expect(RecordLog.at(join(root, 'other')).revision('a')).to.equal(undefined);
  });

  it('passes over what a crash left of a last line, and writes over it', async () => {
    await keep('a', 1);
    const { size } = statSync(log.path);
    await keep('a', 2, { long: 'x'.repeat(5_000) });
    for (const left of [1, 20, 3_000]) {
      truncateSync(log.path, size + left);
      await setImmediate();
      expect(await recordOf('a')).to.deep.equal({ revision: 1 });
      expect(keptRecord(root, join(root, 'a'))).to.deep.equal({ revision: 1 });
    }
    await keep('b', 1);
    expect(readFileSync(log.path, 'utf8').split('\n')).to.have.length(3);
    await touch();
    expect([log.revision('a'), log.revision('b')]).to.deep.equal([1, 1]);
  });

  it('passes over lines in the middle that are not whole', async () => {
    await keep('a', 1);
    await keep('b', 1);
    await keep('a', 2);
    const text = readFileSync(log.path, 'latin1').split('\n');
    writeFileSync(log.path, [text[0], 'garbage\nand more', `${text[1]}x`, '\0\0\0', text[2], ''].join('\n'));
    await setImmediate();
    expect([log.revision('a'), log.revision('b')]).to.deep.equal([2, undefined]);
    await keep('b', 2);
    await touch();
    expect([log.revision('a'), log.revision('b')]).to.deep.equal([2, 2]);
  });

  it('says Garbage of a line that was spoilt since it was read', async () => {
    await keep('a', 1, { word: 'good' });
    const { atime, mtime } = statSync(log.path);
    writeFileSync(log.path, readFileSync(log.path, 'utf8').replace('good', 'evil'));
    utimesSync(log.path, atime, mtime);
    await setImmediate();
    // A file whose times were put back is read as the same one, or it is seen to be another: both say that nothing is there.
    expect(await recordOf('a')).to.be.oneOf(['Garbage', undefined]);
  });

  it('reads lines that are longer than what is read at once, and those that lie across', async () => {
    const long = 'ü'.repeat(MIB);
    await keep('long', 1, { long });
    for (let index = 0; index < 300; index += 1) void keep(`many/${index}`, 1, { text: 'y'.repeat(9_973) });
    await keep('last', 1);
    await touch();
    expect(await recordOf('long')).to.deep.equal({ long });
    expect(log.names('many')).to.have.length(300);
    expect(await recordOf('last')).to.deep.equal({ revision: 1 });
  });

  it('is written anew where most of it says nothing any more, with what is kept', async () => {
    await keep('kept/a', 1);
    const text = 'z'.repeat(100_000);
    for (let revision = 1; revision <= 30; revision += 1) await keep('b', revision, { text, revision });
    await keep('c', 1);
    await log.forget('c', guard);
    expect(statSync(log.path).size).to.be.below(1.5 * MIB);
    for (const look of [async () => {}, touch]) {
      await look();
      expect(await recordOf('kept/a')).to.deep.equal({ revision: 1 });
      expect(await recordOf('b')).to.deep.equal({ text, revision: 30 });
      expect(log.has('c')).to.equal(false);
    }
    expect(await readdir(root)).to.deep.equal(['records.jsonl']);
  });

  it('goes on as it is where it cannot be written anew', async () => {
    const calls = await FileCalls.on(root);
    for (let times = 0; times < 3; times += 1) calls.failNext(/^sync .tmp/, 'ENOSPC');
    const text = 'z'.repeat(100_000);
    for (let revision = 1; revision <= 50; revision += 1) await keep('b', revision, { text, revision });
    calls.stop();
    expect(await recordOf('b')).to.deep.equal({ text, revision: 50 });
    expect(await readdir(root)).to.deep.equal(['records.jsonl']);
  });

  it('writes nothing of who may not write, and all of who asked beside', async () => {
    const refused = async (): Promise<void> => {
      throw Object.assign(new Error('gone'), { code: 'ENOENT' });
    };
    const works = [
      keep('a', 1),
      log.keep({ path: 'b', revision: 1, mode: 0o644, record: {} }, refused),
      log.forget('a', refused),
      keep('c', 1),
    ];
    const codes = await Promise.all(works.map((work) => codeOf(work)));
    expect(codes.map((code) => code === 'ENOENT')).to.deep.equal([false, true, true, false]);
    await Promise.all([works[0], works[3]]);
    expect(log.names('').sort()).to.deep.equal(['a', 'c']);
  });

  it('T84 that could not be read to its end is read again at the next look, and nothing is written on what was not read', async () => {
    await keep('a', 1, { text: 'x'.repeat(2 * MIB) });
    await keep('b', 1);
    await touch();
    const open = fs.openSync;
    fs.openSync = () => {
      throw Object.assign(new Error('EMFILE: injected'), { code: 'EMFILE' });
    };
    syncBuiltinESMExports();
    try {
      expect(() => log.revision('a')).to.throw(/EMFILE/);
    } finally {
      fs.openSync = open;
      syncBuiltinESMExports();
    }
    expect([log.revision('a'), log.revision('b')]).to.deep.equal([1, 1]);
    await keep('c', 1);
    await touch();
    expect(log.names('').sort()).to.deep.equal(['a', 'b', 'c']);
  });

  it('T84 the newest version counts, whichever is asked for last', async () => {
    await keep('a', 1);
    await Promise.all([keep('a', 3), keep('a', 2)]);
    await keep('a', 1);
    await touch();
    expect(await recordOf('a')).to.deep.equal({ revision: 3 });
    await Promise.all([log.forget('a', guard), keep('a', 1), keep('b', 2), log.forget('b', guard)]);
    await touch();
    expect([await recordOf('a'), await recordOf('b')]).to.deep.equal([{ revision: 1 }, undefined]);
  });

  it('a stretch without an end of a line is passed over, however long', async () => {
    await keep('a', 1);
    writeFileSync(log.path, Buffer.alloc(20 * MIB), { flag: 'a' });
    await setImmediate();
    expect(log.revision('a')).to.equal(1);
    await keep('b', 1);
    expect(statSync(log.path).size).to.be.below(MIB);
    await touch();
    expect(log.names('').sort()).to.deep.equal(['a', 'b']);
  });

  it('a name that is not on the disk counts for nothing: the next turn begins with a new file', async () => {
    const calls = await FileCalls.on(root);
    try {
      calls.failNext(/^sync \./, 'EIO');
      expect(await codeOf(keep('a', 1))).to.equal('EIO');
      await keep('b', 1);
      expect(calls.take().filter((line) => line === 'sync .')).to.have.length(2);
    } finally {
      calls.stop();
    }
    await touch();
    expect(log.revision('b')).to.equal(1);
  });

  it('is made again where it was removed or replaced under a process that goes on', async () => {
    await keep('a', 1);
    await rm(log.path);
    expect(log.revision('a')).to.equal(undefined);
    await keep('b', 1);
    expect(keptNames(root, root)).to.deep.equal(['b']);
  });

  /** What each step does to the log, and to what has to be found in it. */
  const VERBS: Record<string, (model: Map<string, number>, path: string, revision: number) => Promise<void>> = {
    Keep: async (model, path, revision) => {
      await keep(path, revision);
      model.set(path, revision);
    },
    Forget: async (model, path) => {
      await log.forget(path, guard);
      for (const one of model.keys()) if (`${one}/`.startsWith(`${path}/`)) model.delete(one);
    },
    Tear: async () => appendFileSync(log.path, '{"sum":"00000000","path":"a","rev'),
    Spoil: async () => appendFileSync(log.path, '\0\0\nno line\n'),
  };
  const PATHS = ['a', 'a/b', 'a/c', 'b', 'c/d/e'];

  it('T84 has at each kill what was told, whatever was asked and however the file ends', async () => {
    const verb = fc.constantFrom('Keep', 'Keep', 'Forget', 'Tear', 'Spoil');
    const steps = fc.array(fc.record({ verb, path: fc.constantFrom(...PATHS) }), { minLength: 1, maxLength: 12 });
    const holds = async (all: { verb: string; path: string }[]): Promise<void> => {
      await rm(log.path, { force: true });
      const model = new Map<string, number>();
      for (const [index, step] of all.entries()) {
        await VERBS[step.verb]?.(model, step.path, index + 1);
        await setImmediate();
        for (const one of PATHS) {
          const revision = model.get(one);
          expect(log.revision(one), one).to.equal(revision);
          expect(keptRecord(root, join(root, one)), one).to.deep.equal(revision && { revision });
        }
      }
    };
    await fc.assert(fc.asyncProperty(steps, holds), { numRuns: 25 });
  });
});
