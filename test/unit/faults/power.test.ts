import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { lineOfRemoval, lineOfVersion } from '../../../lib/fs/record-line.ts';
import { type Loss, looseAt, lossesOf, type Tree, treeAfter } from '../../faults/power/cuts.ts';
import type { Disk } from '../../faults/power/disk.ts';
import { historyOf } from '../../faults/power/history.ts';
import type { Recorded } from '../../faults/power/recording.ts';
import { surveyOf } from '../../faults/power/survey.ts';

const FILE = 'state/claims/a.json';
const TEMP = 'state/claims/.tmp-a.json-1';

function record(call: string, first: string, fields: Partial<Recorded> = {}): Recorded {
  return { call, first, second: '', mode: 0o644, offset: 0, bytes: Buffer.alloc(0), ...fields };
}

const mkdir = (path: string): Recorded => record('mkdir', path, { mode: 0o755 });
const write = (path: string, text: string, offset = 0): Recorded =>
  record('write', path, { offset, bytes: Buffer.from(text) });
const rename = (from: string, to: string): Recorded => record('rename', from, { second: to });
const sync = (path: string): Recorded => record('fsync', path);
const DIRECTORIES = [mkdir('state'), mkdir('state/claims'), sync('state/claims')];
/** Temp file, fsync, rename, fsync of the directory. */
const DURABLE = [record('open', TEMP), write(TEMP, '{"a":1}'), sync(TEMP), rename(TEMP, FILE), sync('state/claims')];

describe('power cuts', () => {
  let before: string;
  beforeEach(() => {
    before = mkdtempSync(join(tmpdir(), 'cc-ci-power-'));
  });
  afterEach(() => rmSync(before, { recursive: true }));

  const disk = (...records: Recorded[]): Disk => historyOf([...DIRECTORIES, ...records], before);
  const last = (one: Disk): number => Math.max(...one.operations.map(({ at }) => at));
  const loss = (one: Disk, name: string): Loss =>
    lossesOf(looseAt(one, last(one)), last(one)).find((found) => found.name === name)!;
  const leftOf = (one: Disk, name: string): Tree => treeAfter(one, last(one), loss(one, name));
  const textAt = (tree: Tree, path: string): string | undefined => tree.get(path)?.bytes.toString();

  it('lose nothing of a durable write that has ended', () => {
    const one = disk(...DURABLE);
    expect(looseAt(one, 99)).to.deep.equal([]);
    expect(textAt(treeAfter(one, 99, { name: 'none', isLost: () => false }), FILE)).to.equal('{"a":1}');
  });

  it('lose the rename before the fsync of its directory, never half of it', () => {
    const one = disk(...DURABLE.slice(0, -1));
    expect(textAt(leftOf(one, 'none'), FILE)).to.equal('{"a":1}');
    expect(textAt(leftOf(one, 'all'), FILE)).to.equal(undefined);
    const texts = surveyOf(one).problems;
    expect(texts).to.deep.equal([]);
  });

  it('leave a short or a zeroed file where the content was not synced before the rename', () => {
    const one = disk(...DURABLE.filter(({ call, first }) => call !== 'fsync' || first !== TEMP).slice(0, -1));
    expect(textAt(leftOf(one, 'data'), FILE)).to.equal('');
    expect(textAt(leftOf(one, 'zeroes'), FILE)).to.equal('\0'.repeat(7));
    expect(textAt(leftOf(one, 'half'), FILE)).to.equal('{"a');
    expect(surveyOf(one).problems.join()).to.include(`${FILE} is torn`);
  });

  it('lose a directory that was made but not synced, with all in it', () => {
    const one = historyOf([mkdir('state'), mkdir('state/ports'), record('open', 'state/ports/1')], before);
    expect([...leftOf(one, 'metadata').keys()]).to.deep.equal([]);
    expect([...leftOf(one, 'none').keys()]).to.deep.equal(['state', 'state/ports', 'state/ports/1']);
  });

  it('lose nothing that was there before', () => {
    const one = disk(...DURABLE, record('unlink', FILE));
    expect(textAt(leftOf(one, 'all'), FILE)).to.equal('{"a":1}');
    expect(textAt(leftOf(one, 'none'), FILE)).to.equal(undefined);
  });

  it('may lose what a child wrote until a sync that began after it has ended', () => {
    const child = (pid: number, ...entries: Recorded[]): Recorded[] => [
      record('tree-begin', '', { mode: 0, offset: pid }),
      record('tree-directory', 'state', { mode: 0o755 }),
      record('tree-directory', 'state/claims', { mode: 0o755 }),
      ...entries,
      record('tree-end', '', { mode: 0, offset: pid }),
    ];
    const copied = record('tree-file', 'state/claims/copy', { bytes: Buffer.from('data') });
    const copy = child(7, copied);
    const loose = disk(...copy);
    expect(textAt(leftOf(loose, 'data'), 'state/claims/copy')).to.equal('');
    expect(
      looseAt(disk(...copy, record('exec', 'sync -f -- /x', { offset: 8 }), ...child(8, copied)), 99),
    ).to.deep.equal([]);
    const early = disk(record('exec', 'sync -f -- /x', { offset: 8 }), ...copy, ...child(8, copied));
    expect(looseAt(early, 99)).not.to.deep.equal([]);
  });

  describe('of records that a log has', () => {
    const LOG = 'state/records.jsonl';
    const line = (revision: number, path = 'claims/a.json'): string =>
      lineOfVersion({ path, revision, mode: 0o644, record: { a: revision } });
    const text = (revision: number): string =>
      `${JSON.stringify({ a: revision, recordRevision: revision }, null, 1)}\n`;
    const first = line(1);
    const BEGUN = [record('open', LOG), write(LOG, first), record('fdatasync', LOG), sync('state')];
    const PLACED = [record('open', FILE), write(FILE, text(1))];
    const next = (...between: Recorded[]): Recorded[] => [
      ...[record('open', TEMP), write(TEMP, text(2)), write(LOG, line(2), first.length), ...between],
      rename(TEMP, FILE),
    ];

    it('take nothing that was told: neither of a new record nor of one that is replaced', () => {
      const one = disk(...BEGUN, ...PLACED, ...next(record('fdatasync', LOG)));
      expect(surveyOf(one).problems).to.deep.equal([]);
      expect(textAt(leftOf(one, 'all'), FILE)).to.equal(undefined);
    });

    it('are found where a record takes its place before its line is on the disk', () => {
      const early = disk(...BEGUN, ...PLACED, ...next(), write(FILE, ''));
      expect(surveyOf(early).problems).to.deep.equal([]);
      const isNew = disk(record('open', LOG), write(LOG, first), ...PLACED);
      expect(surveyOf(isNew).problems.join()).to.include(`${FILE} is torn`);
    });

    it('are found where they take a version that was on the disk', () => {
      const [second, third] = [line(2), line(3)];
      const placed = [record('open', FILE), write(FILE, text(3)), sync(FILE), sync('state/claims')];
      const begun = [record('open', LOG), write(LOG, second + third), record('fdatasync', LOG), sync('state')];
      const older = [record('ftruncate', LOG, { offset: second.length }), sync(LOG), write(FILE, text(2)), sync(FILE)];
      const { problems } = surveyOf(disk(...begun, ...placed, ...older));
      expect(problems.join()).to.include(`${FILE} fell from version 3 to 2`);
    });

    it('are found where they take a record, unless the log says that it was removed', () => {
      const gone = [record('ftruncate', LOG), record('unlink', FILE)];
      expect(surveyOf(disk(...BEGUN, ...PLACED, ...gone)).problems.join()).to.include(`${FILE} is lost`);
      const removed = [write(LOG, lineOfRemoval('claims'), first.length), record('fdatasync', LOG)];
      const unlinked = [record('unlink', FILE), sync('state/claims')];
      expect(surveyOf(disk(...BEGUN, ...PLACED, ...unlinked, ...removed)).problems).to.deep.equal([]);
      // What was never on the disk whole may come back in part.
      expect(surveyOf(disk(...BEGUN, ...PLACED, ...removed, ...unlinked)).problems.join()).to.include('is torn');
    });
  });
});
