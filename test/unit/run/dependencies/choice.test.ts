import { expect } from 'chai';
import { chooseProvider, type ServiceFacts } from '../../../../controllers/run/dependencies/choice.ts';

const UP: ServiceFacts = {
  ...{ service: 'keycloak', standing: 'Accepted', provides: true, isTaken: false },
  ...{ isDeployed: true, isChanging: false, answers: true },
};

const ROWS: readonly [string, Partial<ServiceFacts>, object][] = [
  ['up', {}, { choice: 'Warm' }],
  ['not there', { standing: 'Absent', provides: false }, { choice: 'Refused' }],
  ['never accepted', { standing: 'NotAccepted', provides: false }, { choice: 'Refused' }],
  ['without sign-on', { provides: false }, { choice: 'Refused' }],
  ['named by two dependencies', { isTaken: true }, { choice: 'Refused' }],
  ['that is being deleted', { standing: 'Going' }, { choice: 'Cold', reason: 'Deleting' }],
  ['that is being deleted, and provides nothing', { standing: 'Going', provides: false }, { choice: 'Refused' }],
  ['never deployed', { isDeployed: false, answers: false }, { choice: 'Cold', reason: 'NotDeployed' }],
  ['being upgraded, though it answers', { isChanging: true }, { choice: 'Cold', reason: 'UnderOperation' }],
  ['being deployed first', { isDeployed: false, isChanging: true }, { choice: 'Cold', reason: 'NotDeployed' }],
  ['silent', { answers: false }, { choice: 'Cold', reason: 'NotAnswering' }],
];

describe('whose provider a run uses', () => {
  for (const [what, overrides, wanted] of ROWS)
    it(`a service ${what}: ${Object.values(wanted).join(', ')}`, () => {
      expect(chooseProvider({ ...UP, ...overrides })).to.deep.include(wanted);
    });
});
