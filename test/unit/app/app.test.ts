import { expect } from 'chai';
import fc from 'fast-check';
import { backupParts } from '../../../lib/app/backup-copy.ts';
import { canonicalDomain, runDirectoryName, runDomain } from '../../../lib/app/domain.ts';
import {
  canonicalInForce,
  defaultProfile,
  findCanonical,
  holderOf,
  unjudgedCanonical,
} from '../../../lib/app/enrolment.ts';
import { sourceOf } from '../../../lib/app/recipe-source.ts';
import { hasCode } from '../../../lib/errors.ts';
import { enrolledCanonical, storedCanonical } from '../../builders/stored-object.ts';

describe('domains', () => {
  it('of a run are its own, per attempt', () => {
    const one = runDomain('notes', 'uid', 1, 'ci.example.org');
    expect(one).to.match(/^note-[0-9a-f]{6}\.ci\.example\.org$/);
    expect(runDomain('notes', 'uid', 2, 'ci.example.org')).not.to.equal(one);
    expect(runDomain('notes', 'uid', 1, 'ci.example.org')).to.equal(one);
  });

  it('of a run are host names, whatever the recipe is called', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?$/), fc.uuid(), (recipe, uid) => {
        expect(runDomain(recipe, uid, 1, 'zone')).to.match(/^[a-z0-9][a-z0-9._-]*-[0-9a-f]{6}\.zone$/);
      }),
    );
  });

  it('of a canonical are what the spec says, else derived', () => {
    expect(canonicalDomain('notes', undefined, 'zone')).to.equal('warm-canon-notes.zone');
    expect(canonicalDomain('notes', 'x.example.org', 'zone')).to.equal('x.example.org');
  });

  it('name of the artifacts', () => {
    expect(runDirectoryName('r', '01234567-89ab')).to.equal('r-01234567');
  });
});

describe('enrolment', () => {
  const older = enrolledCanonical({ name: 'b', creationTimestamp: '2029-01-01T00:00:00.000Z' });
  const newer = enrolledCanonical({ name: 'a' });
  const hello = storedCanonical({}, { app: { ...defaultProfile('hello').app } }).spec;

  it('is the oldest of several', () => {
    expect(findCanonical([newer, older], 'notes')).to.equal(older);
    expect(findCanonical([newer, older], 'other')).to.equal(undefined);
  });

  it('is not one that is being deleted; one that is missing still counts', () => {
    const deletion = { missingSinceRunningMs: 0, requested: false };
    const gone = { ...older, deletion: { ...deletion, state: 'Started' as const } };
    expect(findCanonical([newer, gone], 'notes')).to.equal(newer);
    const missing = { ...older, deletion: { ...deletion, state: 'Missing' as const } };
    expect(findCanonical([newer, missing], 'notes')).to.equal(missing);
  });

  it('T102 goes by what was accepted, not by what the file says', () => {
    const edited = { ...newer, spec: hello, generation: 2, validGeneration: 2 };
    expect(findCanonical([edited], 'notes')).to.equal(edited);
    expect(findCanonical([edited], 'hello')).to.equal(undefined);
    expect(canonicalInForce(edited)?.app.recipe).to.equal('notes');
    expect(findCanonical([storedCanonical()], 'notes')).to.equal(undefined);
  });

  it('is held by who has it, else by the oldest that comes; one that was refused for its domain does not come', () => {
    const coming = storedCanonical({ name: 'c', creationTimestamp: '2028-01-01T00:00:00.000Z' });
    const later = storedCanonical({ name: 'd' });
    expect(holderOf([coming, newer, later], 'notes')).to.equal(newer);
    expect(holderOf([later, coming], 'notes')).to.equal(coming);
    const refused = { ...coming, refused: { reason: 'DomainConflict' as const, message: 'x', generation: 1 } };
    expect(holderOf([later, refused], 'notes')).to.equal(later);
    const twin = { ...coming, refused: { reason: 'DuplicateRecipe' as const, message: 'x', generation: 1 } };
    expect(holderOf([later, twin], 'notes')).to.equal(twin);
  });

  it('of an edit is undecided until it is accepted or refused, under the old name and the new one', () => {
    const edited = { ...newer, spec: hello, generation: 2, validGeneration: 2 };
    expect(unjudgedCanonical([newer], 'notes')).to.equal(undefined);
    for (const recipe of ['notes', 'hello']) expect(unjudgedCanonical([edited], recipe)).to.equal(edited);
    const refused = { ...edited, refused: { reason: 'ImmutableField' as const, message: 'x', generation: 2 } };
    expect(unjudgedCanonical([refused], 'hello')).to.equal(undefined);
  });

  for (const [own, template, wanted] of [
    ['/own', 'https://x/{recipe}', '/own'],
    [undefined, 'https://x/{recipe}.git', 'https://x/notes.git'],
    [undefined, 'git@x:{recipe}.git', 'git@x:notes.git'],
  ] as const) {
    it(`takes ${wanted} for the source`, () => expect(sourceOf('notes', own, template)).to.equal(wanted));
  }

  for (const own of [undefined, 'relative/path']) {
    it(`refuses the source ${own}`, () => {
      expect(() => sourceOf('notes', own, undefined)).to.satisfy((act: () => void) => {
        try {
          act();
        } catch (error) {
          return hasCode(error, 'Misconfigured');
        }
        return false;
      });
    });
  }

  it('by nobody means every default', () => {
    expect(defaultProfile('notes').app).to.deep.include({ recipe: 'notes', healthPasses: 2 });
    expect(defaultProfile('notes').ci.upgrade.base).to.deep.equal({ policy: 'Auto' });
  });
});

describe('the parts of a backup', () => {
  it('are whole volumes or their paths', () => {
    const plan = { enabled: true, services: [], excluded: [], warnings: [] };
    const volumes = [
      { volume: 'a', service: 'app', paths: 'All' as const },
      { volume: 'b', service: 'app', paths: ['x', 'y/z'] },
    ];
    expect(backupParts({ ...plan, volumes })).to.deep.equal([
      { volume: 'a', path: '.' },
      { volume: 'b', path: 'x' },
      { volume: 'b', path: 'y/z' },
    ]);
    expect(backupParts({ ...plan, volumes: [] })).to.deep.equal([]);
  });
});
