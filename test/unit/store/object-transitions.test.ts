import { expect } from 'chai';
import fc from 'fast-check';
import type { FileFact } from '../../../lib/store/object-facts.ts';
import { type TransitionContext, transition } from '../../../lib/store/object-transitions.ts';
import { specAccepted, specRefused } from '../../../lib/store/object-verbs.ts';
import { generationInForce, isAccepted, isJudged, specInForce } from '../../../lib/store/spec-in-force.ts';
import type { StoredObject } from '../../../lib/store/store.ts';

const GRACE_MS = 30_000;

function context(overrides: Partial<TransitionContext> = {}): TransitionContext {
  let uids = 0;
  const newUid = (): string => `uid-${++uids}`;
  return { time: '2026-01-01T00:00:00.000Z', runningMs: 0, graceMs: GRACE_MS, held: false, newUid, ...overrides };
}

function valid(
  content = 'A',
  overrides: { path?: string; recipe?: string; domain?: string; comment?: string } = {},
): FileFact {
  const { path = '/specs/notes.yaml', recipe = 'notes', domain, comment = '' } = overrides;
  const spec = { app: { recipe, ...(domain && { domain }) }, content };
  return {
    fact: 'Valid',
    file: {
      path,
      source: 'Specs',
      fileDigest: `bytes-${content}-${recipe}-${domain}-${comment}`,
      parsed: {
        kind: 'Canonical',
        name: 'notes',
        labels: comment ? { comment } : {},
        annotations: {},
        spec,
        digest: `digest-${content}-${recipe}-${domain}`,
      },
      notes: [],
    },
  };
}

const invalid = (bytes: string): FileFact => ({ fact: 'Invalid', fileDigest: bytes, problems: [] });
const absent: FileFact = { fact: 'Absent' };
const unknown: FileFact = { fact: 'Unknown' };

function follow(
  facts: FileFact[],
  start?: StoredObject,
  overrides: Partial<TransitionContext> = {},
): StoredObject | undefined {
  return facts.reduce<StoredObject | undefined>((object, fact) => transition(object, fact, context(overrides)), start);
}

const fresh = (): StoredObject => follow([valid()])!;
const request = { id: 'r1', verb: 'delete', args: {}, by: 'x', time: 't', receivedRunningMs: 0 } as const;

interface Model {
  runningMs: number;
  absentSince: number | undefined;
  spec: unknown;
}

/** What the sequence so far amounts to, told without the code under test. */
function observe(model: Model, fact: FileFact): void {
  if (fact.fact === 'Valid') model.spec = fact.file.parsed.spec;
  if (fact.fact === 'Absent') model.absentSince ??= model.runningMs;
  if (fact.fact === 'Valid' || fact.fact === 'Invalid') model.absentSince = undefined;
}

function expectKept(before: StoredObject, after: StoredObject): void {
  expect(after.uid).to.equal(before.uid);
  expect(after.generation).to.be.at.least(before.generation);
  expect(after.validGeneration).to.be.at.most(after.generation);
}

describe('transition', () => {
  it('makes nothing of what is absent, broken or unknown and was never seen', () => {
    for (const fact of [absent, unknown, invalid('x')]) expect(follow([fact])).to.equal(undefined);
  });

  const generations: [string, FileFact[], [number, number]][] = [
    ['first seen', [valid('A')], [1, 1]],
    ['seen again', [valid('A'), valid('A')], [1, 1]],
    ['a comment', [valid('A'), valid('A', { comment: 'x' })], [1, 1]],
    ['a change', [valid('A'), valid('B')], [2, 2]],
    ['T70 there and back', [valid('A'), valid('B'), valid('A')], [3, 3]],
    ['broken', [valid('A'), invalid('x')], [2, 1]],
    ['broken, seen again', [valid('A'), invalid('x'), invalid('x')], [2, 1]],
    ['broken otherwise', [valid('A'), invalid('x'), invalid('y')], [3, 1]],
    ['mended to what it was', [valid('A'), invalid('x'), valid('A')], [3, 3]],
    ['mended to something else', [valid('A'), invalid('x'), valid('B')], [3, 3]],
    ['gone and back', [valid('A'), absent, valid('A')], [1, 1]],
    ['gone and back, changed', [valid('A'), absent, valid('B')], [2, 2]],
    ['gone and back, broken', [valid('A'), absent, invalid('x')], [2, 1]],
    ['moved', [valid('A'), valid('A', { path: '/specs/b.yaml' })], [1, 1]],
  ];
  for (const [reason, facts, [generation, validGeneration]] of generations) {
    it(`counts generations: ${reason}`, () => {
      const object = follow(facts)!;
      expect([object.generation, object.validGeneration]).to.deep.equal([generation, validGeneration]);
      expect(object.deletion).to.equal(undefined);
    });
  }

  it('T70 A→B→A ends as A but for the generation', () => {
    const { generation: _, validGeneration: __, ...once } = fresh();
    const { generation: _g, validGeneration: _v, ...again } = follow([valid('B'), valid('A')], fresh())!;
    expect(again).to.deep.equal(once);
  });

  it('returns the very same record where nothing changed', () => {
    const object = fresh();
    expect(transition(object, valid(), context())).to.equal(object);
    expect(transition(object, unknown, context())).to.equal(object);
    const broken = follow([invalid('x')], object)!;
    expect(transition(broken, invalid('x'), context())).to.equal(broken);
    const missing = follow([absent], object)!;
    expect(transition(missing, absent, context())).to.equal(missing);
  });

  it('labels are taken over without a new generation', () => {
    const object = follow([valid('A', { comment: 'x' })], fresh())!;
    expect(object.labels).to.deep.equal({ comment: 'x' });
  });

  describe('absence', () => {
    const at = (runningMs: number, overrides = {}): TransitionContext => context({ runningMs, ...overrides });
    const missing = (): StoredObject => transition(fresh(), absent, at(1000))!;

    it('moves one step per listing, however long it lasted', () => {
      expect(transition(fresh(), absent, at(10 * GRACE_MS))!.deletion!.state).to.equal('Missing');
    });
    it('begins exactly when the grace time is over', () => {
      expect(transition(missing(), absent, at(999 + GRACE_MS))!.deletion!.state).to.equal('Missing');
      const started = transition(missing(), absent, at(1000 + GRACE_MS))!;
      expect(started.deletion).to.deep.equal({
        state: 'Started',
        missingSinceRunningMs: 1000,
        startedRunningMs: 1000 + GRACE_MS,
        startedTime: '2026-01-01T00:00:00.000Z',
        requested: false,
      });
    });
    it('is held by the guard, a request goes past it', () => {
      expect(transition(missing(), absent, at(10 * GRACE_MS, { held: true }))!.deletion!.state).to.equal('Missing');
      const asked = { ...missing(), requests: [request] };
      const started = transition(asked, absent, at(1001, { held: true }))!;
      expect(started.deletion).to.include({ state: 'Started', requested: true });
      expect(started.requests).to.deep.equal([]);
      expect(started.lastHandledRequest).to.include({ id: 'r1', result: 'Done' });
    });
    it('goes no further than Started, and never back from Destroying', () => {
      const started = transition(missing(), absent, at(1000 + GRACE_MS))!;
      expect(transition(started, absent, at(100 * GRACE_MS))).to.equal(started);
      const destroying: StoredObject = { ...started, deletion: { ...started.deletion!, state: 'Destroying' } };
      for (const fact of [valid(), valid('B'), absent, invalid('x'), unknown]) {
        expect(transition(destroying, fact, at(0))).to.equal(destroying);
      }
    });
    it('is over while a file of its kind and name stands there, whatever it says', () => {
      const started = transition(missing(), absent, at(1000 + GRACE_MS))!;
      for (const fact of [valid('B'), valid('A', { recipe: 'other' }), valid('A', { domain: 'x.example.org' })]) {
        const back = transition(started, fact, at(0))!;
        expect([back.uid, back.deletion, back.generation]).to.deep.equal([started.uid, undefined, 2]);
      }
      const broken = transition(started, invalid('x'), at(0))!;
      expect([broken.deletion, broken.rejected?.reason, broken.spec]).to.deep.equal([
        ...[undefined, 'InvalidSpec', started.spec],
      ]);
      const run: StoredObject = { ...started, kind: 'Run' };
      expect(transition(run, invalid('x'), at(0)), 'a Run that goes has no data').to.equal(run);
    });
    it('tells where the file went that was renamed inside, and forgets it with that file', () => {
      const holder = { kind: 'Canonical', name: 'diary' } as const;
      const renamed = transition(fresh(), { ...absent, holder }, at(1000))!;
      expect(renamed.deletion?.renamedTo).to.deep.equal(holder);
      const started = transition(renamed, { ...absent, holder }, at(1000 + GRACE_MS))!;
      expect(started.deletion).to.deep.include({ state: 'Started', renamedTo: holder });
      expect(transition(started, { ...absent, holder }, at(0))).to.equal(started);
      expect(transition(started, absent, at(0))!.deletion).to.not.have.property('renamedTo');
    });
    it('once begun, a delete is answered, and purges where it says so', () => {
      const started = transition(missing(), absent, at(1000 + GRACE_MS))!;
      const again = transition({ ...started, requests: [request] }, absent, at(0))!;
      expect([again.requests, again.lastHandledRequest?.result]).to.deep.equal([[], 'Done']);
      expect(again.deletion).to.include({ state: 'Started', requested: true }).and.not.have.property('purge');
      const purge = { ...request, args: { purge: 'true' } };
      for (const before of [started, missing()]) {
        const purged = transition({ ...before, requests: [purge] }, absent, at(1001))!;
        expect([purged.deletion, purged.requests.length]).to.deep.equal([
          ...[{ ...purged.deletion, state: 'Started', purge: true, requested: true }, 0],
        ]);
        expect(transition(purged, absent, at(2000))).to.equal(purged);
      }
    });
    it('a delete whose file stays is refused exactly when the grace time is over, other requests are left', () => {
      const retry = { ...request, id: 'r2', verb: 'retry' } as const;
      const asked = { ...fresh(), requests: [retry, { ...request, receivedRunningMs: 1000 }] };
      expect(transition(asked, valid(), at(999 + GRACE_MS))).to.equal(asked);
      const refused = transition(asked, valid(), at(1000 + GRACE_MS))!;
      expect([refused.requests, refused.lastHandledRequest?.result]).to.deep.equal([[retry], 'Refused']);
      const old = { ...fresh(), requests: [{ ...retry, verb: 'delete' } as const] };
      expect(transition(old, valid(), at(GRACE_MS))!.requests).to.deep.equal([]);
      expect(transition({ ...fresh(), requests: [retry] }, valid(), at(10 * GRACE_MS))!.requests).to.have.length(1);
    });
    it('a return answers the request, so that it does not shorten a later absence', () => {
      const asked = { ...missing(), requests: [request] };
      const back = transition(asked, valid(), at(1001))!;
      expect(back.requests).to.deep.equal([]);
      expect(back.lastHandledRequest).to.include({ result: 'Refused' });
    });
  });

  const facts = fc.oneof(
    fc.constantFrom('A', 'B', 'C').map((content) => valid(content)),
    fc.constantFrom('x', 'y').map(invalid),
    fc.constant(absent),
    fc.constant(unknown),
  );
  const steps = fc.array(fc.record({ fact: facts, passMs: fc.nat(GRACE_MS) }), { maxLength: 40 });

  it('I7 random sequences lose neither uid nor spec, and never delete what was there within the grace time', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const model = { runningMs: 0, absentSince: undefined as number | undefined, spec: fresh().spec };
        let object = fresh();
        for (const { fact, passMs } of sequence) {
          model.runningMs += passMs;
          observe(model, fact);
          const next = transition(object, fact, context({ runningMs: model.runningMs }))!;
          expectKept(object, next);
          expect(next.spec).to.deep.equal(model.spec);
          expect(next.deletion?.missingSinceRunningMs).to.equal(model.absentSince);
          const goneForMs = model.runningMs - (model.absentSince ?? model.runningMs);
          if (next.deletion?.state === 'Started') expect(goneForMs).to.be.at.least(GRACE_MS);
          object = next;
        }
      }),
    );
  });

  const verdicts = fc.array(fc.record({ fact: facts, verdict: fc.constantFrom('Accept', 'Refuse', 'Later') }));

  it('T70 T102 in force is the last spec that was accepted, whatever was refused, broken or gone since', () => {
    fc.assert(
      fc.property(verdicts, (sequence) => {
        let object = specAccepted(fresh(), fresh());
        let wanted = { spec: object.spec, generation: 1 };
        for (const { fact, verdict } of sequence) {
          object = transition(object, fact, context())!;
          if (verdict === 'Accept') object = specAccepted(object, object);
          if (verdict === 'Accept') wanted = { spec: object.spec, generation: object.validGeneration };
          if (verdict === 'Refuse') object = specRefused(object, object, { reason: 'ImmutableField', message: 'x' });
          expect(specInForce(object)).to.deep.equal(wanted.spec);
          expect(generationInForce(object)).to.equal(wanted.generation);
        }
        const settled = specAccepted(object, object);
        expect([isAccepted(settled), isJudged(settled), settled.refused]).to.deep.equal([true, true, undefined]);
        expect(specAccepted(settled, settled)).to.equal(settled);
      }),
    );
  });

  it('a verdict on another object or an older spec has no effect', () => {
    const object = fresh();
    const refusal = { reason: 'ImmutableField', message: 'x' } as const;
    for (const judged of [{ ...object, uid: 'other' }, follow([valid('B')], object)!]) {
      expect(specAccepted(object, judged)).to.equal(object);
      expect(specRefused(object, judged, refusal)).to.equal(object);
    }
    const refused = specRefused(object, object, refusal);
    expect(specRefused(refused, refused, refusal)).to.equal(refused);
  });

  it('T102 a file whose edit was refused is the same object when it is moved, or returns', () => {
    const enrolled = specAccepted(fresh(), fresh());
    const edited = transition(enrolled, valid('A', { recipe: 'other' }), context())!;
    const deletion = { state: 'Started', missingSinceRunningMs: 0, startedRunningMs: 0, requested: false } as const;
    for (const recipe of ['notes', 'other', 'third']) {
      expect(transition({ ...edited, deletion }, valid('A', { recipe }), context())!.deletion).to.equal(undefined);
    }
  });

  it('T57 the state after a valid file depends on that file and the history of changes only', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const object = sequence.reduce((current, { fact }) => transition(current, fact, context())!, fresh());
        const settled = transition(object, valid('A'), context())!;
        expect(transition(settled, valid('A'), context())).to.equal(settled);
        expect(settled.rejected).to.equal(undefined);
        expect(settled.digest).to.equal(fresh().digest);
      }),
    );
  });
});
