import { expect } from 'chai';
import { nameUnsteady, replacedService } from '../../../controllers/run/stages/backup.ts';
import type { ServiceObservation, TaskObservation } from '../../../lib/platform/platform.ts';

function service(name: string, starts: readonly number[], fields: Partial<ServiceObservation> = {}) {
  const tasks = starts.map((startedAt): TaskObservation => ({ state: 'Running', current: true, startedAt }));
  return { name, image: 'x:1', replicas: 1, restart: 'Always' as const, update: 'None' as const, tasks, ...fields };
}
const ended: TaskObservation = { state: 'Exited', current: true, startedAt: 1, endedAt: 5, exitCode: 0 };
const sick: TaskObservation = { state: 'Starting', current: true, startedAt: 1 };

const CASES: readonly [string, ServiceObservation[], ServiceObservation[], string | undefined][] = [
  ['nothing happened', [service('db', [1])], [service('db', [1])], undefined],
  ['a task was replaced', [service('db', [1])], [service('db', [9], { tasks: [ended] })], 'db'],
  [
    'a new task runs already',
    [service('app', [1]), service('db', [1])],
    [service('app', [1]), service('db', [9])],
    'db',
  ],
  ['one of two tasks was replaced', [service('db', [1, 2])], [service('db', [2, 9])], 'db'],
  ['a task came to others', [service('db', [1])], [service('db', [1, 9])], undefined],
  ['a service is gone', [service('db', [1])], [], 'db'],
  ['several: the first by name', [service('db', [1]), service('app', [1])], [], 'app'],
  ['a health check fails for a while', [service('db', [1])], [service('db', [], { tasks: [sick] })], undefined],
  ['a job ended', [service('job', [1], { restart: 'OnFailure' })], [service('job', [])], undefined],
  ['a service that had not come up', [service('db', [])], [service('db', [9])], undefined],
];

describe('T38 the service that was replaced during a backup', () => {
  for (const [what, before, after, wanted] of CASES) {
    it(`${what}: ${wanted ?? 'none'}`, () => {
      expect(replacedService({ services: before }, { services: after })).to.equal(wanted);
    });
  }
});

describe('what was not still while it was backed up', () => {
  for (const [count, more] of [
    [1, undefined],
    [3, undefined],
    [4, 'and 1 more'],
  ] as const) {
    it(`is named: of ${count} three at the most, and how many more`, () => {
      const names = ['a', 'b', 'c', 'd'].slice(0, count);
      const told = nameUnsteady(names);
      for (const name of names.slice(0, 3)) expect(told).to.match(new RegExp(`[ ,]${name}\\b`));
      expect(told.endsWith(more ?? `${names.at(-1)}`)).to.equal(true);
    });
  }
});
