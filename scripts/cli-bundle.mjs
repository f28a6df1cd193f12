// How `ccctl` becomes files that start fast: CommonJS, since the loader of modules costs more than all of `ccctl get`; a
// file per command, so that only what is asked for is read; and the code that V8 made of them is kept, see docs/adr/0175.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** Loads such a module when the first of its functions is asked for. */
const onDemand = {
  name: 'modules-on-demand',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^node:(${SLOW.join('|')})$`);
    onResolve({ filter }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'on-demand' } : undefined,
    );
    onLoad({ filter, namespace: 'on-demand' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path));
      const contents = names.map((name) => `get ${name}() { return process.getBuiltinModule('${path}').${name}; }`);
      return { contents: `module.exports = { ${contents.join(', ')} };` };
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
const directory = __dirname + '/ccctl';
const scripts = new Map();
function load(name) {
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
  await bundle({
    ...options,
    bundle: false,
    plugins: [],
    external: undefined,
    define: {},
    sourcemap: false,
    format: 'cjs',
    supported: { 'dynamic-import': false },
    outdir,
    outExtension: { '.js': '.cjs' },
    entryPoints: globSync(join(modules, '*.cjs')),
  });
  rmSync(modules, { recursive: true });
  mergeMain(outdir);
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

/** What a file loads at once, not when it comes to it. */
const AT_ONCE = /(?<!__toESM\()require\("\.\/([^"]+)"\)/g;

/** Puts `main.cjs` and all that it loads at once into one file: each further one costs as much as it holds. */
function mergeMain(directory) {
  const read = (name) => readFileSync(join(directory, name), 'utf8');
  const merged = new Map();
  const take = (name) => {
    if (merged.has(name)) return;
    merged.set(name, read(name));
    for (const [, next] of merged.get(name).matchAll(AT_ONCE)) take(next);
  };
  take('main.cjs');
  const fromMerged = (text, own) => text.replaceAll(AT_ONCE, (all, name) => (merged.has(name) ? own(name) : all));
  for (const name of readdirSync(directory)) {
    if (merged.has(name)) rmSync(join(directory, name));
    else
      writeFileSync(
        join(directory, name),
        fromMerged(read(name), (one) => `require("./main.cjs")("${one}")`),
      );
  }
  const bodies = [...merged].map(([name, text]) => {
    const body = fromMerged(text, (one) => `own("${one}")`);
    return `${JSON.stringify(name)}(module, exports) {\n${body.replace(/^"use strict";\n/, '')}}`;
  });
  const own = "'use strict';\nconst made = {};\nfunction own(name) {\n";
  const make = '  if (!made[name]) { made[name] = { exports: {} }; make[name](made[name], made[name].exports); }\n';
  const end = '  return made[name].exports;\n}\nmodule.exports = own;\n';
  const all = `const make = {\n${bodies.join(',\n')}\n};\nown('main.cjs');\n`;
  writeFileSync(join(directory, 'main.cjs'), `${own}${make}${end}${all}`);
}
