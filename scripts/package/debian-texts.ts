/** Texts in a Debian package, from facts. All pure. Source: Debian Policy 4.7, deb-control(5), deb-changelog(5). */

/** What is written of a package. */
export interface DebianFacts {
  /** With the Debian revision: `0.1.0-1`. */
  version: string;
  architecture: string;
  description: string;
  installedKib: number;
  /** Seconds since 1970. */
  date: number;
}

const MAINTAINER = 'cc-ci maintainers <cc-ci@localhost>';

/** The Node of the package is linked with the libraries; coreutils and tar are on every Debian. */
export const DEPENDS = ['adduser', 'git', 'libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6 (>= 8)', 'procps'] as const;

/** `DEBIAN/control`. */
export function control({ version, architecture, description, installedKib }: DebianFacts): string {
  const fields = {
    Package: 'cc-ci',
    Version: version,
    Architecture: architecture,
    Maintainer: MAINTAINER,
    'Installed-Size': String(installedKib),
    Depends: DEPENDS.join(', '),
    Recommends: 'ca-certificates',
    Suggests: 'docker.io, chromium',
    Section: 'devel',
    Priority: 'optional',
    Homepage: 'https://coopcloud.tech',
    Description: `${description}\n${LONG}`,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

const LONG = [
  ' cc-ci tests recipes of Co-op Cloud: it installs, upgrades, backs up and restores',
  ' each on a fresh app, removes the app again, and says what it saw. What is wanted',
  ' lies as YAML files in a directory; the state of each is written beside it.',
  ' .',
  ' The package brings the Node.js that it runs with.',
].join('\n');

/** `changelog.Debian`: one entry, for what changed is told in the project's own list. */
export function changelog({ version, date }: Pick<DebianFacts, 'version' | 'date'>): string {
  const when = new Date(date * 1000).toUTCString().replace('GMT', '+0000');
  const entry = '  * Packaged from its sources; what changed is in CHANGELOG.md.gz.';
  return `cc-ci (${version}) unstable; urgency=medium\n\n${entry}\n\n -- ${MAINTAINER}  ${when}\n`;
}

/** `copyright`: the head, then every text that what is shipped comes with. */
export function copyright(head: string, texts: Readonly<Record<string, string>>): string {
  const line = '='.repeat(79);
  const parts = Object.entries(texts).map(([title, text]) => `${line}\n${title}\n${line}\n\n${text.trim()}\n`);
  return [head.trimEnd(), '', ...parts].join('\n');
}

/** The version of the package of a version of ours: a hyphen of a pre-release would be taken for that of the revision. */
export function debianVersion(version: string, revision: string): string {
  if (!/^[0-9][A-Za-z0-9.+~]*$/.test(revision))
    throw new Error(`${revision} is no revision of a Debian package: 1, 2, 2~bpo12`);
  return `${version.replaceAll('-', '~')}-${revision}`;
}
