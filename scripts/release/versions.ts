/** Where the version of a release is written. */
export interface VersionFacts {
  /** Of `package.json`. */
  version: string;
  /** What others say, by place. */
  others: Readonly<Record<string, string | undefined>>;
  changelog: string;
}

/** One line for each place that says another version, or that does not know this one. Empty: ready. Pure. */
export function versionFaults({ version, others, changelog }: VersionFacts): string[] {
  const faults = Object.entries(others)
    .filter(([, said]) => said !== version)
    .map(([place, said]) => `${place} says ${said ?? 'nothing'}, package.json ${version}`);
  const title = new RegExp(`^## \\[?${version.replaceAll('.', '\\.')}\\]? - \\d{4}-\\d\\d-\\d\\d$`, 'm');
  if (!title.test(changelog)) faults.push(`CHANGELOG.md has no section "## ${version} - YYYY-MM-DD"`);
  const unreleased = /^## Unreleased\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(changelog)?.[1] ?? '';
  if (unreleased.trim() !== '')
    faults.push(`CHANGELOG.md: what is under Unreleased belongs to ${version}, or is not released`);
  return faults;
}
