import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { KINDS } from '../../../lib/api/kinds.ts';
import {
  definition,
  kindSchema,
  resolveSchema,
  SCHEMA_FILES,
  type Schema,
} from '../../../lib/store/spec-codec-schema.ts';
import { violations } from '../../../lib/store/spec-codec-validate.ts';
import { generateTypes } from '../../../scripts/generate-types.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

interface Found {
  at: string;
  schema: Schema;
}

const definitions: Found[] = SCHEMA_FILES.flatMap((file) =>
  Object.entries(file.$defs ?? {}).map(([name, schema]) => ({ at: name, schema })),
);

const fields: Found[] = definitions.flatMap(({ at, schema }) =>
  Object.entries(schema.properties ?? {}).map(([name, property]) => ({ at: `${at}.${name}`, schema: property })),
);

describe('schemas', () => {
  it('describe every definition and every field', () => {
    const silent = [...definitions, ...fields].filter(({ schema }) => !resolveSchema(schema).description);
    expect(fields.length).to.be.greaterThan(250);
    expect(silent.map(({ at }) => at)).to.deep.equal([]);
  });

  it('are schemas of draft 2020-12: at run time nobody looks', () => {
    const ajv = new Ajv2020({ strictTypes: false, logger: false });
    ajv.addVocabulary(['x-mutable']);
    for (const file of SCHEMA_FILES) expect(ajv.validateSchema(file), file.$id).to.equal(true);
  });

  it('make every unknown field an error', () => {
    const open = definitions.filter(
      ({ schema }) => schema.type === 'object' && schema.additionalProperties === undefined,
    );
    const anything = definitions.filter(({ schema }) => schema.additionalProperties === true);
    expect([...open, ...anything].map(({ at }) => at)).to.deep.equal([]);
  });

  it('give every field one type', () => {
    const untyped = fields.filter(({ schema }) => typeof resolveSchema(schema).type !== 'string');
    expect(untyped.map(({ at }) => at)).to.deep.equal([]);
  });

  it('write enums in CamelCase, but for methods, verbs and the words of conditions', () => {
    const allowed = new Set(['HttpAction.method', 'HandledRequest.verb']);
    const odd = [...definitions, ...fields].filter(
      ({ at, schema }) =>
        !allowed.has(at) && (schema.enum ?? []).some((word) => !/^[A-Z][A-Za-z]*$/.test(String(word))),
    );
    expect(odd.map(({ at }) => at)).to.deep.equal([]);
  });

  it('name a default in the description wherever they have one', () => {
    const unsaid = fields.filter(({ schema }) => {
      const given = schema.default !== undefined && typeof schema.default !== 'object';
      return given && !/Default/.test(resolveSchema(schema).description ?? '');
    });
    expect(unsaid.map(({ at }) => at)).to.deep.equal([]);
  });

  it('have defaults that are themselves valid', () => {
    for (const { at, schema } of fields.filter((field) => field.schema.default !== undefined)) {
      const [owner = '', name = ''] = at.split('.');
      const wrong = violations(owner, { [name]: schema.default }).filter(
        (violation) => violation.path[0] === name && violation.code !== 'MissingField',
      );
      expect(wrong, at).to.deep.equal([]);
    }
  });

  it('have a validator for every definition', () => {
    for (const { at } of definitions) expect(() => violations(at, null), at).not.to.throw();
  });

  it('have a spec and a status for every kind', () => {
    for (const kind of KINDS) {
      expect(Object.keys(kindSchema(kind).properties ?? {})).to.deep.equal([
        'apiVersion',
        'kind',
        'metadata',
        'spec',
        'status',
      ]);
      expect(definition(`${kind}Status`).required).to.deep.equal(['observedGeneration', 'conditions']);
    }
  });
});

describe('generated types', () => {
  it('are what the schemas say', async () => {
    for (const [name, content] of Object.entries(await generateTypes(ROOT))) {
      const committed = await readFile(join(ROOT, 'lib', 'api', 'generated', name), 'utf8');
      expect(committed === content, `lib/api/generated/${name} is stale; run npm run generate`).to.equal(true);
    }
  });
});
