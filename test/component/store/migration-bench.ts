import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { silentLog } from '../../../lib/log.ts';
import type { FormatStep } from '../../../lib/store/migration/format-step.ts';
import type { MigrationOptions } from '../../../lib/store/migration/migrate.ts';

const OBJECTS = ['a', 'b'];

/** Writes a state directory of format 1, with something of each sort of place. */
export async function stateOfFormatOne(state: string): Promise<void> {
  const files = new RecordFiles(state);
  await mkdir(state, { recursive: true });
  await files.write(join(state, 'instance.json'), { instanceId: 'id-1', format: 1, platform: 'Process' });
  for (const name of OBJECTS) await files.write(recordOf(state, name), { name, value: 1 });
  await put(state, 'alerts/seen/x.json', '{}');
  await put(state, 'canonicals/notes/lease.json', '{}');
  await put(state, 'canonicals/notes/generations/g1/manifest.json', '{}');
  await put(state, 'canonicals/notes/generations/g1/data/large', 'large');
  await put(state, 'apps/x.example/platform.json', '{}');
  await put(state, 'apps/x.example/env', 'SECRET=1');
  await put(state, 'apps/x.example/volumes/data.json', '{}');
  await put(state, 'runs/r-1/resolved.json', '{}');
  await put(state, 'recipes/notes.git/config', '');
  await symlink('generations/g1', join(state, 'canonicals/notes/known-good'));
}

/** What is to be kept of it, sorted. */
export const KEPT = [
  'alerts/seen/x.json',
  'apps/x.example/platform.json',
  'canonicals/notes/generations/g1/manifest.json',
  'canonicals/notes/known-good',
  'canonicals/notes/lease.json',
  'instance.json',
  'objects/Canonical/a/object.json',
  'objects/Canonical/b/object.json',
  'records.jsonl',
  'runs/r-1/resolved.json',
];

/** Two steps: a value doubles once, and gets a name. */
export const STEPS: readonly FormatStep[] = [
  {
    to: 2,
    what: 'values are texts',
    apply: (files) => change(files, (record) => ({ ...record, value: String(record.value) })),
  },
  {
    to: 3,
    what: 'values are lists',
    apply: (files) => change(files, (record) => ({ ...record, value: [record.value].flat() })),
  },
];

export function optionsOf(state: string, overrides: Partial<MigrationOptions> = {}): MigrationOptions {
  const nothing = { log: silentLog, sync: async () => {}, onPart: () => {} };
  return { stateDirectory: state, steps: STEPS, format: 3, ...nothing, ...overrides };
}

/** What is in the records of the objects. */
export async function valuesOf(state: string): Promise<unknown[]> {
  const files = new RecordFiles(state);
  return await Promise.all(
    OBJECTS.map(async (name) => (await files.peek<{ value: unknown }>(recordOf(state, name)))?.value),
  );
}

/** Paths of all files and links below a directory, sorted; none where it is not there. */
export async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1)).sort();
}

/** As written: a record that was touched differs in its revision at least. */
export async function textsOf(directory: string, names: readonly string[]): Promise<string[]> {
  return await Promise.all(
    names.map(
      async (name) => await readFile(join(directory, name), 'utf8').catch((error: { code: string }) => error.code),
    ),
  );
}

const recordOf = (state: string, name: string): string => join(state, 'objects', 'Canonical', name, 'object.json');

async function change(
  files: RecordFiles,
  changed: (record: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  for (const name of OBJECTS) {
    const path = recordOf(files.root, name);
    const record = await files.read<Record<string, unknown>>(path);
    if (record !== undefined) await files.write(path, changed(record));
  }
}

async function put(state: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(state, path)), { recursive: true });
  await writeFile(join(state, path), text);
}
