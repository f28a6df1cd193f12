import { expect } from 'chai';
import fc from 'fast-check';
import { assembleFacts, type SourcedFile } from '../../../lib/store/object-facts.ts';
import { ObjectList } from '../../../lib/store/object-list.ts';
import type { Damage } from '../../../lib/store/object-records.ts';
import { transition } from '../../../lib/store/object-transitions.ts';
import { massProblem } from '../../../lib/store/round-judgement.ts';
import { fileProblems } from '../../../lib/store/round-report.ts';
import { isAgreed } from '../../../lib/store/round-rest.ts';
import type { SourcesSeen } from '../../../lib/store/spec-sources.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { storedCanonical } from '../../builders/stored-object.ts';

const NAMES = ['a', 'b', 'c'];
const path = (name: string): string => `/specs/${name}.yaml`;

/** A file at the place of one name, which may describe another. */
function file(at: string, name: string, bytes: string): SourcedFile {
  const { labels, annotations, spec, digest } = storedCanonical({ name });
  const parsed = { kind: 'Canonical' as const, name, labels, annotations, spec, digest };
  const result = bytes === 'broken' ? ({ ok: false, problems: [] } as const) : { ok: true as const, parsed, notes: [] };
  return { path: path(at), source: 'Specs', fileDigest: bytes, result };
}

const object = (name: string, over: Partial<StoredObject> = {}): StoredObject =>
  storedCanonical({ name, path: path(name), fileDigest: 'bytes', ...over });

const seen = (files: SourcedFile[], over: Partial<SourcesSeen> = {}): SourcesSeen => ({
  ...{ files, unsettled: new Map(), dangling: [], unread: [], failures: {} },
  ...over,
});

function recordsOf(objects: readonly StoredObject[], damaged: ReadonlyMap<string, Damage> = new Map()) {
  const list = new ObjectList();
  for (const one of objects) list.set(one);
  return {
    get: list.get.bind(list),
    at: list.at.bind(list),
    list: list.list.bind(list),
    damaged: () => damaged,
  };
}

const DELETE = { id: '1', verb: 'delete', by: 'me', args: {}, time: '' } as const;
const REJECTED = { rejected: { reason: 'InvalidSpec', problems: [] }, fileDigest: 'broken' } as const;
const MISSING = { deletion: { state: 'Missing', missingSinceRunningMs: 0, requested: false } } as const;

describe('files that agree with what is remembered', () => {
  it('F1 edits that were taken over one by one, and a broken file that its object tells of', () => {
    const files = [file('a', 'a', 'bytes'), file('b', 'b', 'broken')];
    expect(isAgreed(seen(files), recordsOf([object('a'), object('b', REJECTED)]))).to.equal(true);
    expect(isAgreed(seen([]), recordsOf([]))).to.equal(true);
  });

  const one = [file('a', 'a', 'bytes')];
  for (const [what, objects, files] of [
    ['F1 an edit that was not taken over', [object('a')], [file('a', 'a', 'others')]],
    ['F3 a file that went', [object('a'), object('b')], one],
    ['F4 a file that came', [], one],
    ['F4 a file that moved', [object('a', { path: '/specs/old.yaml' })], one],
    ['F4 a rename inside the file', [object('a')], [file('a', 'b', 'bytes')]],
    ['a file that broke', [object('a')], [file('a', 'a', 'broken')]],
    ['a file that was mended', [object('a', REJECTED)], [file('a', 'a', 'broken'), file('b', 'a', 'bytes')]],
    ['a deletion that goes on', [object('a', MISSING)], one],
    ['a deletion that is asked for', [object('a', { requests: [DELETE] })], one],
    ['a second file of the same name', [object('a')], [...one, file('b', 'a', 'bytes')]],
  ] as [string, StoredObject[], SourcedFile[]][])
    it(`${what} does not agree`, () => {
      expect(isAgreed(seen(files), recordsOf(objects))).to.equal(false);
    });

  it('T51 nothing agrees while something could not be read, or a record is damaged', () => {
    const over = { failures: { Specs: { reason: 'DirectoryMissing', message: 'no' } } } as const;
    expect(isAgreed(seen(one, over), recordsOf([object('a')]))).to.equal(false);
    expect(isAgreed(seen(one), recordsOf([object('a')], new Map([['Canonical/b', {} as Damage]])))).to.equal(false);
  });

  it('whatever agrees, judging it would change nothing, report nothing and hold nothing', () => {
    const anyFile = fc.record({
      at: fc.constantFrom(...NAMES),
      name: fc.constantFrom(...NAMES),
      bytes: fc.constantFrom('bytes', 'broken'),
    });
    const over: Partial<StoredObject>[] = [{}, {}, REJECTED, MISSING, { requests: [DELETE] }];
    const anyObject = fc.record({ name: fc.constantFrom(...NAMES), over: fc.constantFrom(...over) });
    let agreed = 0;
    const property = fc.property(
      fc.uniqueArray(anyFile, { selector: ({ at }) => at, maxLength: 3 }),
      fc.uniqueArray(anyObject, { selector: ({ name }) => name, maxLength: 3 }),
      (files, objects) => {
        const remembered = objects.map((one) => object(one.name, one.over));
        const listed = files.map(({ at, name, bytes }) => file(at, name, bytes));
        if (!isAgreed(seen(listed), recordsOf(remembered))) return;
        agreed += 1;
        const concluded = { Specs: true, State: true };
        const facts = assembleFacts(remembered, {
          ...{ files: listed, unsettled: new Set<string>(), concluded, absentPaths: new Set<string>() },
        });
        const context = { time: 'now', runningMs: 9e9, graceMs: 1, held: false, newUid: () => 'new' };
        for (const one of remembered) {
          const fact = facts.byKey.get(`Canonical/${one.name}`)!.fact;
          expect(transition(one, fact, context)).to.equal(one);
        }
        expect(facts.byKey.size).to.equal(remembered.length);
        expect(fileProblems(facts)).to.deep.equal([]);
        expect(massProblem(remembered, facts, () => true)).to.equal(undefined);
      },
    );
    fc.assert(property, { numRuns: 2_000 });
    expect(agreed).to.be.greaterThan(20);
  });
});
