/** A package whose code is shipped. */
export interface ShippedPackage {
  name: string;
  version: string;
  /** In the tree of packages: the key of the lock file. */
  path: string;
  license: string;
}

/** What a bill of materials is made of. */
export interface BillFacts {
  version: string;
  /** Seconds since 1970. */
  date: number;
  packages: readonly ShippedPackage[];
  /** `integrity` of the lock file by path: `sha512-…`, base64. */
  integrity: Readonly<Record<string, string | undefined>>;
}

/**
 * CycloneDX 1.5, JSON: the packages whose code is in `dist/`, with the digests of the archives they came from. The same
 * facts give the same bytes: no serial number, the date of the sources. Pure. Source: cyclonedx.org/docs/1.5/json.
 */
export function billOfMaterials({ version, date, packages, integrity }: BillFacts): string {
  const own = `pkg:npm/cc-ci@${version}`;
  const components = packages.map((one) => ({
    type: 'library',
    'bom-ref': `${purlOf(one)}#${one.path}`,
    name: one.name,
    version: one.version,
    purl: purlOf(one),
    licenses: [{ expression: one.license }],
    ...hashOf(integrity[one.path]),
  }));
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      timestamp: new Date(date * 1000).toISOString(),
      component: {
        type: 'application',
        'bom-ref': own,
        name: 'cc-ci',
        version,
        purl: own,
        licenses: [{ license: { id: 'AGPL-3.0-or-later' } }],
      },
    },
    components,
    dependencies: [{ ref: own, dependsOn: components.map((one) => one['bom-ref']) }],
  };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

function purlOf({ name, version }: ShippedPackage): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function hashOf(integrity: string | undefined): object {
  const found = /^sha512-(\S+)/.exec(integrity ?? '');
  if (found === null) return {};
  return { hashes: [{ alg: 'SHA-512', content: Buffer.from(found[1] ?? '', 'base64').toString('hex') }] };
}
