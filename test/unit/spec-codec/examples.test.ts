import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { CanonicalSpec } from '../../../lib/api/index.ts';
import { KINDS } from '../../../lib/api/kinds.ts';
import { type ParsedSpec, parseSpecFile, renderSpec, withDefaults } from '../../../lib/store/spec-codec.ts';
import { definition, resolveSchema, type Schema } from '../../../lib/store/spec-codec-schema.ts';
import { parse, parsed } from './parse.ts';

const SPECS = join(import.meta.dirname, '..', '..', '..', 'specs');
const files = globSync('*.yaml', { cwd: SPECS }).sort();

function example(file: string): ParsedSpec {
  const result = parseSpecFile({ path: file, bytes: readFileSync(join(SPECS, file)) });
  if (!result.ok) expect.fail(JSON.stringify(result.problems));
  return result.object;
}

/** Fields of a schema that the value does not show. */
function unshown(schema: Schema, value: unknown, path: string): string[] {
  const resolved = resolveSchema(schema);
  if (resolved.properties === undefined || resolved.oneOf !== undefined) return [];
  return Object.entries(resolved.properties).flatMap(([name, property]) => {
    const inner = (value as Record<string, unknown> | undefined)?.[name];
    return inner === undefined ? [`${path}.${name}`] : unshown(property, inner, `${path}.${name}`);
  });
}

describe('the examples', () => {
  it('are one per kind, valid and suspended', () => {
    expect(files.map((file) => example(file).kind).sort()).to.deep.equal([...KINDS].sort());
    for (const file of files) expect(example(file).spec.suspend, file).to.equal(true);
  });

  for (const file of files) {
    it(`${basename(file)} shows the fields of its kind`, () => {
      const { kind, spec } = example(file);
      const missing = unshown(definition(`${kind}Spec`), spec, 'spec');
      expect(missing.filter((field) => !field.startsWith('spec.app.') && !/base\.version$/.test(field))).to.deep.equal(
        [],
      );
    });

    it(`${basename(file)} says something about every field`, () => {
      const lines = readFileSync(join(SPECS, file), 'utf8').split('\n');
      const silent = lines.filter((line) => /^ {2}\w+: [^{[]/.test(line) && !line.includes('#') && line.length < 100);
      expect(silent).to.deep.equal([]);
    });

    it(`${basename(file)} is read back as it was rendered`, () => {
      const object = example(file);
      const text = renderSpec(object);
      expect(parsed(text)).to.deep.equal(object);
      expect(renderSpec(parsed(text))).to.equal(text);
    });
  }
});

describe('mutated examples', () => {
  const junk = fc.oneof(
    fc.constantFrom<unknown>(null, 5, true, 'x', '', [], {}, [null], { a: 1 }, -1, Number.POSITIVE_INFINITY),
    fc.jsonValue(),
  );
  const edits = fc.record({ at: fc.nat(200), how: fc.constantFrom('Misspell', 'Replace', 'Drop'), value: junk });

  it('never throw, and every problem has a place within the file', () => {
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.array(edits, { minLength: 1, maxLength: 4 }), (file, list) => {
        const object = example(file);
        const { kind, metadata, spec } = structuredClone(object);
        const document = { apiVersion: 'cc-ci/v1', kind, metadata, spec };
        for (const edit of list) mutate(document, structuredClone(edit));
        const text = stringify(document);
        const result = parse(text);
        if (result.ok) return;
        const lines = text.split('\n');
        expect(result.problems).not.to.deep.equal([]);
        for (const { line, column, message } of result.problems) {
          expect(line).to.be.within(1, lines.length);
          expect(column).to.be.within(1, (lines[line - 1]?.length ?? 0) + 1);
          expect(message).not.to.equal('');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('point at the key that was misspelt', () => {
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.nat(200), (file, at) => {
        const { kind, metadata, spec } = structuredClone(example(file));
        const document = { apiVersion: 'cc-ci/v1', kind, metadata, spec };
        const name = mutate(document, { at, how: 'Misspell', value: null });
        const text = stringify(document);
        const result = parse(text);
        if (result.ok) return; // a free key: labels, annotations, env
        const lines = text.split('\n');
        const pointed = result.problems.map(({ line, column }) => lines[line - 1]?.slice(column - 1) ?? '');
        expect(
          pointed.some((rest) => rest.startsWith(name)),
          `${name} in ${JSON.stringify(pointed)}`,
        ).to.equal(true);
      }),
    );
  });
});

type Edit = { at: number; how: string; value: unknown };

/** Changes one field, chosen by number over all mappings; the name it now has is given back. */
function mutate(document: object, { at, how, value }: Edit): string {
  const places = placesOf(document);
  const place = places[at % places.length];
  if (place === undefined) return '';
  const { owner, name } = place;
  if (how === 'Replace') owner[name] = value;
  else {
    const old = owner[name];
    delete owner[name];
    if (how === 'Misspell') owner[`${name}x`] = old;
  }
  return how === 'Misspell' ? `${name}x` : name;
}

function placesOf(value: unknown): { owner: Record<string, unknown>; name: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const owner = value as Record<string, unknown>;
  const own = Array.isArray(value) ? [] : Object.keys(owner).map((name) => ({ owner, name }));
  return [...own, ...Object.values(owner).flatMap(placesOf)];
}

describe('defaults', () => {
  const bare = { recipe: 'notes' };

  it('fill in what the files leave out, inside of what is left out too', () => {
    expect(withDefaults('WarmService', { app: bare })).to.deep.equal({
      suspend: false,
      app: {
        recipe: 'notes',
        secrets: { policy: 'Generate' },
        healthPasses: 2,
        timeouts: {},
      },
      update: { policy: 'Auto', maxBump: 'Minor', interval: '1h' },
      rollback: { strategy: 'Snapshot', quarantine: '7d' },
      deletionPolicy: 'Retain',
    });
    expect(withDefaults('Canonical', { app: bare }).ci).to.deep.equal({
      upgrade: { base: { policy: 'Auto' } },
      timeouts: { total: '60m', test: '10m', teardown: '5m' },
    });
    expect(withDefaults('Sweep', {})).to.include({ schedule: '0 3 * * 0', timeZone: 'UTC', rollWarmServices: true });
  });

  it('leave the deadlines of a Run to its Canonical', () => {
    expect(withDefaults('Run', bare)).to.deep.equal({
      ...bare,
      suspend: false,
      mode: 'Cold',
      promotion: 'Auto',
      ttlAfterFinished: '14d',
    });
  });

  it('keep what is given, also false and zero', () => {
    const test = { name: 'a', http: { path: '/x' }, required: false };
    const spec = withDefaults('Canonical', {
      app: { ...bare, env: { A: '' } },
      ci: { tests: [test, { name: 'b', http: {} }] },
    });
    expect(spec.app.env).to.deep.equal({ A: '' });
    expect(spec.ci.tests).to.deep.equal([test, { name: 'b', http: { path: '/' }, required: true }]);
  });

  it('are idempotent, share nothing with what they are given, and stay valid', () => {
    for (const file of files) {
      const { kind, metadata, spec } = example(file);
      const before = JSON.stringify(spec);
      const filled = withDefaults(kind, spec);
      expect(withDefaults(kind, filled)).to.deep.equal(filled);
      const again = parsed(renderSpec({ kind, metadata, spec: filled }));
      expect(again.spec).to.deep.equal(filled);
      (filled as object as Record<string, unknown>).suspend = 'changed';
      expect(JSON.stringify(spec)).to.equal(before);
    }
  });

  it('do not share the defaults themselves', () => {
    const one = withDefaults('Canonical', { app: bare });
    one.ci.timeouts.total = '1s';
    expect(withDefaults('Canonical', { app: bare }).ci.timeouts.total).to.equal('60m');
  });
});

describe('rendered files', () => {
  it('keep every text as text', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('yes', 'null', '~', '1e3', '0x1F', '1:30', '- a', '# a', '*a', '{', ' a ', 'a\nb', '\t'),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Z]{1,5}$/), text), (env) => {
        const object = { kind: 'Run' as const, metadata: { name: 'a' }, spec: { recipe: 'notes', env } };
        expect(parsed(renderSpec(object)).spec).to.deep.equal(object.spec);
      }),
    );
  });

  it('leave out what is undefined, and what the controller keeps', () => {
    const metadata = { name: 'a', labels: undefined, uid: 'u' } as unknown as { name: string };
    const text = renderSpec({ kind: 'Run', metadata, spec: { recipe: 'notes' } });
    expect(text).to.equal('apiVersion: cc-ci/v1\nkind: Run\nmetadata:\n  name: a\nspec:\n  recipe: notes\n');
  });

  it('write a shared value out each time', () => {
    const shared = { A: 'a' };
    const spec = {
      app: { recipe: 'notes', env: shared },
      ci: { install: { env: shared } },
    } as unknown as CanonicalSpec;
    expect(renderSpec({ kind: 'Canonical', metadata: { name: 'a' }, spec })).not.to.match(/[&*]a\d/);
  });
});
