import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { sha256 } from '../../../lib/digest.ts';
import { newRunFile, ownersOf, removeRunFile, runFileText } from '../../../lib/store/run-file.ts';
import type { NewRun } from '../../../lib/store/store.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';

const OWNER = { kind: 'Canonical', name: 'notes', uid: 'u1' } as const;
const RUN: NewRun = { name: 'a', spec: { recipe: 'notes' } };

describe('the file of a run that the controller creates', () => {
  it('names its owner and its labels, in words that are read back', () => {
    const run = { ...RUN, owner: OWNER, labels: { x: 'y' }, annotations: { note: 'z' } };
    const { path, bytes, valid } = newRunFile('/specs', run);
    expect([path, bytes.toString()]).to.deep.equal(['/specs/a.yaml', runFileText(run)]);
    expect(valid).to.deep.include({ path, source: 'State', fileDigest: sha256(bytes), notes: [] });
    expect(valid.parsed).to.deep.include({ kind: 'Run', name: 'a', labels: { x: 'y' } });
    expect(valid.parsed.annotations).to.include({ note: 'z' });
    expect(ownersOf(valid.parsed.annotations)).to.deep.equal([OWNER]);
  });

  it('says nothing of what there is not', () => {
    for (const run of [RUN, { ...RUN, labels: {}, annotations: {} }]) {
      expect(runFileText(run)).to.not.match(/labels|annotations/);
      expect(newRunFile('/specs', run).valid.parsed).to.deep.include({ labels: {}, annotations: {} });
    }
  });

  it('an owner of its own wins over one that is said beside', () => {
    const claimed = newRunFile('/specs', { ...RUN, owner: OWNER }).valid.parsed.annotations;
    const other = { ...RUN, owner: { ...OWNER, uid: 'u2' }, annotations: claimed };
    expect(ownersOf(newRunFile('/specs', other).valid.parsed.annotations)).to.deep.equal([{ ...OWNER, uid: 'u2' }]);
  });

  it('is not made of a run that would not validate', () => {
    for (const run of [
      { ...RUN, spec: { recipee: 'x' } },
      { ...RUN, name: '../x' },
    ]) {
      expect(() => newRunFile('/specs', run))
        .to.throw()
        .with.property('code', 'InvalidInput');
    }
  });

  for (const text of ['', 'Canonical', 'Canonical/notes', 'Canonical//u', 'Canonical/notes/', 'Other/notes/u']) {
    it(`names no owner by ${JSON.stringify(text)}`, () => {
      expect(ownersOf({ 'cc-ci.owner': text })).to.deep.equal([]);
    });
  }

  describe('goes', () => {
    let root: string;
    let calls: FileCalls;
    const key = () => ({ path: join(root, 'a.yaml'), kind: 'Run', name: 'a' }) as const;
    beforeEach(async () => {
      root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-run-')));
      writeFileSync(key().path, runFileText(RUN));
      calls = await FileCalls.on(root);
    });
    afterEach(async () => {
      calls.stop();
      await rm(root, { recursive: true });
    });

    it('durably, once it is read as that run; absent is success', async () => {
      await removeRunFile(key());
      expect(calls.take().at(-1)).to.equal('sync .');
      expect(existsSync(key().path)).to.equal(false);
      await removeRunFile(key());
    });

    for (const [what, text] of [
      ['another run', runFileText({ ...RUN, name: 'b' })],
      ['another kind', 'apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: a }\nspec: { app: { recipe: n } }\n'],
      ['half an edit', '{ half'],
    ] as const) {
      it(`T101 not where a person made it ${what}`, async () => {
        writeFileSync(key().path, text);
        await removeRunFile(key());
        expect([readFileSync(key().path, 'utf8'), calls.take()]).to.deep.equal([text, []]);
      });
    }

    it('T101 not where it is edited this very moment: that is a conflict, and the edit stays', async () => {
      calls.beforeNext(/^rename /, () => writeFileSync(key().path, 'an edit\n'));
      expect(await codeOf(removeRunFile(key()))).to.equal('Conflict');
      expect(readFileSync(key().path, 'utf8')).to.equal('an edit\n');
    });

    it('what the system says else is told as it is', async () => {
      calls.failNext(/^readFile /, 'EIO');
      expect(await codeOf(removeRunFile(key()))).to.equal('EIO');
      await rm(key().path);
      mkdirSync(key().path);
      expect(await codeOf(removeRunFile(key()))).to.equal('EISDIR');
    });
  });
});
