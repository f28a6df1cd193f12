/** Licences of what is shipped, held against ours. All pure. */

/**
 * May be combined into a work under AGPL-3.0-or-later. Sources: the FSF's list of licences, for Apache-2.0, MPL-2.0 and the
 * GPL family of version 3; the others ask for no more than that their text is kept.
 */
const COMPATIBLE = [
  ...[
    '0BSD',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'BlueOak-1.0.0',
    'CC0-1.0',
    'ISC',
    'MIT',
    'MIT-0',
    'Python-2.0',
    'Unlicense',
  ],
  ...['Zlib', 'Apache-2.0', 'MPL-2.0', 'LGPL-3.0-or-later', 'GPL-3.0-or-later', 'AGPL-3.0-or-later', 'AGPL-3.0-only'],
];

/** Whether an SPDX expression leaves a choice that is compatible; brackets are of one level. */
export function isCompatible(expression: string): boolean {
  const flat = expression.replaceAll(/\(([^()]*)\)/g, (_, inner: string) => (isCompatible(inner) ? 'MIT' : 'NONE'));
  return flat.split(' OR ').some((choice) => choice.split(' AND ').every((one) => COMPATIBLE.includes(one.trim())));
}

/** A package and what it declares. */
export interface Licensed {
  name: string;
  version: string;
  license: string;
}

/** One line for each package whose licence does not go with ours, sorted. */
export function incompatible(packages: readonly Licensed[]): string[] {
  const wrong = packages.filter(({ license }) => !isCompatible(license));
  return [...new Set(wrong.map(({ name, version, license }) => `${name} ${version}: ${license}`))].toSorted();
}
