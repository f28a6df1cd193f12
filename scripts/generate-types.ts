// Writes lib/api/generated/*.ts from schemas/*.schema.json: one type per `$defs` entry, in the order of the files.
// With --check it writes nothing and fails when a file differs.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile } from 'json-schema-to-typescript';

/** The part of JSON Schema that the schemas use and that matters for types. */
interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  description?: string;
  type?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  items?: Schema;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  tsType?: string;
}

const SCHEMAS = ['common', 'warm-service', 'canonical', 'run', 'sweep', 'config'] as const;
const DEFAULTED_ROOTS = ['WarmServiceSpec', 'CanonicalSpec', 'RunSpec', 'SweepSpec', 'ControllerConfig'] as const;
const BANNER = '/* Written by `npm run generate` from schemas/. Do not edit. */\n';
const RULES_ONLY = new Set([
  'oneOf',
  'if',
  'then',
  'else',
  'dependentRequired',
  'propertyNames',
  'default',
  'examples',
  'x-mutable',
]);

/** What {@link generateTypes} writes: file name → content. */
export type GeneratedFiles = Record<'types.ts' | 'defaulted.ts', string>;

/**
 * The content of the generated files. `types.ts` holds the types as people write them, `defaulted.ts` the specs after
 * defaults were filled in: the same, with every field that has a default present.
 */
export async function generateTypes(root: string): Promise<GeneratedFiles> {
  const definitions = await readDefinitions(root);
  const plain = await Promise.all(
    [...definitions].map(([name, schema]) =>
      declare(
        name,
        withoutRules(schema, (target) => target),
      ),
    ),
  );
  const reached = reachable(definitions, DEFAULTED_ROOTS);
  const changed = new Set(reached.filter((name) => hasDefault(definitions, name)));
  const rename = (name: string): string => (changed.has(name) ? `Defaulted${name}` : name);
  const defaulted = await Promise.all(
    [...changed].map((name) => declare(rename(name), withDefaultsRequired(definitionOf(definitions, name), rename))),
  );
  const text = defaulted.join('\n');
  const imports = [...definitions.keys()]
    .filter((name) => new RegExp(`\\b${name}\\b`).test(withoutComments(text)))
    .sort();
  return {
    'types.ts': `${BANNER}\n${plain.join('\n')}`,
    'defaulted.ts': `${BANNER}\nimport type {\n${imports.map((name) => `  ${name},\n`).join('')}} from './types.ts';\n\n${text}`,
  };
}

async function readDefinitions(root: string): Promise<Map<string, Schema>> {
  const definitions = new Map<string, Schema>();
  for (const file of SCHEMAS) {
    const schema = JSON.parse(await readFile(join(root, 'schemas', `${file}.schema.json`), 'utf8')) as Schema;
    for (const [name, definition] of Object.entries(schema.$defs ?? {})) {
      if (definitions.has(name)) throw new Error(`schemas/${file}.schema.json: ${name} is defined twice`);
      definitions.set(name, definition);
    }
  }
  return definitions;
}

function definitionOf(definitions: Map<string, Schema>, name: string): Schema {
  const schema = definitions.get(name);
  if (schema === undefined) throw new Error(`schemas: no definition ${name}`);
  return schema;
}

function targetOf(schema: Schema): string | undefined {
  return schema.$ref?.split('/').at(-1);
}

/** The schema without what only validation needs, each reference replaced by the name of its type. */
function withoutRules(schema: Schema, rename: (name: string) => string): Schema {
  const target = targetOf(schema);
  if (target !== undefined) return { ...describe(schema), tsType: rename(target) };
  const kept = Object.fromEntries(Object.entries(schema).filter(([key]) => !RULES_ONLY.has(key))) as Schema;
  if (kept.const !== undefined) return { ...kept, enum: [kept.const] };
  if (kept.items) kept.items = withoutRules(kept.items, rename);
  if (kept.properties) {
    kept.properties = Object.fromEntries(
      Object.entries(kept.properties).map(([name, property]) => [name, withoutRules(property, rename)]),
    );
  }
  return kept;
}

function describe(schema: Schema): Schema {
  return schema.description === undefined ? {} : { description: schema.description };
}

function withDefaultsRequired(schema: Schema, rename: (name: string) => string): Schema {
  const filled = Object.entries(schema.properties ?? {}).filter(([, property]) => property.default !== undefined);
  const required = new Set([...(schema.required ?? []), ...filled.map(([name]) => name)]);
  return { ...withoutRules(schema, rename), required: [...required] };
}

function references(schema: Schema): string[] {
  const target = targetOf(schema);
  const inner = [...Object.values(schema.properties ?? {}), ...(schema.items ? [schema.items] : [])];
  return [...(target === undefined ? [] : [target]), ...inner.flatMap(references)];
}

function reachable(definitions: Map<string, Schema>, roots: readonly string[]): string[] {
  const found = new Set<string>(roots);
  for (const name of found) for (const next of references(definitionOf(definitions, name))) found.add(next);
  return [...found];
}

function hasDefault(definitions: Map<string, Schema>, name: string): boolean {
  return reachable(definitions, [name]).some((each) =>
    Object.values(definitionOf(definitions, each).properties ?? {}).some((property) => property.default !== undefined),
  );
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '');
}

async function declare(name: string, schema: Schema): Promise<string> {
  const text = await compile(schema as Parameters<typeof compile>[0], name, {
    bannerComment: '',
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 120 },
  });
  return text.replace(/\[k: string\]: (.*);/g, '[key: string]: $1;');
}

async function main(root: string, check: boolean): Promise<void> {
  const directory = join(root, 'lib', 'api', 'generated');
  await mkdir(directory, { recursive: true });
  for (const [name, content] of Object.entries(await generateTypes(root))) {
    const path = join(directory, name);
    const current = await readFile(path, 'utf8').catch(() => '');
    if (current === content) continue;
    if (check) throw new Error(`${path} is not what schemas/ say; run npm run generate`);
    await writeFile(path, content);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(join(import.meta.dirname, '..'), process.argv.includes('--check'));
}
