import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { ObjectLogs } from '../../../lib/store/object-logs.ts';
import { type FileProblem, ProblemReport, SourceReport } from '../../../lib/store/problem-report.ts';
import { createFile, replaceFile, sameSignature, signatureAt } from '../../../lib/store/replace-file.ts';
import { statePaths } from '../../../lib/store/state-paths.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';
import { codeOf } from '../../rig/code-of.ts';
import { storedObject } from '../runtime/object-map.ts';

const [FIRST, SECOND] = ['2030-01-01T00:00:00.000Z', '2030-01-01T00:01:00.000Z'];

describe('reports of the store', () => {
  let root: string;
  let clock: FakeClock;
  let log: FakeLog;
  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-reports-')));
    clock = new FakeClock();
    log = new FakeLog();
  });
  afterEach(() => rm(root, { recursive: true }));
  const json = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(root, name), 'utf8'));

  describe('of the source', () => {
    const report = (): SourceReport => new SourceReport({ path: join(root, 'source.json'), clock, log });
    const gone = { reason: 'DirectoryMissing', message: 'gone' } as const;

    it('tell a change once, since when, and remember it over a restart', async () => {
      const one = report();
      expect(await one.set(undefined)).to.equal(undefined);
      expect(await json('source.json')).to.deep.equal({ available: true, sinceTime: FIRST });
      await clock.advance(60_000);
      const state = { available: false, ...gone, sinceTime: SECOND };
      expect(await one.set(gone)).to.deep.equal(state);
      await clock.advance(60_000);
      expect(await one.set({ ...gone, message: 'other words' })).to.equal(undefined);
      expect(await report().set(gone)).to.equal(undefined);
      expect(await json('source.json')).to.deep.equal(state);
      expect(await report().set({ ...gone, reason: 'MassDeletion' })).to.include({ reason: 'MassDeletion' });
      expect(await report().set(undefined)).to.include({ available: true });
    });

    it('a source that is unavailable from the first look on is told', async () => {
      expect(await report().set(gone)).to.include({ available: false, sinceTime: FIRST });
    });

    it('that cannot be written are logged, and told all the same; a file that is no JSON is none', async () => {
      await mkdir(join(root, 'source.json'));
      expect(await report().set(gone)).to.include({ available: false });
      expect(log.take()).to.deep.equal(['warn']);
      await rm(join(root, 'source.json'), { recursive: true });
      await writeFile(join(root, 'source.json'), '{');
      expect(await report().set(gone)).to.include({ available: false });
    });
  });

  describe('of files that became no object', () => {
    const report = (): ProblemReport => new ProblemReport({ path: join(root, 'problems.json'), clock, log });
    const none: ReadonlySet<string> = new Set();
    const problem = (name: string, changes: Partial<FileProblem> = {}): FileProblem => ({
      ...{ path: join(root, name), reason: 'InvalidSpec', message: 'wrong', problems: [], ...changes },
    });
    const beside = async (name: string): Promise<{ status: { conditions: Record<string, unknown>[] } }> =>
      parse(await readFile(join(root, `${name}.status.yaml`), 'utf8'));

    it("I9 are not told in a directory that is somebody else's", async () => {
      const holdsSpecs = (): boolean => false;
      await new ProblemReport({ path: join(root, 'problems.json'), clock, log, holdsSpecs }).set(
        [problem('a.yaml')],
        none,
      );
      expect(await readdir(root)).to.deep.equal(['problems.json']);
    });

    it('are kept by path with the time they were first seen, over a restart', async () => {
      await report().set([problem('b.yaml'), problem('a.yaml')], none);
      await clock.advance(60_000);
      const again = report();
      await again.set([problem('a.yaml', { message: 'other' }), problem('b.yaml', { reason: 'DuplicateName' })], none);
      const kept = (await json('problems.json')) as { path: string; sinceTime: string }[];
      expect(kept.map(({ path, sinceTime }) => [path, sinceTime])).to.deep.equal([
        [join(root, 'a.yaml'), FIRST],
        [join(root, 'b.yaml'), SECOND],
      ]);
      const { status } = await beside('a.yaml');
      const [condition] = status.conditions;
      expect(status).to.deep.include({ observedGeneration: 0 });
      expect(status.conditions.map(({ type }) => type)).to.deep.equal(['Accepted', 'Ready']);
      expect(condition).to.deep.equal({
        ...{ type: 'Accepted', status: 'False', reason: 'InvalidSpec', message: 'other', lastTransitionTime: FIRST },
        observedGeneration: 0,
      });
    });

    it('lie beside the file, named after the object where that can be told, and go with the problem', async () => {
      const one = report();
      const places = [{ message: 'line 3' }] as never;
      await one.set(
        [problem('a.yaml', { key: { kind: 'Run', name: 'x' }, problems: places }), problem('b.yaml')],
        none,
      );
      expect(await beside('a.yaml')).to.deep.include({ kind: 'Run', metadata: { name: 'x' } });
      expect((await beside('a.yaml')).status).to.have.property('problems');
      expect((await beside('b.yaml')).status).to.not.have.property('problems');
      await one.set([], new Set([join(root, 'b.yaml')]));
      expect((await readdir(root)).sort()).to.deep.equal(['b.yaml.status.yaml', 'problems.json']);
      expect(await json('problems.json')).to.deep.equal([]);
    });

    it('T101 leave a person’s own file of that name, and go on', async () => {
      await writeFile(join(root, 'a.yaml.status.yaml'), 'spec: {}\n');
      await report().set([problem('a.yaml'), problem('b.yaml')], none);
      expect(await readFile(join(root, 'a.yaml.status.yaml'), 'utf8')).to.equal('spec: {}\n');
      expect(log.take(), 'each problem once, and the file that is in the way').to.deep.equal(['warn', 'warn', 'warn']);
      expect(await readdir(root)).to.include('b.yaml.status.yaml');
    });

    for (const text of ['{}', 'null', '[', '"text"']) {
      it(`T84 a list of before that holds ${text} is none, and is written anew`, async () => {
        await writeFile(join(root, 'problems.json'), text);
        await report().set([problem('a.yaml')], none);
        expect(await json('problems.json')).to.have.length(1);
      });
    }

    it('of a damaged record lie in the report alone', async () => {
      await report().set([problem('object.json', { reason: 'DamagedRecord' })], none);
      expect(await readdir(root)).to.deep.equal(['problems.json']);
    });

    it('are not written where nothing changed, and again where something did', async () => {
      const one = report();
      await one.set([problem('a.yaml')], none);
      for (const name of ['problems.json', 'a.yaml.status.yaml']) await rm(join(root, name));
      await clock.advance(60_000);
      await one.set([problem('a.yaml')], none);
      expect(await readdir(root)).to.deep.equal([]);
      await one.set([problem('a.yaml', { message: 'other' })], none);
      expect((await readdir(root)).sort()).to.deep.equal(['a.yaml.status.yaml', 'problems.json']);
    });
  });

  describe('of one object', () => {
    const object = storedObject();
    const paths = (): ReturnType<typeof statePaths> => statePaths(root);
    const logs = (): ObjectLogs => new ObjectLogs({ paths: paths(), clock, log });
    const lines = async (path: string): Promise<Record<string, unknown>[]> =>
      (await readFile(path, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    beforeEach(() => mkdir(paths().objectDirectory(object), { recursive: true }));

    it('events have a time and the object, and no password of a URL', async () => {
      const message = 'from https://user:secret@host/x';
      await logs().event(object, { type: 'Normal', reason: 'FileMoved', message });
      const [line] = await lines(paths().objectEvents(object));
      expect(line).to.deep.include({ time: FIRST, type: 'Normal', reason: 'FileMoved' });
      expect(line!.object).to.deep.equal({ kind: 'Run', name: 'a', uid: 'uid-a' });
      expect(JSON.stringify(line)).to.not.include('secret');
      await logs().controllerEvent({ type: 'Warning', reason: 'Drifted', message: 'y' });
      expect(await lines(paths().events)).to.deep.equal([
        { time: FIRST, type: 'Warning', reason: 'Drifted', message: 'y' },
      ]);
    });

    it('a decision is kept while it differs from the last one, over a restart too', async () => {
      const decision = { inputs: { a: 1 }, action: { action: 'Wait' } };
      const one = logs();
      for (const each of [decision, decision, { ...decision, planner: 'p' }, decision])
        await one.decision(object, each);
      await one.keepDecisions(object);
      const other = logs();
      await other.decision(object, decision);
      await other.keepDecisions(object);
      const kept = await lines(paths().decisions(object));
      expect(kept.map(({ planner }) => planner)).to.deep.equal([undefined, 'p', undefined]);
      expect(kept[0]).to.deep.equal({ time: FIRST, ...decision });
      await one.decision({ ...object, uid: 'other' }, decision);
      await one.keepDecisions({ ...object, uid: 'other' });
      expect(await lines(paths().decisions(object))).to.have.length(3);
    });

    const choose = (action: unknown) => ({ inputs: { url: 'https://u:secret@host/x' }, action });

    it('decisions of a pass are appended at once, with the time and the inputs that each had', async () => {
      const one = logs();
      const inputs = { step: 'before' };
      await one.decision(object, { inputs, action: 'Claim' });
      inputs.step = 'after';
      await clock.advance(60_000);
      await one.decision(object, { inputs, action: 'Rest' });
      expect(await readdir(paths().objectDirectory(object))).to.deep.equal([]);
      await one.keepDecisions(object);
      expect(await lines(paths().decisions(object))).to.deep.equal([
        { time: FIRST, inputs: { step: 'before' }, action: 'Claim' },
        { time: SECOND, inputs: { step: 'after' }, action: 'Rest' },
      ]);
      await one.keepDecisions(object);
      expect(await lines(paths().decisions(object))).to.have.length(2);
    });

    it('a decision within an act is kept at once, after those before it; so are many', async () => {
      const one = logs();
      await one.decision(object, choose('Act'));
      await one.decision(object, { planner: 'p', ...choose('Begin') });
      expect((await lines(paths().decisions(object))).map(({ action }) => action)).to.deep.equal(['Act', 'Begin']);
      for (let number = 0; number < 16; number += 1) await one.decision(object, choose(number));
      expect(await lines(paths().decisions(object))).to.have.length(18);
      expect(await readFile(paths().decisions(object), 'utf8')).to.not.include('secret');
    });

    it('what was decided of an object that is gone is not told of the next one of its name', async () => {
      const one = logs();
      await one.decision(object, choose('Forget'));
      await one.keepDecisions({ ...object, uid: 'other' });
      await one.keepDecisions(object);
      expect(await readdir(paths().objectDirectory(object))).to.deep.equal([]);
    });

    it('what cannot be kept is logged and given up', async () => {
      await mkdir(paths().objectEvents(object));
      await logs().event(object, { type: 'Normal', reason: 'Drifted', message: 'y' });
      expect(log.take()).to.deep.equal(['info', 'warn']);
    });

    it('settled is what was given before', async () => {
      const one = logs();
      void one.event(object, { type: 'Normal', reason: 'Drifted', message: 'y' });
      await one.settle(object);
      await one.decision(object, choose('Forget'));
      await one.settle(object);
      expect(await lines(paths().objectEvents(object))).to.have.length(1);
      expect(await lines(paths().decisions(object))).to.have.length(1);
    });
  });

  describe('a file that is replaced', () => {
    it('is whole, new each time, and leaves nothing beside it', async () => {
      const path = join(root, 'status.json');
      const first = await replaceFile(path, 'same');
      expect(sameSignature(await signatureAt(path), first)).to.equal(true);
      const second = await replaceFile(path, 'same');
      expect(sameSignature(first, second)).to.equal(false);
      expect(sameSignature(undefined, undefined)).to.equal(false);
      for (const other of [
        { ...second, ino: 0 },
        { ...second, size: 0 },
        { ...second, mtimeMs: 0 },
      ]) {
        expect(sameSignature(second, other)).to.equal(false);
      }
      expect(await readdir(root)).to.deep.equal(['status.json']);
      expect(await codeOf(replaceFile(join(root, 'none/x'), 'text'))).to.equal('ENOENT');
      await mkdir(join(root, 'd'));
      expect(await codeOf(replaceFile(join(root, 'd'), 'text'))).to.equal('EISDIR');
      expect((await readdir(root)).sort()).to.deep.equal(['d', 'status.json']);
    });
  });

  describe('a file that is created', () => {
    it('is told as it is, and leaves nothing beside it', async () => {
      const path = join(root, 'status.json');
      const created = await createFile(path, 'text');
      expect(sameSignature(await signatureAt(path), created)).to.equal(true);
      expect([await readFile(path, 'utf8'), await readdir(root)]).to.deep.equal(['text', ['status.json']]);
    });

    it('is not written where something lies, a link to nothing included', async () => {
      await writeFile(join(root, 'there'), 'mine');
      await symlink(join(root, 'nowhere'), join(root, 'link'));
      for (const name of ['there', 'link']) expect(await createFile(join(root, name), 'text')).to.equal(undefined);
      expect(await readFile(join(root, 'there'), 'utf8')).to.equal('mine');
      expect((await readdir(root)).sort()).to.deep.equal(['link', 'there']);
    });

    it('is not written where a reader could see a part of it', async () => {
      expect(await createFile(join(root, 'fits'), 'é'.repeat(2048))).to.have.property('size', 4096);
      expect(await createFile(join(root, 'long'), `${'é'.repeat(2048)}x`)).to.equal(undefined);
      expect(await readdir(root)).to.deep.equal(['fits']);
    });

    it('is an error where its directory is none', async () => {
      expect(await codeOf(createFile(join(root, 'none/x'), 'text'))).to.equal('ENOENT');
    });
  });
});
