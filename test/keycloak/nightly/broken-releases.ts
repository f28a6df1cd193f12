import type { Files } from '../../e2e/recipes.ts';

/** Without a login of its own the database is asked for by the default of the version, which changed between the two. */
export function unpinned(files: Files): Files {
  return { ...files, 'start.sh': replaced(files['start.sh'], /^export KC_DB_USERNAME=.*\n/m, '') };
}

/** Comes up, on a port that nobody asks. */
export function neverHealthy(files: Files): Files {
  return {
    ...files,
    'start.sh': replaced(files['start.sh'], '--http-port="$PORT"', '--http-port="$PORT_HIDDEN"'),
    'compose.yml': replaced(
      files['compose.yml'],
      '      port: 8080\n',
      '      port: 8080\n      ports: { hidden: 8081 }\n',
    ),
  };
}

/** {@link neverHealthy} by what an image is started with. */
export function hiddenInImage(files: Files): Files {
  const compose = replaced(files['compose.yml'], '- DATA_DIR=/data', '- DATA_DIR=/data\n      - PORT=8081');
  // Its engine would give it up by itself.
  return { ...files, 'compose.yml': replaced(compose, /127\.0\.0\.1\/8080/, '127.0.0.1/8081') };
}

/** Comes up as {@link neverHealthy}, by which it has migrated its data, and ends at once, for good. */
export function migratesAndEnds(files: Files): Files {
  const hidden = neverHealthy(files);
  const compose = replaced(hidden['compose.yml'], '[./start.sh]', '[node, once.mjs]');
  return { ...hidden, 'compose.yml': replaced(compose, 'condition: any', 'condition: none'), 'once.mjs': ONCE };
}

const ONCE = `import { spawn } from 'node:child_process';
const child = spawn('./start.sh', { stdio: 'inherit' });
process.on('SIGTERM', () => child.kill());
child.on('exit', () => process.exit(1));
const url = 'http://127.0.0.1:' + process.env.PORT_HIDDEN + '/realms/master';
const look = async () => {
  const answer = await fetch(url).catch(() => undefined);
  if (answer?.ok) child.kill();
  else setTimeout(look, 200);
};
look();
`;

function replaced(text: string | undefined, what: string | RegExp, by: string): string {
  const made = text?.replace(what, by);
  if (made === undefined || made === text) throw new Error(`the recipe has no ${what}`);
  return made;
}
