import { didYouMean } from '../../store/did-you-mean.ts';
import { kindSchema, resolveSchema, type Schema } from '../../store/spec-codec-schema.ts';
import type { CommandContext } from '../context.ts';
import { EXIT, type ExitCode, printText, usageError } from '../environment.ts';
import { parseKind } from '../objects.ts';
import { wrap } from '../print/wrap.ts';

export interface ExplainOptions {
  recursive?: boolean;
}

/** Before what a field is for. */
const BELOW = ' '.repeat(6);

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
    printText(environment, await describeReason(word.replace(REASON, ''), environment.stdout.columns));
    return EXIT.Ok;
  }
  const [kindText = '', ...path] = word.split('.');
  const kind = parseKind(kindText);
  const schema = descend(resolveSchema(kindSchema(kind)), path, [kind]);
  const name = [kind, ...path].join('.');
  printText(
    environment,
    recursive ? describeAll(name, schema) : describeSchema(name, schema, environment.stdout.columns),
  );
  return EXIT.Ok;
}

/** What a word of a status, an event or an alert means, at each place in which it stands. */
async function describeReason(word: string, room: number | undefined): Promise<string> {
  const { meaningsOf, REASON_GROUPS } = await import('../../reasons/catalogue.ts');
  const found = meaningsOf(word);
  if (found.length === 0) {
    const similar = didYouMean(word, [...new Set(REASON_GROUPS.flatMap(({ words }) => Object.keys(words)))]);
    const remedy =
      similar === undefined ? 'docs/reference/reasons.md has all of them.' : `Did you mean reason/${similar}?`;
    throw usageError(`there is no reason ${JSON.stringify(word)}`, remedy);
  }
  const blocks = found.map(({ group, meaning: [meaning, remedy, see] }) => {
    const lines = [`REASON:   ${word}  <${group.title}>`, `WHERE:    ${group.place}`, ''];
    const prose = [meaning, remedy, ...(see === undefined ? [] : [`See docs/${see}.`])];
    return `${[...lines, ...prose.flatMap((one) => wrap(one, room, ''))].join('\n')}\n`;
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

function describeSchema(path: string, schema: Schema, room: number | undefined): string {
  const facts = [
    `FIELD:    ${path}  <${typeText(schema)}>`,
    ...(schema.default === undefined ? [] : [`DEFAULT:  ${JSON.stringify(schema.default)}`]),
    ...(schema.enum ? [`VALUES:   ${schema.enum.map(String).join(', ')}`] : []),
    '',
    ...wrap(schema.description ?? '', room, ''),
  ];
  const fields = fieldRows(schema, room);
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

function fieldRows(schema: Schema, room: number | undefined): string[] {
  const required = new Set(itemOf(schema).required ?? []);
  return Object.entries(propertiesOf(schema)).map(([name, property]) => {
    const resolved = resolveSchema(property);
    const mark = required.has(name) ? ' -required-' : '';
    const prose = wrap(`${BELOW}${resolved.description ?? ''}`, room, BELOW);
    return [`  ${name}  <${typeText(resolved)}>${mark}`, ...prose].join('\n');
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
