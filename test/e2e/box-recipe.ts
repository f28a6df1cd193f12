import { type Files, RecipeRepository } from './recipes.ts';

/** Keeps one text in a volume; comes up at once, so that whole runs are short. */
const SERVER = `import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
const file = process.env.DATA_DIR + '/item';
const text = () => { try { return readFileSync(file, 'utf8'); } catch { return ''; } };
const server = createServer((request, response) => {
  if (request.method === 'PUT') writeFileSync(file, 'kept');
  if (request.method === 'DELETE') rmSync(file, { force: true });
  response.end(request.url === '/version' ? VERSION : 'box:' + text());
});
server.listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1', () => console.log('box is open'));
process.on('SIGTERM', () => process.exit(0));
`;

function composeOf(version: string): string {
  return `version: "3.8"
services:
  app:
    image: example/box:${version.split('+')[0]}
    x-process:
      command: [node, server.mjs]
      port: 8080
      environment:
        DATA_DIR: "{volume:data}"
        DOMAIN: "\${DOMAIN}"
    volumes:
      - data:/data
    deploy:
      labels:
        - "coop-cloud.\${STACK_NAME}.version=${version}"
        - "traefik.enable=true"
        - "backupbot.backup=true"
volumes:
  data:
`;
}

/** A server that forgets the item when it starts. */
export const LOSES_DATA: Files = {
  'server.mjs': SERVER.replace('VERSION', "'lost'").concat('rmSync(file, { force: true });\n'),
};

/** A server that shows no item at a canonical's domain, and there only. */
export function emptyWhenWarm(version: string): Files {
  const server = SERVER.replace("'box:' + text()", "'box:' + (process.env.DOMAIN.startsWith('warm-') ? '' : text())");
  return boxFiles(version, { 'server.mjs': server.replace('VERSION', `'${version}'`) });
}

/** The files of a version of the recipe "box". */
export function boxFiles(version: string, extra: Files = {}): Files {
  return {
    'compose.yml': composeOf(version),
    '.env.sample': 'TYPE=box\nDOMAIN=box.example.org\n',
    'README.md': '# box\n\n* **Category**: Apps\n* **Backups**: Yes\n',
    'server.mjs': SERVER.replace('VERSION', `'${version}'`),
    [`release/${version}`]: 'Nothing to do.\n',
    ...extra,
  };
}

/** A repository of "box" with releases, oldest first. */
export function boxRepository(directory: string, versions: readonly string[]): RecipeRepository {
  const repository = new RecipeRepository(directory);
  for (const version of versions) repository.release(version, boxFiles(version));
  return repository;
}

/** The spec of a Canonical that enrols "box" (or a recipe that is its copy); `fields` are laid over `spec`. */
export function boxCanonical(recipe: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    app: { recipe, healthPasses: 1, timeouts: { deploy: '30s', health: '20s' } },
    ci: { data: BOX_DATA, timeouts: { total: '2m', test: '20s', teardown: '30s' } },
    dataRetention: '7d',
    ...fields,
  };
}

/** Data hooks over HTTP: no process of their own. */
export const BOX_DATA = {
  seed: { http: { method: 'PUT', path: '/item', status: [200] } },
  verify: { http: { path: '/item', status: [200], contains: 'box:kept' } },
  wipe: { http: { method: 'DELETE', path: '/item', status: [200] } },
} as const;
