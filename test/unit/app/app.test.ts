import { expect } from 'chai';
import fc from 'fast-check';
import { backupParts } from '../../../lib/app/backup-copy.ts';
import { canonicalDomain, runDirectoryName, runDomain } from '../../../lib/app/domain.ts';
import { defaultProfile, findCanonical, sourceOf } from '../../../lib/app/enrolment.ts';
import { hasCode } from '../../../lib/errors.ts';
import { storedCanonical } from '../../builders/stored-object.ts';

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
  const older = storedCanonical({ name: 'b', creationTimestamp: '2029-01-01T00:00:00.000Z' });
  const newer = storedCanonical({ name: 'a' });

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
          return hasCode(error, 'InvalidInput');
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
