import { didYouMean } from '../../store/did-you-mean.ts';
import { kindSchema, resolveSchema, type Schema } from '../../store/spec-codec-schema.ts';
import type { CommandContext } from '../context.ts';
import { EXIT, type ExitCode, usageError } from '../environment.ts';
import { parseKind } from '../objects.ts';

export interface ExplainOptions {
  recursive?: boolean;
}

/** What stands before a reason: `reason/CrashLoop`. */
const REASON = /^reasons?\//i;

/** `ccctl explain KIND[.field…]`, `ccctl explain reason/WORD`: what a field, or a word of a status, means; needs no state. */
export async function explain(
  { environment }: CommandContext,
  words: readonly string[],
  { recursive }: ExplainOptions,
): Promise<ExitCode> {
  const [word, another] = words;
  if (word === undefined || another !== undefined)
    throw usageError('name one kind or field', 'For example: ccctl explain run.spec.mode');
  if (REASON.test(word)) {
    environment.stdout.write(await describeReason(word.replace(REASON, '')));
    return EXIT.Ok;
  }
  const [kindText = '', ...path] = word.split('.');
  const kind = parseKind(kindText);
  const schema = descend(resolveSchema(kindSchema(kind)), path, [kind]);
  const describeIt = recursive ? describeAll : describeSchema;
  environment.stdout.write(describeIt([kind, ...path].join('.'), schema));
  return EXIT.Ok;
}

/** What a word of a status, an event or an alert means, at each place in which it stands. */
async function describeReason(word: string): Promise<string> {
  const { meaningsOf, REASON_GROUPS } = await import('../../reasons/catalogue.ts');
  const found = meaningsOf(word);
  if (found.length === 0) {
    const similar = didYouMean(word, [...new Set(REASON_GROUPS.flatMap(({ words }) => Object.keys(words)))]);
    const remedy =
      similar === undefined ? 'docs/reference/reasons.md has all of them.' : `Did you mean reason/${similar}?`;
    throw usageError(`there is no reason ${JSON.stringify(word)}`, remedy);
  }
  const blocks = found.map(({ group, meaning: [meaning, remedy, see] }) => {
    const lines = [`REASON:   ${word}  <${group.title}>`, `WHERE:    ${group.place}`, '', meaning, remedy];
    return `${[...lines, ...(see === undefined ? [] : [`See docs/${see}.`])].join('\n')}\n`;
  });
  return blocks.join('\n');
}

/** Lists are walked through: `run.status.stages.name` is a field of their items. */
function descend(schema: Schema, path: readonly string[], before: readonly string[]): Schema {
  const [field, ...rest] = path;
  if (field === undefined) return schema;
  const fields = propertiesOf(schema);
  const next = fields[field];
  if (next) return descend(resolveSchema(next), rest, [...before, field]);
  const known = Object.keys(fields);
  const similar = didYouMean(field, known);
  const meant = pathTo(schema, field) ?? (similar === undefined ? undefined : [similar]);
  throw usageError(
    `${before.join('.')} has no field ${JSON.stringify(field)}`,
    meant ? `Did you mean ${[...before, ...meant].join('.')}?` : `Fields: ${known.join(', ') || 'none'}.`,
  );
}

/** Where a field of that name is, the nearest one: people leave out what is above it. */
function pathTo(schema: Schema, field: string): string[] | undefined {
  let level: { path: string[]; schema: Schema }[] = [{ path: [], schema }];
  while (level.length > 0) {
    const found = level.find((one) => Object.hasOwn(propertiesOf(one.schema), field));
    if (found) return [...found.path, field];
    level = level.flatMap(({ path, schema: above }) =>
      Object.entries(propertiesOf(above)).map(([name, below]) => ({
        path: [...path, name],
        schema: resolveSchema(below),
      })),
    );
  }
  return undefined;
}

function describeSchema(path: string, schema: Schema): string {
  const facts = [
    `FIELD:    ${path}  <${typeText(schema)}>`,
    ...(schema.default === undefined ? [] : [`DEFAULT:  ${JSON.stringify(schema.default)}`]),
    ...(schema.enum ? [`VALUES:   ${schema.enum.map(String).join(', ')}`] : []),
    '',
    schema.description ?? '',
  ];
  const fields = fieldRows(schema);
  return `${[...facts, ...(fields.length > 0 ? ['', 'FIELDS:', ...fields] : [])].join('\n')}\n`;
}

/** Every field below, by name and type alone. No definition of the schemas holds itself. */
function describeAll(path: string, schema: Schema): string {
  return `FIELD:    ${path}  <${typeText(schema)}>\n\nFIELDS:\n${fieldTree(schema, '  ').join('')}`;
}

function fieldTree(schema: Schema, indent: string): string[] {
  const required = new Set(itemOf(schema).required ?? []);
  return Object.entries(propertiesOf(schema)).flatMap(([name, property]) => {
    const resolved = resolveSchema(property);
    const mark = required.has(name) ? ' -required-' : '';
    return [`${indent}${name}  <${typeText(resolved)}>${mark}\n`, ...fieldTree(resolved, `${indent}  `)];
  });
}

function fieldRows(schema: Schema): string[] {
  const required = new Set(itemOf(schema).required ?? []);
  return Object.entries(propertiesOf(schema)).map(([name, property]) => {
    const resolved = resolveSchema(property);
    const mark = required.has(name) ? ' -required-' : '';
    return `  ${name}  <${typeText(resolved)}>${mark}\n      ${resolved.description ?? ''}`;
  });
}

function propertiesOf(schema: Schema): Readonly<Record<string, Schema>> {
  return itemOf(schema).properties ?? {};
}

/** The schema itself, or that of the items of a list. */
function itemOf(schema: Schema): Schema {
  return schema.items ? itemOf(resolveSchema(schema.items)) : schema;
}

function typeText(schema: Schema): string {
  if (schema.items) return `[]${typeText(resolveSchema(schema.items))}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (typeof schema.additionalProperties === 'object')
    return `map of ${typeText(resolveSchema(schema.additionalProperties))}`;
  return schema.type ?? 'object';
}
