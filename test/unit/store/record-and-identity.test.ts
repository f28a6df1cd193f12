import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { readRecord } from '../../../lib/store/damaged-record.ts';
import { readAll, readOne } from '../../../lib/store/reader.ts';
import { parseSpecFile } from '../../../lib/store/spec-codec.ts';
import { sameIdentity } from '../../../lib/store/spec-identity.ts';
import { storedCanonical, storedRun } from '../../builders/stored-object.ts';
import { codeOf } from '../../rig/code-of.ts';

describe('a record of an object', () => {
  let root: string;
  let path: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-record-'));
    path = join(root, 'r.json');
  });
  afterEach(() => rm(root, { recursive: true }));

  const isNamed = (value: object): value is { name: string } => 'name' in value;
  const reason = async (): Promise<unknown> =>
    await readRecord(new RecordFiles(root), path, isNamed).catch(({ reason: why, code, path: of }) => [why, code, of]);

  it('T84 that cannot be read, or is none of its sort, is a damaged record, which names its file', async () => {
    expect(await reason()).to.equal(undefined);
    for (const text of ['{', 'null', '{"other":1}']) {
      writeFileSync(path, text);
      await rm(join(root, 'records.jsonl'), { force: true });
      expect(await reason(), text).to.deep.equal(['DamagedRecord', 'Damaged', path]);
    }
    writeFileSync(path, '{"name":"a","recordRevision":2}');
    expect(await reason()).to.deep.equal({ name: 'a' });
  });

  it('is looked for in a state directory alone', async () => {
    for (const read of [
      () => readAll({ stateDirectory: root }),
      () => readOne({ stateDirectory: root }, storedRun()),
    ]) {
      expect(await codeOf(read())).to.equal('NotFound');
      writeFileSync(join(root, 'objects'), '');
      expect(await codeOf(read())).to.equal('NotFound');
      await rm(join(root, 'objects'));
    }
    writeFileSync(join(root, 'records.jsonl'), '');
    expect(await readAll({ stateDirectory: root })).to.deep.equal({ objects: [], problems: [] });
    expect(await readOne({ stateDirectory: root }, storedRun())).to.equal(undefined);
  });
});

describe('the identity of an object', () => {
  const deletion = { state: 'Started', missingSinceRunningMs: 0, requested: false } as const;

  it('is its recipe, wherever a spec of its kind names it, or none', () => {
    const run = storedRun({}, { recipe: 'notes' });
    expect(sameIdentity(run, { spec: { recipe: 'notes' } })).to.equal(true);
    expect(sameIdentity(run, { spec: { recipe: 'other' } })).to.equal(false);
    for (const spec of [{ app: null }, { app: 'text' }, null, 'text', {}]) {
      expect(sameIdentity({ ...run, spec: {} }, { spec }), JSON.stringify(spec)).to.equal(true);
      expect(sameIdentity(run, { spec }), JSON.stringify(spec)).to.equal(false);
    }
  });

  it('is its domain too once the deletion has begun', () => {
    const spec = (domain?: string) => ({ app: { recipe: 'notes', ...(domain && { domain }) } });
    const there = storedCanonical({ spec: spec('a.example') });
    expect(sameIdentity(there, { spec: spec('b.example') })).to.equal(true);
    for (const [domain, expected] of [
      ['a.example', true],
      ['b.example', false],
      [undefined, false],
    ] as const) {
      expect(sameIdentity({ ...there, deletion }, { spec: spec(domain) }), domain).to.equal(expected);
    }
  });
});

describe('a problem of a spec file', () => {
  it('quotes the rule of the field as the schema words it', () => {
    const text = 'apiVersion: cc-ci/v1\nkind: Run\nmetadata: { name: "No!" }\nspec: { recipe: notes }\n';
    const parsed = parseSpecFile({ path: 'a.yaml', bytes: Buffer.from(text) });
    const [problem] = parsed.ok ? [] : parsed.problems;
    expect(problem?.message).to.match(/^found 'No!', expected [a-z][^A-Z]/);
  });
});
