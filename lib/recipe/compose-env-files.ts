import { type ComposeDocument, isTree, type Tree } from './compose-document.ts';
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
  const found = new Map<string, string>();
  for (const file of files) {
    const text = await readRecipeFile(options.directory, file);
    if (text === undefined) {
      const rule = `: open ${file.slice(0, 200)}: no such file or directory`;
      throw document.fault({ path, rule, remedy: 'Add the file to the recipe, or take the line out.' });
    }
    for (const line of text.split(/\r?\n/))
      readLine(line.trimStart(), { document, path, found, lookup: options.lookup });
  }
  const services = document.tree.services as Tree;
  const own = (services[name] as Tree).environment ?? {};
  if (!Array.isArray(own)) return { ...Object.fromEntries(found), ...(own as Tree) };
  return [...[...found].map((pair) => pair.join('=')), ...own];
}

function readLine(
  line: string,
  {
    document,
    path,
    found,
    lookup,
  }: { document: ComposeDocument; path: string[]; found: Map<string, string>; lookup: Lookup },
): void {
  if (line === '' || line.startsWith('#')) return;
  const equals = line.indexOf('=');
  const name = equals < 0 ? line : line.slice(0, equals);
  if (name === '' || /[ \t]/.test(name)) {
    const rule = `: variable '${name.slice(0, 40)}' contains whitespaces, or is none`;
    throw document.fault({ path, rule, remedy: 'Write KEY=value lines in the file.' });
  }
  const value = equals < 0 ? lookup(name) : line.slice(equals + 1);
  if (value !== undefined) found.set(name, value);
}
