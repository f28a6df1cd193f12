// Compiles the validators of the schemas while the programs are built: ajv and its work are not in them then.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCE = 'lib/store/spec-validators.ts';

/** What esbuild puts in the place of `lib/store/spec-validators.ts`. */
export const compiledValidators = {
  name: 'compiled-validators',
  setup({ onLoad }) {
    onLoad({ filter: /\/lib\/store\/spec-validators\.ts$/ }, async () => ({
      contents: await validatorsSource(),
      loader: 'js',
      resolveDir: ROOT,
    }));
  },
};

/** A module that exports `validatorOf`, as the source does. */
async function validatorsSource() {
  const { VALIDATED, validatorCompiler } = await sourceOf(SOURCE);
  const { definitionId } = await sourceOf('lib/store/spec-codec-schema.ts');
  const standaloneCode = createRequire(import.meta.url)('ajv/dist/standalone/index.js').default;
  const ajv = validatorCompiler({ source: true, esm: true });
  const code = standaloneCode(ajv, Object.fromEntries(VALIDATED.map((name) => [name, definitionId(name)])));
  return `${code}
const all = new Map(Object.entries({ ${VALIDATED.join(', ')} }));
export function validatorOf(name) {
  const validate = all.get(name);
  if (validate === undefined) throw new RangeError('no validator of ' + name);
  return validate;
}
`;
}

/** A module of the sources, run here. */
async function sourceOf(path) {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [path],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    external: ['ajv'],
    logLevel: 'warning',
  });
  const loaded = { exports: {} };
  new Function('require', 'module', 'exports', outputFiles[0].text)(
    createRequire(import.meta.url),
    loaded,
    loaded.exports,
  );
  return loaded.exports;
}
