import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { sha256 } from '../../../lib/digest.ts';
import { silentLog } from '../../../lib/log.ts';
import { writeMarker } from '../../../lib/store/directory-guard.ts';
import { FileStore } from '../../../lib/store/file-store.ts';
import { type KnownReading, ReadBy, readingOf } from '../../../lib/store/read-by.ts';
import { parseSpec } from '../../../lib/store/spec-file.ts';
import { SpecReader } from '../../../lib/store/spec-reader.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { putInsteadOf } from '../../rig/record-places.ts';

const EXAMPLES = globSync('{specs,docs/examples}/**/*.yaml', { cwd: join(import.meta.dirname, '../../..') });
const BAD = 'apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: noted }\nspec: { recip: notes }\n';
const GOOD = `apiVersion: cc-ci/v1
kind: Canonical
metadata: { name: noted, labels: { team: a }, uid: mine }
spec: { app: { recipe: notes, secrets: { items: [{ name: s, file: s.txt }] } } }
`;
const KEY = { kind: 'Canonical', name: 'noted' } as const;

describe('a spec file that was read before', () => {
  let root: string;
  let clock: FakeClock;

  const note = () => join(root, 'state', 'read-by.json');
  const spec = (name = 'notes') => join(root, 'specs', `${name}.yaml`);
  /** A process of that build: it lists once. */
  const process = async (build: string | undefined): Promise<FileStore> => {
    const directories = { stateDirectory: join(root, 'state'), specDirectory: join(root, 'specs') };
    const rest = { instanceId: 'i', clock, log: silentLog, graceMs: 30_000, owns: () => true, onChange: () => {} };
    const store = await FileStore.open({ ...directories, ...rest, build });
    await store.sync();
    await store.stop();
    return store;
  };
  /** Puts what is not valid in the place of the file, and its digest into the record: as rules that became stricter. */
  const tightenRules = (): void => {
    writeFileSync(spec(), BAD);
    const path = 'objects/Canonical/noted/object.json';
    const record = JSON.parse(readFileSync(join(root, 'state', path), 'utf8'));
    putInsteadOf(join(root, 'state'), path, JSON.stringify({ ...record, fileDigest: sha256(BAD) }));
  };
  const rejected = (store: FileStore) => store.get(KEY)?.rejected?.reason;

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-read-by-')));
    for (const name of ['specs', 'state']) mkdirSync(join(root, name));
    await writeMarker(join(root, 'specs'), 'i');
    writeFileSync(spec(), GOOD);
    clock = new FakeClock();
  });
  afterEach(() => rm(root, { recursive: true }));

  it('is not judged again by the same build', async () => {
    expect(rejected(await process('one'))).to.equal(undefined);
    tightenRules();
    expect(rejected(await process('one'))).to.equal(undefined);
  });

  for (const [what, build] of [
    ['another build', 'two'],
    ['a program that was not built', undefined],
  ] as const)
    it(`is judged by ${what}, and by the first one after that`, async () => {
      await process('one');
      tightenRules();
      expect(rejected(await process(build))).to.equal('InvalidSpec');
      expect(JSON.stringify(existsSync(note()) && JSON.parse(readFileSync(note(), 'utf8')))).to.equal(
        build === undefined ? 'false' : JSON.stringify({ build }),
      );
      expect(rejected(await process('one'))).to.equal('InvalidSpec');
    });

  it('is judged again where the note is lost, empty or garbled', async () => {
    for (const spoil of [() => rmSync(note()), () => writeFileSync(note(), ''), () => writeFileSync(note(), '{"bu')]) {
      writeFileSync(spec(), GOOD);
      expect(rejected(await process('one'))).to.equal(undefined);
      tightenRules();
      spoil();
      expect(rejected(await process('one'))).to.equal('InvalidSpec');
    }
  });

  it('is noted once the files of all records were read, not before', async () => {
    await process('one');
    rmSync(spec());
    await process('two');
    expect(existsSync(note()), 'the file of a record is missing').to.equal(false);
    writeFileSync(spec(), GOOD);
    await process('two');
    expect(existsSync(note())).to.equal(true);
  });

  it('is noted by no build before the note of another one is gone', async () => {
    await process('one');
    const readBy = await ReadBy.open({ path: note(), build: 'two', log: silentLog });
    expect([readBy.isNoted, existsSync(note())]).to.deep.equal([false, false]);
  });

  it('says in its record all that was read of it', async () => {
    for (const [index, path] of EXAMPLES.entries())
      writeFileSync(spec(`example-${index}`), readFileSync(join(import.meta.dirname, '../../..', path)));
    const store = await process('one');
    const objects = store.list();
    expect(objects.length).to.be.greaterThan(4);
    for (const object of objects) {
      const result = parseSpec(object.path, readFileSync(object.path));
      expect(readingOf(object)).to.deep.equal({ fileDigest: object.fileDigest, result });
    }
    expect(store.get(KEY)?.notes).to.have.lengthOf(1);
  });

  it('is parsed where its bytes are others than those that are known', async () => {
    const result: KnownReading['result'] = { ok: false, problems: [] };
    const known = (fileDigest: string) => () => ({ fileDigest, result });
    const read = async (fileDigest: string) => {
      const reader = new SpecReader({ clock, known: known(fileDigest) });
      return (await reader.read([{ path: spec(), stats: await stat(spec()) }])).files[0]?.result;
    };
    expect(await read(sha256(GOOD))).to.equal(result);
    expect((await read(sha256(BAD)))?.ok).to.equal(true);
  });
});
