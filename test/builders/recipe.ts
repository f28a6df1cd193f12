import type { Repository } from '../component/recipe/repository.ts';

export interface RecipeOptions {
  version: string;
  /** Lines below the deploy labels of the service `app`. */
  labels?: readonly string[];
  /** Of its health check. */
  startPeriod?: string;
  /** Further lines of the service `app`. */
  lines?: readonly string[];
  /** Further text at the end of the compose file. */
  top?: string;
  /** More files: path → text; those below `ci/` are executable. */
  files?: Readonly<Record<string, string>>;
}

const README = ['Category', 'Status', 'Image', 'Healthcheck', 'Backups', 'Email', 'Tests', 'SSO']
  .map((key) => `* **${key}**: x`)
  .join('\n');

function compose({
  version,
  labels = ['backupbot.backup=true'],
  startPeriod = '0s',
  lines = [],
  top = '',
}: RecipeOptions): string {
  const all = ['traefik.enable=true', `coop-cloud.\${STACK_NAME}.version=${version}`, ...labels];
  return `version: "3.8"
services:
  app:
    image: example/notes:1.0.0
    x-process: { command: [sleep, "1000"] }
    healthcheck: { test: ["CMD", "true"], start_period: ${startPeriod} }
    volumes: ["data:/data"]
${lines.map((line) => `    ${line}\n`).join('')}    deploy:
      labels:
${all.map((label) => `        - "${label}"`).join('\n')}
volumes: { data: {} }
${top}`;
}

/** Writes a version of a small stateful recipe that lint has nothing against, and commits it. Gives the commit. */
export async function commitRecipe(repository: Repository, options: RecipeOptions): Promise<string> {
  await repository.write('compose.yml', compose(options));
  await repository.write('.env.sample', 'TYPE=notes\nDOMAIN=notes.example.org\n');
  await repository.write('README.md', `# notes\n<!-- metadata -->\n${README}\n<!-- endmetadata -->\n`);
  for (const [path, text] of Object.entries(options.files ?? {})) {
    await repository.write(path, text, path.startsWith('ci/') ? 0o755 : 0o644);
  }
  return repository.commit(options.version);
}

/** Commits the version and tags it as a release. */
export async function releaseRecipe(repository: Repository, options: RecipeOptions): Promise<string> {
  const commit = await commitRecipe(repository, options);
  repository.tag(options.version);
  return commit;
}
