import { expect } from 'chai';
import { deployedMark, identityFault, isAllChanged, isMarkOf } from '../../../../lib/platform/abra/abra-identity.ts';
import type { EngineService, EngineStack } from '../../../../lib/platform/swarm/engine/engine.ts';
import type { StackPlan } from '../../../../lib/platform/swarm/stack/driver.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

function service(name: string, mark?: string, more: Partial<EngineService> = {}): EngineService {
  const labels = mark === undefined ? {} : { 'coop-cloud.notes_test.chaos-version': mark };
  return { id: name, name: `notes_test_${name}`, labels, specDigest: 'd', ...more } as EngineService;
}

const plan = {
  stack: 'notes_test',
  revision: { commit: COMMIT, directory: '/' },
  compose: { services: [{ name: 'app' }, { name: 'db' }] },
} as unknown as StackPlan;
const stack = (...services: EngineService[]): EngineStack => ({ services, tasks: [], containers: [] });

describe('the mark of a deployed commit', () => {
  const cases: readonly [string, string | undefined, boolean][] = [
    ['its first eight characters', '01234567', true],
    ['of a changed tree', '01234567+U', false],
    ['of another commit', '01234568', false],
    ['longer than it should be', '012345678', false],
    ['shorter', '0123456', false],
    ['empty', '', false],
    ['absent', undefined, false],
  ];
  for (const [name, mark, expected] of cases) {
    it(`${name}: ${expected ? 'the revision' : 'another one'}`, () => {
      const services = [service('db'), service('app', mark)];
      expect(isMarkOf(deployedMark('notes_test', services), COMMIT)).to.equal(expected);
      expect(identityFault(plan, services) === undefined).to.equal(expected);
    });
  }

  it('is not read from the labels of another stack', () => {
    const other = { labels: { 'coop-cloud.other_test.chaos-version': '01234567' } };
    expect(isMarkOf(deployedMark('notes_test', [service('app', undefined, other)]), COMMIT)).to.equal(false);
  });

  it('does not make up for a service that is missing', () => {
    expect(identityFault(plan, [service('app', '01234567')])).to.include({ code: 'CommandFailed' });
    expect(identityFault(plan, [])).to.include({ code: 'CommandFailed' });
  });
});

describe('isAllChanged', () => {
  const app = service('app');
  const db = service('db');

  it('holds for services that were made or changed, not where one is as it was', () => {
    expect(isAllChanged(stack(), stack(app, db))).to.equal(true);
    expect(isAllChanged(stack(app), stack({ ...app, specDigest: 'e' }, db))).to.equal(true);
    expect(isAllChanged(stack(app, db), stack({ ...app, specDigest: 'e' }, db))).to.equal(false);
    expect(isAllChanged(stack(app), stack(app))).to.equal(false);
    expect(isAllChanged(stack(app), stack({ ...app, id: 'made anew' }))).to.equal(true);
  });
});
