import { expect } from 'chai';
import fc from 'fast-check';
import { KINDS, type Kind, keyText, topConditionType } from '../../../lib/api/kinds.ts';
import { NO_COLOURS } from '../../../lib/cli/print/colours.ts';
import { renderObjects } from '../../../lib/cli/print/objects.ts';
import { type RowsOptions, renderRows } from '../../../lib/cli/print/rows.ts';
import { rowsOf } from '../../../lib/columns/kind-rows.ts';
import { listForm } from '../../../lib/store/list-form.ts';
import { listText } from '../../../lib/store/list-item.ts';
import { readListText } from '../../../lib/store/read-list.ts';
import type { CommonStatus } from '../../../lib/store/reader.ts';
import type { StoredObject } from '../../../lib/store/store.ts';
import { storedObject } from '../../builders/stored-object.ts';

const word = fc.constantFrom(
  ...['1.0.0+1', '1.1.0+2', 'notes', 'Waiting', 'Passed', 'Running', 'Failed', 'Cold', ''],
  ...['a "b"\\', 'tab\tand\nline', 'größer 日本', '\u001b[31m'],
);
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

const widths = fc.constantFrom(undefined, 20, 60, 200);

const build = 'b1';
const head = listForm(build).head;

const lineOf = (number: number, object: StoredObject, status?: CommonStatus): string =>
  listForm(build).line(number, object, listText(object, status));

const gone = (number: number, object: StoredObject): string => listForm(build).line(number, object, undefined);

const read = (...lines: string[]) => readListText(`${head}${lines.join('')}`, { build, kinds: KINDS });

describe('the row of an object in the list', () => {
  for (const kind of KINDS) {
    it(`holds everything that a table shows of a ${kind}`, () =>
      fc.assert(
        fc.asyncProperty(objects(kind), statuses(kind), widths, async (object, found, width) => {
          const status = JSON.parse(JSON.stringify(found)) as CommonStatus;
          const options: RowsOptions = {
            nowMs: Date.parse('2030-01-01T12:00:00.000Z'),
            colours: NO_COLOURS,
            width,
            header: 'Header',
            labels: [{ header: 'LABELS', cell: (labels) => JSON.stringify(labels) }],
          };
          const list = read(lineOf(1, object, status));
          expect(list?.unknown).to.deep.equal([]);
          const table = await renderObjects([{ object, status }], { form: 'Table' }, { ...options, shape: 'List' });
          expect(await renderRows(list?.tables ?? [], 'Table', options)).to.equal(table);
        }),
      ));
  }

  it('is short, and has no password of a URL', () => {
    const source = 'https://bot:TAIL-end@example.org/notes';
    const object = storedObject('Canonical', { spec: { app: { recipe: 'notes', source } }, labels: { from: source } });
    const text = lineOf(1, object, { conditions: [], history: Array(1000).fill('long') });
    expect(text).to.include('example.org').and.not.include('TAIL-end');
    expect(text.length).to.be.below(150);
  });
});

/** Of the objects there are a checkpoint, and lines behind it. */
const checkpoint = (...all: { object: StoredObject; status?: CommonStatus | undefined }[]) => {
  const said = new Map(all.map(({ object, status }) => [keyText(object), listText(object, status)]));
  const parts = [
    ...listForm(build).whole(
      all.map(({ object }) => object),
      (key) => said.get(keyText(key)),
    ),
  ];
  return { text: parts.map(({ text }) => text).join(''), lines: parts.reduce((sum, { lines }) => sum + lines, 0) };
};

describe('the checkpoint of a list', () => {
  const named = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const kinds = fc.constantFrom(...KINDS);
  const shown = fc.record({ mode: maybe(word), level: maybe(fc.nat(5)), lease: record('run') });
  const look = fc.record({ kind: kinds, name: named, team: word, status: maybe(shown), isGone: fc.boolean() });

  it('and what came since say as much as all lines', () =>
    fc.assert(
      fc.property(fc.array(look, { maxLength: 12 }), fc.array(look, { maxLength: 4 }), (first, since) => {
        const objectOf = ({ kind, name, team }: (typeof first)[number]) =>
          storedObject(kind, { name, spec: {}, labels: { team } });
        const last = new Map(first.map((one) => [`${one.kind}/${one.name}`, one]));
        const all = [...last.values()].map((one) => ({
          object: objectOf(one),
          status: one.status as CommonStatus | undefined,
        }));
        const later = (from: number) =>
          since.map((one, index) =>
            one.isGone
              ? gone(from + index, objectOf(one))
              : lineOf(from + index, objectOf(one), one.status as CommonStatus | undefined),
          );
        const lines = all.map(({ object, status }, index) => lineOf(index + 1, object, status));
        const { text, lines: count } = checkpoint(...all);
        const [byLines, byBlocks] = [read(...lines, ...later(count + 1)), read(text, ...later(count + 1))];
        expect(count).to.equal(all.length);
        expect(byBlocks?.tables.flatMap(rowsOf)).to.deep.equal(byLines?.tables.flatMap(rowsOf));
        expect(byBlocks?.unknown).to.have.deep.members(byLines?.unknown ?? []);
      }),
    ));

  it('is none where it is torn, or something is missing in it, wherever that is', () => {
    const [a, b] = ['a', 'b'].map((name) => storedObject('Run', { name, spec: {} })) as [StoredObject, StoredObject];
    const { text } = checkpoint({ object: a, status: {} }, { object: b, status: {} });
    expect(read(text)?.tables.flatMap(rowsOf).length).to.equal(2);
    for (let size = 1; size < text.length; size += 1)
      expect(read(text.slice(0, size)), text.slice(0, size)).to.equal(undefined);
    const block = JSON.parse(text) as Record<string, unknown> & { cells: unknown[]; times: unknown[][] };
    for (const other of [
      { names: 'a' },
      { names: 'a b c' },
      { uids: 'x' },
      { count: 3 },
      { unknown: 'c' },
      { cells: block.cells.slice(1) },
      { cells: [{ values: ['x'] }, ...block.cells.slice(1)] },
      { cells: [{ values: ['x'], at: [0, 1] }, ...block.cells.slice(1)] },
      { cells: [{ values: ['x'], at: [0] }, ...block.cells.slice(1)] },
      { labels: { values: [], at: [0, 0] } },
      { times: [] },
      { times: block.times.map((column) => column.slice(1)) },
      { kind: undefined },
    ])
      expect(read(`${JSON.stringify({ ...block, ...other })}\n`), JSON.stringify(other)).to.equal(undefined);
    for (const other of [`${text.slice(0, 40)}${'\0'.repeat(text.length - 41)}\n`, `${text}[2,"Run","a"]\n`])
      expect(read(other)).to.equal(undefined);
    expect(read(text, gone(3, a))?.tables.flatMap(rowsOf).length).to.equal(1);
  });

  it('of kinds that are not asked for is passed over', () => {
    const [run, other] = [storedObject('Run', { name: 'a', spec: {} }), storedObject('Sweep', { name: 'b', spec: {} })];
    const { text } = checkpoint({ object: run, status: {} }, { object: other, status: {} });
    const list = readListText(`${head}${text}${gone(3, run)}`, { build, kinds: ['Sweep'] });
    expect(list?.tables.flatMap(rowsOf).map(({ name }) => name)).to.deep.equal(['b']);
  });

  it('says what many rows have in common once', () => {
    const runs = Array.from({ length: 50 }, (_, index) => storedObject('Run', { name: `r${index}`, spec: {} }));
    const of = (count: number) => checkpoint(...runs.slice(0, count).map((object) => ({ object, status: {} }))).text;
    expect((of(50).length - of(25).length) / 25).to.be.below(90);
  });
});

describe('a list', () => {
  const [a, b] = [storedObject('Run', { name: 'a', spec: {} }), storedObject('Run', { name: 'b', spec: {} })];
  const canonical = storedObject('Canonical', { name: 'z', spec: {} });
  const status = (reason: string): CommonStatus => ({
    conditions: [
      { type: 'Succeeded', status: 'Unknown', reason, message: '', lastTransitionTime: '', observedGeneration: 1 },
    ],
  });
  const shown = (list: ReturnType<typeof read>) =>
    list?.tables.flatMap(rowsOf).map(({ name, cells }) => [name, cells[1]]);

  it('says what its last line of each object says, by kind and name', () => {
    const lines = [lineOf(1, b, status('Old')), gone(2, a), lineOf(3, b, status('New')), lineOf(4, a, status('Its'))];
    const list = read(...lines);
    expect(shown(list)).to.deep.equal([
      ['a', 'Its'],
      ['b', 'New'],
    ]);
    const kinds = read(lineOf(1, a, status('Its')), lineOf(2, canonical, {}))?.tables.map(({ kind }) => kind);
    expect(kinds).to.deep.equal(['Canonical', 'Run']);
    expect(shown(read(lineOf(1, a, status('Its')), gone(2, a)))).to.deep.equal([]);
    expect(shown(read())).to.deep.equal([]);
  });

  it('names the objects that it knows no status of', () => {
    const list = read(lineOf(1, a), lineOf(2, b, status('New')));
    expect(list?.unknown.map(({ kind, name }) => [kind, name])).to.deep.equal([['Run', 'a']]);
    expect(shown(list)).to.deep.equal([['b', 'New']]);
  });

  it('holds of some kinds only what was asked for', () => {
    const text = `${head}${lineOf(1, a, status('Its'))}${lineOf(2, canonical, {})}`;
    const list = readListText(text, { build, kinds: ['Run'] });
    expect(shown(list)).to.deep.equal([['a', 'Its']]);
  });

  it('is none where it is of another build, or of another format', () => {
    const text = `${head}${lineOf(1, a, status('Its'))}`;
    for (const other of ['b2', undefined])
      expect(readListText(text, { build: other, kinds: KINDS })).to.equal(undefined);
    const before = '{"format":2}\n{"number":1,"key":{"kind":"Run","name":"a"},"row":{"object":{}}}\n';
    expect(readListText(before, { build, kinds: KINDS })).to.equal(undefined);
  });

  it('is none where a line is torn, missing or short of a cell, wherever that is', () => {
    const [first, second] = [lineOf(1, a, status('Its')), lineOf(2, b, status('New'))];
    const fields = (items: unknown[]): string => `${JSON.stringify(items)}\n`;
    const known = JSON.parse(second) as unknown[];
    const cells = known.pop() as unknown[];
    for (const lines of [
      [first, second.slice(0, -1)],
      [first, second.slice(0, -9)],
      [first, `${second.slice(0, -9)}\n`],
      [first, '\0'.repeat(20)],
      [first, `${'\0'.repeat(20)}\n`],
      [first, '\n'],
      [second],
      [first, lineOf(3, b, status('New'))],
      [first, fields([...known, cells.slice(1)])],
      [first, fields([...known, [...cells, 'x']])],
      [first, fields([...known, cells, 'x'])],
      [first, fields([...known, 'x'])],
      [first, fields(known.slice(0, 4))],
      [first, gone(3, b)],
    ])
      expect(read(...lines), JSON.stringify(lines)).to.equal(undefined);
    const whole = `${head}${first}${second}`;
    for (let size = 0; size < whole.length; size += 1) {
      const cut = readListText(whole.slice(0, size), { build, kinds: KINDS });
      const isWhole = [head.length, head.length + first.length].includes(size);
      expect(cut !== undefined, `${size} of ${whole.length}`).to.equal(isWhole);
    }
  });
});
