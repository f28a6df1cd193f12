import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import bundle from '../../scripts/bundle-supervisor.json' with { type: 'json' };

const ROOT = new URL('../../', import.meta.url).pathname;
const COMPILED = join(ROOT, 'node_modules/.cache/supervisor');

/**
 * Compiles the supervisor's sources as they are now to one file, as `scripts/build.mjs` does for users: it starts with every
 * service, and reading the sources each time takes several times as long. Returns the file's path, by its content.
 */
export function compileSupervisor(): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(ROOT, 'lib/platform/process/supervisor/main.ts')],
    outdir: COMPILED,
    absWorkingDir: ROOT,
    ...(bundle as BuildOptions),
    write: false,
  });
  const text = outputFiles[0]?.text ?? '';
  const path = join(COMPILED, `${createHash('sha256').update(text).digest('hex')}.cjs`);
  if (existsSync(path)) return path;
  mkdirSync(COMPILED, { recursive: true });
  const temp = `${path}.${process.pid}`;
  writeFileSync(temp, text);
  renameSync(temp, path);
  return path;
}
