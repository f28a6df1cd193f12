// Writes docs/reference/*.md from schemas/, one page per kind and one for the configuration, and from the commands of ccctl
// a page and a manual page; reasons and metrics from their tables.
// With --check it writes nothing and fails when a page differs.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { KINDS, type Kind } from '../lib/api/kinds.ts';
import { CONFIG_VARIABLE, configFlags, configLeaves } from '../lib/config/fields.ts';
import { isLive } from '../lib/config/live-fields.ts';
import { kindSchema, resolveSchema, type Schema } from '../lib/store/spec-codec-schema.ts';
import { cliPage, manualPage } from './cli-reference.ts';
import { controllerManualPage } from './controller-manual.ts';
import { metricsPage } from './metrics-reference.ts';
import { reasonsPage } from './reasons-reference.ts';

const BANNER = '<!-- Written by `node scripts/generate-reference.ts` from schemas/. Do not edit. -->';

const pageOf = (kind: Kind): string => `${kind.replace(/\B[A-Z]/g, '-$&').toLowerCase()}.md`;

interface Row {
  field: string;
  schema: Schema;
  required: boolean;
}

/** The reference pages: file name below docs/reference → content. Pure but for the schemas that it was loaded with. */
export function referencePages(): Map<string, string> {
  const pages = new Map<string, string>();
  for (const kind of KINDS) pages.set(pageOf(kind), kindPage(kind));
  pages.set('configuration.md', configurationPage());
  pages.set('ccctl.md', cliPage());
  pages.set('ccctl.1', manualPage());
  pages.set('cc-controller.8', controllerManualPage());
  pages.set('metrics.md', metricsPage());
  pages.set('reasons.md', reasonsPage());
  return pages;
}

function kindPage(kind: Kind): string {
  const schema = kindSchema(kind);
  const { metadata, spec, status } = schema.properties ?? {};
  const example = pageOf(kind).replace('.md', '.yaml');
  return page([
    `# ${kind}`,
    '',
    schema.description ?? '',
    '',
    `An example with every field: [specs/${example}](../../specs/${example}).`,
    ...section('metadata', metadata, 'Written by people but for the fields said to be kept by the controller.'),
    ...section('spec', spec, 'Unknown fields are errors. A field that is `null` counts as absent.'),
    ...section('status', status, 'Written by the controller, beside the spec file. Changing it changes nothing.'),
  ]);
}

function section(name: string, schema: Schema | undefined, preface: string): string[] {
  if (schema === undefined) return [];
  return ['', `## ${name}`, '', preface, '', ...table(rowsOf(schema, name))];
}

function table(rows: readonly Row[]): string[] {
  const lines = rows.map(
    ({ field, schema, required }) =>
      `| \`${field}\`${required ? ' *' : ''} | ${cell(typeText(schema))} | ${cell(schema.description ?? '')} |`,
  );
  return ['| field | type | meaning |', '|---|---|---|', ...lines, '', '\\* required wherever its parent is given.'];
}

/** The rows of an object, parents before children. No definition of the schemas holds itself. */
function rowsOf(schema: Schema, prefix: string): Row[] {
  const { properties = {}, required = [] } = resolveSchema(schema);
  return Object.entries(properties).flatMap(([name, property]) => {
    const resolved = resolveSchema(property);
    const field = `${prefix}.${name}${resolved.type === 'array' ? '[]' : ''}`;
    const inner = resolved.type === 'array' ? resolved.items : resolved;
    const children = inner === undefined ? [] : rowsOf(inner, field);
    return [{ field, schema: resolved, required: required.includes(name) }, ...children];
  });
}

/** The type of a field in words. */
function typeText(schema: Schema): string {
  const resolved = resolveSchema(schema);
  if (resolved.const !== undefined) return `\`${String(resolved.const)}\``;
  if (resolved.enum !== undefined) return resolved.enum.map((value) => `\`${String(value)}\``).join(', ');
  switch (resolved.type) {
    case 'array':
      return `list of ${resolved.items === undefined ? 'values' : typeText(resolved.items)}`;
    case 'object':
      return resolved.properties === undefined ? 'mapping' : 'object';
    case 'integer':
      return 'whole number';
    case 'string':
      return 'text';
    default:
      return resolved.type ?? 'value';
  }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');
}

function configurationPage(): string {
  const flags = new Map(configFlags().map((flag) => [flag.field, flag]));
  const lines = configLeaves().map(({ path, schema }) => {
    const field = path.join('.');
    const flag = flags.get(field);
    const names = flag ? `\`${flag.flag}\` | \`${flag.variable}\`` : 'file only | file only';
    const reload = isLive(field) ? 'reload' : 'restart';
    return `| \`${field}\` | ${cell(schema.description ?? '')} | ${names} | ${reload} |`;
  });
  return page([
    '# Configuration',
    '',
    `Read by \`cc-controller\` and \`ccctl\` from the file named by \`--config\`, else \`${CONFIG_VARIABLE}\`, else \`./cc-ci.yaml\`,`,
    'else `/etc/cc-ci/cc-ci.yaml`. A flag wins over a variable, a variable over the file. Paths in the file are relative to',
    'the file; in flags, variables and defaults to the current directory. Secrets are given as files only.',
    '',
    'A change of the file is taken by a [reload](../operations.md#configure) or by a restart.',
    '',
    '| field | meaning | flag | variable | taken by |',
    '|---|---|---|---|---|',
    ...lines,
  ]);
}

function page(lines: readonly string[]): string {
  return `${[BANNER, '', ...lines].join('\n')}\n`;
}

async function main(root: string, mode: 'Write' | 'Check'): Promise<void> {
  const directory = join(root, 'docs', 'reference');
  await mkdir(directory, { recursive: true });
  for (const [name, content] of referencePages()) {
    const path = join(directory, name);
    const current = await readFile(path, 'utf8').catch(() => '');
    if (current === content) continue;
    if (mode === 'Check')
      throw new Error(`${path} is not what schemas/ and commands say; run node scripts/generate-reference.ts`);
    await writeFile(path, content);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(join(import.meta.dirname, '..'), process.argv.includes('--check') ? 'Check' : 'Write');
}
