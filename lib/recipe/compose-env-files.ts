import type { CcError } from '../errors.ts';
import { type ComposeDocument, isTree, type Tree } from './compose-document.ts';
import { textEntry } from './compose-unify.ts';
import type { Lookup } from './interpolation.ts';
import { readRecipeFile } from './recipe-file.ts';

interface EnvFileOptions {
  /** The recipe's checkout; the files are named relative to it. */
  directory: string;
  lookup: Lookup;
}

/**
 * The tree of a compose file in which services have the variables of their `env_file`, below their own. As the docker CLI
 * reads such files: one `KEY=value` a line, taken as it is; `KEY` alone has the value that `lookup` gives, or is left out.
 * @throws CcError `InvalidInput`: a file is missing, leads out of the recipe, or holds something else.
 */
export async function withEnvFiles(document: ComposeDocument, options: EnvFileOptions): Promise<Tree> {
  const { tree } = document;
  if (!isTree(tree.services)) return tree;
  const services: [string, unknown][] = [];
  for (const [name, service] of Object.entries(tree.services)) {
    const files = isTree(service) ? [service.env_file].flat().filter((file) => typeof file === 'string') : [];
    if (!isTree(service) || files.length === 0) services.push([name, service]);
    else services.push([name, { ...service, environment: await environmentOf(document, { name, files, options }) }]);
  }
  return { ...tree, services: Object.fromEntries(services) };
}

async function environmentOf(
  document: ComposeDocument,
  { name, files, options }: { name: string; files: readonly string[]; options: EnvFileOptions },
): Promise<unknown> {
  const path = ['services', name, 'env_file'];
  const fault = (rule: string, remedy: string): CcError => document.fault({ path, rule, remedy });
  const found = new Map<string, string>();
  for (const file of files) {
    for (const [key, given] of await entriesOf(options.directory, file, fault)) {
      const value = given ?? options.lookup(key);
      if (value !== undefined) found.set(key, value);
    }
  }
  const services = document.tree.services as Tree;
  const own = (services[name] as Tree).environment ?? {};
  if (!Array.isArray(own)) return { ...Object.fromEntries(found), ...(own as Tree) };
  return [...[...found].map((pair) => pair.join('=')), ...own];
}

async function entriesOf(directory: string, file: string, fault: (rule: string, remedy: string) => CcError) {
  const text = await readRecipeFile(directory, file);
  if (text === undefined)
    throw fault(
      `: open ${file.slice(0, 200)}: no such file or directory`,
      'Add the file to the recipe, or take the line out.',
    );
  const lines = text.split(/\r?\n/).map((line) => line.trimStart());
  const entries = lines.filter((line) => line !== '' && !line.startsWith('#')).map(textEntry);
  const [wrong] = entries.find(([key]) => key === '' || /[ \t]/.test(key)) ?? [];
  if (wrong === undefined) return entries;
  throw fault(
    `: variable '${wrong.slice(0, 40)}' contains whitespaces, or is none`,
    'Write KEY=value lines in the file.',
  );
}
