import http from 'node:http';

const NAME = /^node:http$/;
const NAMESPACE = 'lean-http';

/** What a getter gives is not asked for: those are the parts of `fetch`, which Node would load, a tenth of a second and some MiB. */
const names = Object.entries(Object.getOwnPropertyDescriptors(http))
  .filter(([name, { get }]) => get === undefined && /^[A-Za-z]\w*$/.test(name))
  .map(([name]) => name);

/** `import … from 'node:http'` without what an import of it makes Node load besides. For esbuild. */
export const leanHttp = {
  name: NAMESPACE,
  setup(build) {
    build.onResolve({ filter: NAME }, ({ path, kind }) =>
      kind === 'import-statement' || kind === 'dynamic-import' ? { path, namespace: NAMESPACE } : undefined,
    );
    build.onLoad({ filter: NAME, namespace: NAMESPACE }, () => ({
      contents: `export const { ${names.join(', ')} } = process.getBuiltinModule('node:http');`,
      loader: 'js',
    }));
  },
};
