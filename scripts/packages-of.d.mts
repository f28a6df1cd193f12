export function packagesOf(
  root: string,
  results: readonly { metafile: { inputs: object } }[],
): { name: string; version: string; path: string; license: string }[];
export function noticesOf(root: string, packages: ReturnType<typeof packagesOf>): string;
export function declaredLicence(manifest: { license?: unknown; licenses?: unknown }): string;
