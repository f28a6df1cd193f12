import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { keyText } from '../../../lib/api/kinds.ts';
import type { FileFact } from '../../../lib/store/object-facts.ts';
import type { TransitionContext } from '../../../lib/store/object-transitions.ts';
import { specAccepted, specRefused } from '../../../lib/store/object-verbs.ts';
import {
  absentPaths,
  gapsOf,
  hiddenPaths,
  isFileLost,
  massProblem,
  tracesOf,
  waitsForListing,
  writeRunFileAgain,
} from '../../../lib/store/round-judgement.ts';
import { fileProblems, judgementEvent, roundEvents } from '../../../lib/store/round-report.ts';
import { runFileText } from '../../../lib/store/run-file.ts';
import type { Deletion, StoredObject } from '../../../lib/store/store.ts';
import { storedCanonical, storedRun } from '../../builders/stored-object.ts';

const missing = (changes: Partial<Deletion> = {}): Deletion => ({
  ...{ state: 'Missing', missingSinceRunningMs: 1_000, requested: false },
  ...changes,
});
const absent: FileFact = { fact: 'Absent' };

describe('what a round concludes', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-judge-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const known = storedCanonical({ path: '/specs/known.yaml' });
  const file = (path: string, ok: boolean, source: 'Specs' | 'State' = 'Specs') =>
    ({ path, source, fileDigest: '', result: ok ? { ok } : { ok, problems: [] } }) as never;
  const seen = (changes: object) => ({
    files: [],
    unsettled: new Map(),
    dangling: [],
    unread: [],
    failures: {},
    ...changes,
  });

  it('a source has gaps by files that were never seen, and are broken or not settled', () => {
    const gaps = (changes: object) => [...gapsOf(seen(changes), [known])];
    expect(gaps({ files: [file(known.path, false), file('/specs/new.yaml', true)] })).to.deep.equal([]);
    expect(gaps({ files: [file('/specs/new.yaml', false)] })).to.deep.equal(['Specs']);
    expect(gaps({ files: [file('/state/new.yaml', false, 'State')] })).to.deep.equal(['State']);
    const unsettled = (path: string) => new Map([[path, { source: 'Specs', message: '', state: 'Passing' }]]);
    expect(gaps({ unsettled: unsettled(known.path) })).to.deep.equal([]);
    expect(gaps({ unsettled: unsettled('/specs/new.yaml') })).to.deep.equal(['Specs']);
  });

  it('hidden is a path where something else than a file stands, not what lies in such a directory', () => {
    const [a, inside] = [storedCanonical({ path: '/specs/a.yaml' }), storedCanonical({ path: '/specs/a.yaml/b.yaml' })];
    const unread = [{ path: '/specs/a.yaml', message: 'it is a directory' }];
    expect(hiddenPaths(seen({ unread }), [a, inside])).to.deep.equal(['/specs/a.yaml']);
  });

  it('hidden are paths at a link without a target, and behind it, not those that look alike', () => {
    const paths = ['/specs/a', '/specs/a/b.yaml', '/specs/ab.yaml'].map((path) => storedCanonical({ path }));
    expect(hiddenPaths(seen({ dangling: ['/specs/a'] }), paths)).to.deep.equal(['/specs/a', '/specs/a/b.yaml']);
  });

  it('absent are paths that are not listed and not there; what cannot be looked at is not absent', async () => {
    writeFileSync(join(root, 'there'), '');
    const paths = ['there', 'gone', 'listed', 'there/below', 'x'.repeat(300)].map((name) => join(root, name));
    const found = await absentPaths(
      paths.map((path) => storedCanonical({ path })),
      new Set([join(root, 'listed')]),
    );
    expect([...found].sort()).to.deep.equal([join(root, 'gone'), join(root, 'there/below')]);
  });

  it('a mass is gone where more than half of the owners are, without a request, not on their way out', () => {
    const objects = ['a', 'b', 'c', 'd'].map((name) => storedCanonical({ name }));
    const problem = (gone: readonly string[], list: readonly StoredObject[] = objects, owns = true) => {
      const facts = list.map((object): [string, never] => [
        keyText(object),
        { key: object, fact: gone.includes(object.name) ? absent : { fact: 'Unknown' } } as never,
      ]);
      return massProblem(list, { byKey: new Map(facts) } as never, () => owns)?.reason;
    };
    expect([problem(['a', 'b']), problem(['a', 'b', 'c'])]).to.deep.equal([undefined, 'MassDeletion']);
    expect(problem(['a', 'b', 'c'], objects, false)).to.equal(undefined);
    const started = objects.map((one) => ({ ...one, deletion: missing({ state: 'Started' }) }));
    expect(problem(['a', 'b', 'c'], started)).to.equal(undefined);
    const held = objects.map((one) => ({ ...one, deletion: missing() }));
    expect(problem(['a', 'b', 'c'], held)).to.equal('MassDeletion');
    const asked = objects.map((one) => ({ ...one, deletion: missing({ requested: true }) }));
    expect(problem(['a', 'b', 'c'], asked)).to.equal(undefined);
    const created = objects.map((one) => ({ ...one, source: 'State' as const }));
    expect(problem(['a', 'b', 'c'], created)).to.equal(undefined);
  });

  it('another listing is waited for by a deletion that was asked for and has not begun', () => {
    for (const [deletion, expected] of [
      [missing({ requested: true }), true],
      [missing(), false],
      [missing({ state: 'Started', requested: true }), false],
    ] as const) {
      expect(waitsForListing(storedCanonical({ deletion }))).to.equal(expected);
    }
    expect(waitsForListing(storedCanonical())).to.equal(false);
  });

  it('the file of a created run is lost once the grace time is over, exactly, and nobody asked', () => {
    const run = storedRun({ source: 'State', deletion: missing() });
    const lost = (object: StoredObject, runningMs = 31_000, fact: FileFact = absent) =>
      isFileLost(object, fact, { runningMs, graceMs: 30_000 } as TransitionContext);
    expect([lost(run), lost(run, 30_999), lost(run, 31_000, { fact: 'Unknown' })]).to.deep.equal([true, false, false]);
    for (const changes of [
      { source: 'Specs' },
      { deletion: missing({ requested: true }) },
      { deletion: missing({ state: 'Started' }) },
    ] as const) {
      expect(lost({ ...run, ...changes }), JSON.stringify(changes)).to.equal(false);
    }
    const { deletion: _, ...there } = run;
    expect(lost(there)).to.equal(false);
  });

  it('a lost file is written again from what is remembered, never over another one', async () => {
    const path = join(root, 'r.yaml');
    const run = storedRun({ name: 'r', path, labels: { a: 'b' }, annotations: { c: 'd' } });
    await writeRunFileAgain(run);
    const { name, labels, annotations, spec } = run;
    expect(readFileSync(path, 'utf8')).to.equal(runFileText({ name, labels, annotations, spec: spec as never }));
    writeFileSync(path, 'mine');
    await writeRunFileAgain(run);
    expect(readFileSync(path, 'utf8')).to.equal('mine');
  });

  it('T84 traces of an object are its claim, and the directories of a run', async () => {
    const claim = { domain: 'a.example', kind: 'Canonical', name: 'notes', uid: 'u', attempt: 1 } as const;
    const none = await tracesOf(root, { list: async () => [] });
    expect(none(claim)).to.equal(undefined);
    mkdirSync(join(root, 'runs/notes-01234567'), { recursive: true });
    const traces = await tracesOf(root, { list: async () => [claim] });
    expect(traces({ kind: 'Canonical', name: 'notes' })).to.equal(join(root, 'claims/a.example.json'));
    expect(traces({ kind: 'Run', name: 'notes' })).to.equal(join(root, 'runs/notes-01234567'));
    for (const key of [
      { kind: 'Canonical', name: 'other' },
      { kind: 'Run', name: 'notes-0' },
    ] as const) {
      expect(traces(key), key.name).to.equal(undefined);
    }
    expect(existsSync(join(root, 'claims'))).to.equal(false);
  });
});

describe('what a round tells people', () => {
  const { deletion: _, ...there } = storedCanonical();
  const reasons = (before: StoredObject | undefined, after: StoredObject): string[] =>
    roundEvents(before, after).map(({ type, reason }) => `${type} ${reason}`);

  it('is each change that they made or that befell the file; what is new says so itself', () => {
    const gone = { ...there, deletion: missing() };
    const rejected = { reason: 'InvalidSpec' as const, problems: [] };
    expect(reasons(undefined, there)).to.deep.equal([]);
    expect(reasons(there, there)).to.deep.equal([]);
    expect(reasons(there, gone)).to.deep.equal(['Normal FileMissing']);
    expect(reasons(gone, there)).to.deep.equal(['Normal FileReturned']);
    expect(reasons(gone, { ...there, deletion: missing({ state: 'Started' }) })).to.deep.equal([
      'Normal DeletionStarted',
    ]);
    expect(reasons(there, { ...there, path: '/b', generation: 2 })).to.deep.equal([
      ...['Normal FileMoved', 'Normal SpecChanged'],
    ]);
    expect(reasons(there, { ...there, generation: 2, rejected })).to.deep.equal(['Warning SpecRejected']);
  });

  it('is an edit that came into force or did not, never that it did before it was judged', () => {
    const text = (before: StoredObject | undefined, after: StoredObject): string | undefined =>
      judgementEvent(before, after)?.reason;
    const first = specAccepted(there, there);
    const edited = { ...first, generation: 2, validGeneration: 2, digest: 'd2' };
    const refused = specRefused(edited, edited, { reason: 'ImmutableField', message: 'no.' });
    expect(roundEvents(first, edited).map(({ message }) => message)).to.not.match(/in force/);
    expect(text(there, first), 'its creation says so').to.equal(undefined);
    expect(text(edited, specAccepted(edited, edited))).to.equal('SpecAccepted');
    expect(text(edited, refused)).to.equal('SpecRefused');
    expect(judgementEvent(edited, refused)?.message).to.match(/ImmutableField.*: no\. Generation 1 stays in force\.$/);
    const back = { ...refused, generation: 3, validGeneration: 3 };
    expect(text(back, specAccepted(back, back))).to.equal('SpecAccepted');
  });

  it('are files that became no object, with what they claim to be', () => {
    const problems = [{ message: 'first' }] as never;
    const key = { kind: 'Run', name: 'a' } as const;
    const found = fileProblems({
      byKey: new Map(),
      unknownFiles: [{ path: '/x', problems }],
      duplicates: [{ key, path: '/y', keptPath: '/z' }],
    });
    expect(found.map(({ path, reason, problems: all, key: of }) => [path, reason, all, of])).to.deep.equal([
      ['/x', 'InvalidSpec', problems, undefined],
      ['/y', 'DuplicateName', [], key],
    ]);
  });
});
