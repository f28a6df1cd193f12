import { expect } from 'chai';
import { startTimeOf } from '../../../lib/recipe/start-time.ts';

const STACK = 'notes_example_org';

interface Said {
  label?: string;
  startPeriodMs?: number;
  replicas?: number;
  disable?: boolean;
}

const service = (name: string, { label, startPeriodMs, replicas = 1, disable = false }: Said) => ({
  name,
  replicas,
  labels: label === undefined ? {} : { [`coop-cloud.${STACK}.timeout`]: label },
  ...(startPeriodMs === undefined ? {} : { healthcheck: { startPeriodMs, disable } }),
});

const read = (services: Record<string, Said>) =>
  startTimeOf({
    stackName: STACK,
    services: Object.entries(services).map(([name, said]) => service(name, said)),
  } as unknown as Parameters<typeof startTimeOf>[0]);

describe('the time that a recipe asks for until it is up', () => {
  const rows: [string, Record<string, Said>, object][] = [
    ['is not said by most', { app: {} }, { startPeriodMs: 0 }],
    ['is the label, in seconds', { app: { label: '300' } }, { timeoutMs: 300_000, startPeriodMs: 0 }],
    [
      'is the label of app first',
      { db: { label: '9' }, app: { label: '300' } },
      { timeoutMs: 300_000, startPeriodMs: 0 },
    ],
    ['is the label of another service else', { app: {}, db: { label: '9' } }, { timeoutMs: 9_000, startPeriodMs: 0 }],
    ['is not a label that is empty', { app: { label: '' } }, { startPeriodMs: 0 }],
    ['is not a label of 0', { app: { label: '0' } }, { startPeriodMs: 0 }],
    ['is not a label with a unit', { app: { label: '5m' } }, { startPeriodMs: 0 }],
    ['is a day at the most', { app: { label: '999999999' } }, { timeoutMs: 86_400_000, startPeriodMs: 0 }],
    [
      'has the longest start period',
      { app: { startPeriodMs: 60_000 }, db: { startPeriodMs: 90_000 } },
      { startPeriodMs: 90_000 },
    ],
    [
      'has no start period of what does not run or is not checked',
      { app: { startPeriodMs: 1 }, job: { startPeriodMs: 9, replicas: 0 }, db: { startPeriodMs: 8, disable: true } },
      { startPeriodMs: 1 },
    ],
  ];
  for (const [title, services, wanted] of rows) {
    it(title, () => {
      expect(read(services)).to.deep.equal(wanted);
    });
  }
});
