import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { formsOf } from '../../lib/checks/mask-forms.ts';

/** Files below `root` that hold one of the values in any form that a mask looks for, in their name or in their content; sorted. */
export async function filesWith(values: readonly string[], root: string): Promise<string[]> {
  const { plain, wrapped } = formsOf(values);
  const forms = [...plain, ...wrapped];
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = `${path}\n${await readFile(path, 'latin1').catch(() => '')}`;
    if (forms.some((form) => text.includes(form))) found.push(relative(root, path));
  }
  return found.sort();
}
