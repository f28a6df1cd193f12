// How `ccctl` becomes files that start fast: CommonJS, since the loader of modules costs more than all of `ccctl get`; a
// file per command, so that only what is asked for is read; and the code that V8 made of them is kept, see docs/adr/0175.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Loads 30 modules of Node for subcommands that are programs of their own, which `ccctl` has none of. */
const withoutChildren = {
  name: 'commander-without-children',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'child_process', namespace: 'absent' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Modules of Node that take long to load, and of which most commands need none. */
const SLOW = ['fs/promises', 'os', 'readline', 'timers/promises'];

/** Loads such a module when the first of its functions is called, or the first of its other values is asked for. */
const onDemand = {
  name: 'modules-on-demand',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^node:(${SLOW.join('|')})$`);
    const isFunction = (path, name) =>
      /^[a-z]/.test(name) && typeof process.getBuiltinModule(path)[name] === 'function';
    const namesOf = (path) => Object.keys(process.getBuiltinModule(path)).filter((name) => name !== 'default');
    onResolve({ filter }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'on-demand', sideEffects: false } : undefined,
    );
    onResolve({ filter: /#values$/ }, ({ path }) => ({ path, namespace: 'on-demand-values', sideEffects: false }));
    onLoad({ filter: /.*/, namespace: 'on-demand' }, ({ path }) => {
      const lines = namesOf(path).map((name) =>
        isFunction(path, name)
          ? `export function ${name}() { return process.getBuiltinModule('${path}').${name}(...arguments); }`
          : `export { ${name} } from '${path}#values';`,
      );
      return { contents: lines.join('\n') };
    });
    onLoad({ filter: /.*/, namespace: 'on-demand-values' }, ({ path }) => {
      const [module] = path.split('#');
      const others = namesOf(module).filter((name) => !isFunction(module, name));
      const getters = others.map((name) => `get ${name}() { return process.getBuiltinModule('${module}').${name}; }`);
      return { contents: `module.exports = { ${getters.join(', ')} };` };
    });
  },
};

/**
 * Starts the program from what V8 made of it, and likewise the parser of all commands, which most others than `get` load
 * first; without that, or with that of another V8, they are compiled as always.
 */
const START = `'use strict';
const { existsSync, readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const builtin = {};
const directory = __dirname + '/ccctl';
const scripts = new Map();
function load(name) {
  if (name.startsWith('node:')) return (builtin[name] ??= require(name));
  if (!name.startsWith('./')) return require(name);
  const file = directory + name.slice(1);
  return require.cache[file] === undefined && /^\\.\\/(main|command-line)/.test(name) ? run(name, file) : require(file);
}
function run(name, file) {
  const kept = file.replace(/cjs$/, 'v8');
  const source = '(function (exports, require, module, __filename, __dirname) {' + readFileSync(file, 'latin1') + '\\n})';
  const cachedData = existsSync(kept) ? readFileSync(kept) : undefined;
  // The name is kept with the code, as is what it is a slice of: it does not say where this was built.
  const script = new Script(source, { filename: 'ccctl' + name.slice(1), cachedData });
  const program = { exports: {}, loaded: true };
  scripts.set(kept, script);
  require.cache[file] = program;
  script.runInThisContext()(program.exports, load, program, file, directory);
  return program.exports;
}
load('./main.cjs');
module.exports = scripts;
`;

/** Where the files are that write such a list. */
const LISTS = 'lib/store';

/** Lists some objects, and keeps what V8 made of the program on the way, functions that were called included. */
const KEEP = `
const { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const [, staging, build, ...words] = process.argv;
const { listForm, listText } = require(join(staging, 'list.cjs'));
const state = mkdtempSync(join(staging, 'state-'));
const object = { uid: 'uid', labels: {}, creationTimestamp: '2030-01-01T00:00:00.000Z', spec: {}, generation: 1, validGeneration: 1 };
const kinds = ['WarmService', 'Canonical', 'Run', 'Sweep'];
const objects = kinds.flatMap((kind) => ['a', 'b'].map((name) => ({ ...object, kind, name })));
const { head, line, whole } = listForm(build);
const said = objects.map((one) => ({ key: one, said: listText(one, { conditions: [] }) }));
const { text, lines } = whole(said);
const changes = said.map(({ key, said: its }, index) => line(lines + index + 1, key, its));
mkdirSync(join(state, 'objects'));
writeFileSync(join(state, 'list.jsonl'), head + text + changes.join(''));
writeFileSync(join(state, 'controller.json'), JSON.stringify({ pid: process.pid, heartbeat: new Date().toISOString() }));
process.env.CC_CI_STATE_DIRECTORY = state;
process.argv.splice(1, process.argv.length, 'ccctl', ...words);
const scripts = require(join(staging, 'ccctl.cjs'));
process.on('exit', () => {
  rmSync(state, { recursive: true });
  for (const [kept, script] of scripts) if (!existsSync(kept)) writeFileSync(kept, script.createCachedData());
});
`;

/**
 * What V8 makes of a program holds hashes of its names, and what it compiled so far and did not throw away again: by the same
 * seed, without threads and without a collection of garbage it is the same bytes in every build of one source. V8 takes what
 * was made so without these flags, too.
 */
const SAME_BYTES = ['--random-seed=1', '--predictable', '--min-semi-space-size=64'];

/** Of the program alone, then of the parser of all commands, which takes what is given in full. */
const KEPT_COMMANDS = [
  ['get', 'all'],
  ['get', 'all', '--output=table'],
];

/**
 * Writes `ccctl.cjs` and `ccctl/` into `staging`. Two steps, since esbuild splits modules only: it makes them, and turns
 * each into CommonJS. Gives what esbuild says of the modules.
 */
export async function bundleCli(bundle, common, staging) {
  const { banner: _, ...options } = common;
  const outdir = join(staging, 'ccctl');
  const modules = join(staging, 'modules');
  mkdirSync(outdir);
  const made = await bundle({
    ...options,
    sourcemap: false,
    splitting: true,
    chunkNames: '[name]-[hash]',
    outdir: modules,
    outExtension: { '.js': '.cjs' },
    plugins: [...common.plugins, withoutChildren, onDemand],
    entryPoints: { main: 'lib/cli/main.ts' },
  });
  await turnIntoCommonJs(bundle, options, { modules, outdir, merged: loadedAtOnce(made.metafile) });
  rmSync(modules, { recursive: true });
  writeFileSync(join(staging, 'ccctl.cjs'), START);
  const list = join(staging, 'list.cjs');
  await bundle({
    ...options,
    sourcemap: false,
    format: 'cjs',
    outdir: undefined,
    outfile: list,
    stdin: {
      contents: "export * from './list-form.ts'; export * from './list-item.ts';",
      resolveDir: join(common.absWorkingDir, LISTS),
    },
  });
  const build = JSON.parse(common.define.CCCI_BUILD);
  for (const words of KEPT_COMMANDS)
    spawnSync(process.execPath, [...SAME_BYTES, '--eval', KEEP, staging, build, ...words], { stdio: 'ignore' });
  rmSync(list);
  return made;
}

/** Those of `merged` become one file; each other one stays for itself, and takes from that what it needs. */
async function turnIntoCommonJs(bundle, options, { modules, outdir, merged }) {
  const plain = { ...options, plugins: [], external: undefined, define: {}, sourcemap: false, format: 'cjs', outdir };
  const turned = { ...plain, supported: { 'dynamic-import': false }, outExtension: { '.js': '.cjs' } };
  const main = join(outdir, 'main.cjs');
  await bundle({
    ...turned,
    minifyWhitespace: true,
    lineLimit: 120,
    stdin: { contents: mainText(merged), resolveDir: modules, sourcefile: 'all.js' },
    outdir: undefined,
    outfile: main,
    plugins: [onlyOf(merged, modules)],
  });
  const others = globSync('*.cjs', { cwd: modules }).filter((name) => !merged.has(name));
  await bundle({ ...turned, bundle: false, entryPoints: others.map((name) => join(modules, name)) });
  const ofMain = (all, name) => (merged.has(name) ? `require("./main.cjs").of["${name}"]()` : all);
  for (const file of [main, ...others.map((name) => join(outdir, name))])
    writeFileSync(file, inAscii(readFileSync(file, 'utf8').replaceAll(AT_ONCE, ofMain)));
}

/** A program is read byte by byte, and kept so: other characters, which esbuild leaves in regular expressions, are escaped. */
function inAscii(text) {
  return text.replace(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What a file loads at once, not when it comes to it. */
const AT_ONCE = /(?<!__toESM\()require\("\.\/([^"]+)"\)/g;

/** `main.cjs` and all modules that it loads at once, by name, with what they export to others. */
function loadedAtOnce({ outputs }) {
  const byName = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const merged = new Map();
  const take = (name) => {
    if (merged.has(name)) return;
    const { exports, imports } = byName.get(name);
    merged.set(name, exports);
    for (const { path, kind, external } of imports) if (kind === 'import-statement' && !external) take(basename(path));
  };
  take('main.cjs');
  return merged;
}

/** A module that is all of these: each further file costs as much as it holds, and each border between them a look-up. */
function mainText(merged) {
  const all = [...merged].map(([name, exports], index) => {
    const named = exports.map((one, at) => ({ one, own: `e${index}_${at}` }));
    const imported = named.map(({ one, own }) => `${one} as ${own}`).join(', ');
    const getters = named.map(({ one, own }) => `get ${one}() { return ${own}; }`).join(', ');
    return { first: `import { ${imported} } from "./${name}";\n`, of: `"${name}": () => ({ ${getters} })` };
  });
  return `${all.map(({ first }) => first).join('')}export const of = { ${all.map(({ of }) => of).join(',\n')} };\n`;
}

/** Takes these from that directory, as modules, which their names deny; leaves the files of further commands where they are. */
function onlyOf(merged, directory) {
  const namespace = 'loaded-at-once';
  return {
    name: namespace,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\// }, ({ path }) => {
        const name = basename(path);
        return merged.has(name) ? { path: basename(name, '.cjs'), namespace } : { path, external: true };
      });
      onLoad({ filter: /.*/, namespace }, ({ path }) => ({
        contents: readFileSync(join(directory, `${path}.cjs`), 'utf8'),
      }));
    },
  };
}
