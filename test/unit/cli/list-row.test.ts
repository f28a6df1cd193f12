import { expect } from 'chai';
import fc from 'fast-check';
import { KINDS, type Kind, topConditionType } from '../../../lib/api/kinds.ts';
import { NO_COLOURS } from '../../../lib/cli/print/colours.ts';
import { renderObjects } from '../../../lib/cli/print/objects.ts';
import type { ObjectView } from '../../../lib/cli/view.ts';
import { rowOf, rowText } from '../../../lib/store/list-row.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { storedObject } from '../../builders/stored-object.ts';

const word = fc.constantFrom('1.0.0+1', '1.1.0+2', 'notes', 'Waiting', 'Passed', 'Running', 'Failed', 'Cold', '');
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const record = (...fields: string[]) =>
  maybe(fc.record(Object.fromEntries(fields.map((field) => [field, maybe(word)]))));
const time = fc.constantFrom('2030-01-01T00:00:00.000Z', '2030-01-02T00:00:00.000Z');

const conditions = (kind: Kind) =>
  fc.array(
    fc.record({
      type: fc.constantFrom(topConditionType(kind), 'Accepted', 'Stalled', 'Held', 'Healthy'),
      status: fc.constantFrom('True', 'False', 'Unknown'),
      reason: word,
      message: fc.constant('what no table shows'),
      lastTransitionTime: time,
    }),
  );

const statuses = (kind: Kind) =>
  fc.record({
    ...{ conditions: conditions(kind), observedGeneration: fc.constant(1), mode: maybe(word), domain: maybe(word) },
    version: record('current', 'latest', 'held', 'lastGood', 'head'),
    knownGood: record('version', 'commit', 'run'),
    lease: record('run', 'since'),
    queue: maybe(fc.record({ reason: word, position: maybe(fc.nat(9)) })),
    stages: maybe(fc.array(fc.record({ name: word, result: word, message: word }))),
    level: maybe(fc.nat(5)),
    ...{ lastScheduleTime: maybe(time), nextScheduleTime: maybe(time), lastSweep: record('result', 'report') },
  });

const objects = (kind: Kind): fc.Arbitrary<StoredObject> =>
  fc
    .record({
      spec: fc.record({ recipe: maybe(word), mode: maybe(word), app: maybe(fc.constant({ recipe: 'notes' })) }),
      accepted: maybe(fc.record({ generation: fc.nat(2), spec: fc.record({ recipe: word, mode: word }) })),
      refused: maybe(fc.record({ generation: fc.nat(2), reason: fc.constant('DomainConflict'), message: word })),
      rejected: maybe(fc.record({ reason: fc.constant('InvalidSpec'), problems: fc.constant([]) })),
      deletion: maybe(
        fc.record({
          state: fc.constantFrom('Missing', 'Started', 'Destroying'),
          missingSinceRunningMs: fc.nat(),
          requested: fc.boolean(),
          renamedTo: maybe(word),
        }),
      ),
      labels: fc.dictionary(fc.constantFrom('team', 'tier'), word),
    })
    .map((parts) => storedObject(kind, JSON.parse(JSON.stringify(parts))));

describe('the row of an object in the list', () => {
  for (const kind of KINDS) {
    it(`holds everything that a table shows of a ${kind}`, () =>
      fc.assert(
        fc.asyncProperty(objects(kind), maybe(statuses(kind)), async (object, found) => {
          const status = found && JSON.parse(JSON.stringify(found));
          const row = JSON.parse(rowText(rowOf(object, status))) as ObjectView;
          const table = (view: ObjectView): Promise<string> =>
            renderObjects(
              [view],
              { form: 'Table' },
              {
                ...{
                  nowMs: Date.parse('2030-01-03T00:00:00.000Z'),
                  colours: NO_COLOURS,
                  width: undefined,
                },
                ...{ header: 'Header', shape: 'List' },
                labels: [{ header: 'LABELS', cell: (one) => JSON.stringify(one.object.labels) }],
              },
            );
          expect(await table(row)).to.equal(await table({ object, ...(status && { status }) }));
        }),
      ));
  }

  it('is short, and has no password of a URL', () => {
    const source = 'https://bot:TAIL-end@example.org/notes';
    const object = storedObject('Canonical', { spec: { app: { recipe: 'notes', source } }, labels: { from: source } });
    const text = rowText(rowOf(object, { conditions: [], history: Array(1000).fill('long') }));
    expect(text).to.include('example.org').and.not.include('TAIL-end');
    expect(text.length).to.be.below(500);
  });
});
