import { expect } from 'chai';
import { type AcceptanceInputs, judge } from '../../../controllers/canonical/acceptance.ts';
import { defaultProfile } from '../../../lib/app/enrolment.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { canonicalJournal } from '../../builders/canonical-facts.ts';
import { enrolledCanonical, storedCanonical } from '../../builders/stored-object.ts';

const DOMAIN = 'warm-canon-notes.example.org';
const CLAIM = { domain: DOMAIN, kind: 'Canonical', name: 'notes', uid: 'uid-notes', attempt: 0 } as const;

/** The canonical with another file: generation 2 names this recipe or domain. */
function edited(object: StoredObject, app: { recipe?: string; domain?: string }): StoredObject {
  const spec = storedCanonical({}, { app: { ...defaultProfile('notes').app, ...app } }).spec;
  return { ...object, spec, digest: 'd2', generation: 2, validGeneration: 2 };
}

const first = storedCanonical();
const enrolled = enrolledCanonical();
const older = enrolledCanonical({ name: 'older', creationTimestamp: '2029-01-01T00:00:00.000Z' });
const unclaimed = { journal: { format: 1 as const, history: [] }, claim: undefined };

const goes = { state: 'Missing', missingSinceRunningMs: 0, requested: false } as const;
const before = { ...older, deletion: { ...goes, renamedTo: { kind: 'Canonical', name: 'notes' } as const } };
const retained = { ...before, deletion: { ...before.deletion, state: 'Started' as const } };

const ROWS: readonly [string, StoredObject, Partial<AcceptanceInputs>, string | undefined, boolean][] = [
  ['a first spec', first, unclaimed, undefined, false],
  ['the spec that is in force', enrolled, {}, undefined, true],
  ['T102 another recipe', edited(enrolled, { recipe: 'hello' }), {}, 'ImmutableField', true],
  ['T102 another domain', edited(enrolled, { domain: 'x.example.org' }), {}, 'ImmutableField', true],
  [
    'T102 another recipe, the journal being lost',
    edited(enrolled, { recipe: 'hello', domain: 'x.example.org' }),
    { journal: unclaimed.journal },
    'ImmutableField',
    true,
  ],
  ['the domain that is the default, by name', edited(enrolled, { domain: DOMAIN }), {}, undefined, true],
  ['another zone in the configuration', enrolled, { zone: 'other.org' }, 'ImmutableField', true],
  ['a second one of the recipe', first, { ...unclaimed, canonicals: [first, older] }, 'DuplicateRecipe', false],
  ['one whose file described another before', first, { ...unclaimed, canonicals: [first, before] }, 'Renamed', false],
  ['the same, the old one being retained', first, { ...unclaimed, canonicals: [first, retained] }, undefined, false],
  [
    'the same, the old one having its domain',
    first,
    { ...unclaimed, canonicals: [first, retained], claim: { ...CLAIM, uid: retained.uid } },
    'Renamed',
    false,
  ],
  [
    'one that came back after another took the recipe',
    enrolled,
    { canonicals: [older, enrolled] },
    'DuplicateRecipe',
    false,
  ],
  ['a domain that is taken', first, { ...unclaimed, claim: { ...CLAIM, uid: 'other' } }, 'DomainConflict', false],
  ['a record of an older version', first, {}, undefined, false],
  ['one with an edit that was refused', edited(first, { recipe: 'hello' }), {}, 'ImmutableField', false],
];

describe('the acceptance of a canonical', () => {
  for (const [why, object, given, reason, inForce] of ROWS) {
    it(`${why}: ${reason ?? 'accepted'}${inForce ? ', a spec in force' : ''}`, () => {
      const inputs = { object, journal: canonicalJournal(), domain: DOMAIN, claim: CLAIM, zone: 'example.org' };
      const judgement = judge({ ...inputs, canonicals: [object], ...given });
      expect([judgement.rejection?.reason, judgement.inForce]).to.deep.equal([reason, inForce]);
    });
  }

  it('is noted once the record says so', () => {
    const inputs = { journal: canonicalJournal(), domain: DOMAIN, claim: CLAIM, zone: 'example.org' };
    const noted = (object: StoredObject) => judge({ ...inputs, object, canonicals: [object] });
    expect(noted(enrolled).noted).to.equal(true);
    expect(noted(first).noted).to.equal(false);
    const edit = edited(enrolled, { recipe: 'hello' });
    const { rejection, noted: before } = noted(edit);
    expect(before).to.equal(false);
    expect(noted({ ...edit, refused: { ...rejection!, generation: 2 } }).noted).to.equal(true);
    expect(noted({ ...edit, refused: { ...rejection!, generation: 1 } }).noted, 'of an older file').to.equal(false);
  });
});
