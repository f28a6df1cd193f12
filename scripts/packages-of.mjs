// Which packages' code is in dist/, and under which terms: what licences, audit and the bill of materials of a release go by.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LICENCE_FILES = '{LICEN[CS]E,licen[cs]e,Licen[cs]e,NOTICE,COPYING}*';

/** `[{ name, version, path, license }]` by path, of all files that esbuild took. */
export function packagesOf(root, results) {
  const files = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const paths = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []);
  return [...new Set(paths)].toSorted().map((path) => {
    const { name, version, ...more } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
    return { name, version, path, license: declaredLicence(more) };
  });
}

/** What a package declares, as one SPDX expression; older ones have an object or a list. */
export function declaredLicence({ license, licenses }) {
  const said = license ?? licenses;
  if (Array.isArray(said)) return said.map((one) => one.type).join(' OR ');
  return (typeof said === 'object' ? said.type : said) ?? 'UNDECLARED';
}

/** The licence texts of packages, as they came with them; who brought none is named with what it declares. */
export function noticesOf(root, packages) {
  const sections = packages.map(({ name, version, path, license }) => {
    const files = globSync(LICENCE_FILES, { cwd: join(root, path) }).toSorted();
    const texts = files.map((file) => readFileSync(join(root, path, file), 'utf8').trim());
    const text = texts.length === 0 ? `Licence: ${license}. The package came without a text.` : texts.join('\n\n');
    return `${'-'.repeat(79)}\n${name} ${version}\n\n${text}\n`;
  });
  return `The programs in this directory contain code of the following packages.\n\n${sections.join('\n')}`;
}
