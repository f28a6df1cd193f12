import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

interface Import {
  file: string;
  /** Path from the project's root, or package name. */
  target: string;
  vendor: boolean;
  /** Types only: nothing is left of it when the program runs. */
  erased: boolean;
  /** What is named; empty: all there is. */
  names: readonly string[];
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\s(?:(type)\s)?([^;]*?)from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
    ),
  ];
  return found.map(([, type, clause = '', from, dynamic, bare]) => {
    const target = from ?? dynamic ?? bare ?? '';
    const vendor = !target.startsWith('.');
    const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] ?? '');
    const erased = type !== undefined;
    const names = [...clause.matchAll(/(?:type\s+)?(\w+)(?:\s+as\s+\w+)?\s*[,}]/g)].map(([, one]) => one ?? '');
    return {
      file,
      vendor,
      erased,
      names,
      target: vendor ? name : relative(ROOT, resolve(ROOT, dirname(file), target)),
    };
  });
}

/** The first circle that leads back to `file`, as a path of files; undefined where there is none. */
function circleFrom(file: string, next: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const seen = new Set<string>();
  const ways = (next.get(file) ?? []).map((target) => [file, target]);
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    const last = way.at(-1) ?? '';
    if (last === file) return way;
    if (seen.has(last)) continue;
    seen.add(last);
    for (const target of next.get(last) ?? []) ways.push([...way, target]);
  }
  return undefined;
}

const files = globSync('{lib,controllers}/**/*.ts', { cwd: ROOT }).sort();
const imports = files.flatMap(importsOf);
const inside = (path: string, ...places: string[]): boolean =>
  places.some((place) => path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`));
const broken = (wrong: (one: Import) => boolean): string[] =>
  imports.filter(wrong).map(({ file, target }) => `${file} → ${target}`);

/** Package → the only places that may import it. */
const CAGES: Readonly<Record<string, readonly string[]>> = {
  chokidar: ['lib/store'],
  yaml: ['lib/store', 'lib/config', 'lib/recipe', 'lib/cli'],
  ajv: ['lib/store', 'lib/config', 'lib/recipe'],
  'ajv-formats': ['lib/store', 'lib/config'],
  dockerode: ['lib/platform/swarm'],
  execa: ['lib/exec'],
  'p-queue': ['lib/runtime'],
  winston: ['lib/log.ts'],
  commander: ['lib/cli', 'controllers/flags.ts', 'controllers/main.ts'],
  croner: ['lib/schedule.ts'],
  semver: ['lib/recipe'],
  'fast-xml-parser': ['lib/run-record'],
  'damerau-levenshtein': ['lib/store'],
  'string-width': ['lib/cli'],
  '@keycloak/keycloak-admin-client': ['lib/sso/keycloak'],
  undici: ['lib/sso/keycloak'],
  'prom-client': ['lib/metrics/prometheus-registry.ts'],
};

const ENTRY_POINTS = ['controllers/main.ts', 'lib/cli/main.ts', 'lib/platform/process/supervisor/main.ts'];
/** Makes the adapters that were asked for. */
const COMPOSITION = [...ENTRY_POINTS, 'controllers/platforms.ts'];
const PLATFORMS = ['lib/platform/process', 'lib/platform/swarm', 'lib/platform/abra'];
const PROVIDERS = ['lib/sso/keycloak'];
const FORGES = ['lib/forge/gitea'];
const ADAPTERS = [...PLATFORMS, ...PROVIDERS, ...FORGES];

describe('architecture', () => {
  it('reads the imports of every source file', () => {
    expect(files.length).to.be.greaterThan(150);
    expect(imports.length).to.be.greaterThan(500);
  });

  it('lib never imports controllers', () => {
    expect(broken(({ file, target }) => inside(file, 'lib') && inside(target, 'controllers'))).to.deep.equal([]);
  });

  it('lib/api imports nothing but itself', () => {
    expect(
      broken(({ file, target, vendor }) => inside(file, 'lib/api') && (vendor || !inside(target, 'lib/api'))),
    ).to.deep.equal([]);
  });

  it('a kind imports no other kind', () => {
    const kindOf = (path: string): string | undefined => /^controllers\/([^/]+)\//.exec(path)?.[1];
    expect(
      broken(
        ({ file, target }) =>
          kindOf(file) !== undefined && kindOf(target) !== undefined && kindOf(file) !== kindOf(target),
      ),
    ).to.deep.equal([]);
  });

  it('the supervisor, which starts with every service of an app, loads no package', () => {
    const loaded = new Set(['lib/platform/process/supervisor/main.ts']);
    for (const file of loaded) for (const one of imports) if (one.file === file && !one.erased) loaded.add(one.target);
    expect(loaded.size).to.be.greaterThan(20);
    expect([...loaded].filter((one) => !/\.ts$|^node:/.test(one))).to.deep.equal([]);
  });

  it('only the composition root and the adapter itself import an adapter', () => {
    const wrong = ({ file, target }: Import): boolean => {
      const adapter = ADAPTERS.find((one) => inside(target, one));
      const wraps = adapter === 'lib/platform/swarm' && inside(file, 'lib/platform/abra');
      return adapter !== undefined && !inside(file, adapter) && !wraps && !COMPOSITION.includes(file);
    };
    expect(broken(wrong)).to.deep.equal([]);
  });

  it('adapters of platforms import ports, exec, fs, recipe, clock, errors, log and serial only', () => {
    const allowed = [
      'lib/platform',
      'lib/exec',
      'lib/fs',
      'lib/recipe',
      'lib/api',
      'lib/clock.ts',
      'lib/deadline.ts',
      'lib/digest.ts',
      'lib/errors.ts',
      'lib/log.ts',
      'lib/serial.ts',
    ];
    // The supervisor masks and tails logs as the rest does.
    const extra = ['lib/checks/mask.ts', 'lib/run-record/log-tail.ts'];
    expect(
      broken(
        ({ file, target, vendor }) => inside(file, ...PLATFORMS) && !vendor && !inside(target, ...allowed, ...extra),
      ),
    ).to.deep.equal([]);
  });

  it('adapters of sign-on providers import their room, what is plain, and the errors only', () => {
    const allowed = ['lib/sso', 'lib/api', 'lib/errors.ts'];
    const inRoom = ({ file, target, vendor }: Import): boolean =>
      inside(file, ...PROVIDERS) && !vendor && !inside(target, ...allowed);
    expect(broken(inRoom)).to.deep.equal([]);
  });

  it('adapters of forges import their room, what is plain, time, masks and the errors only', () => {
    const allowed = [
      'lib/forge',
      'lib/api',
      'lib/errors.ts',
      'lib/clock.ts',
      'lib/deadline.ts',
      'lib/terminal-text.ts',
    ];
    const extra = ['lib/checks/mask.ts', 'lib/checks/connection-fault.ts'];
    const inRoom = ({ file, target, vendor }: Import): boolean =>
      inside(file, ...FORGES) && !vendor && !inside(target, ...allowed, ...extra);
    expect(broken(inRoom)).to.deep.equal([]);
  });

  it('the port of forges imports nothing', () => {
    expect(broken(({ file }) => file === 'lib/forge/forge.ts')).to.deep.equal([]);
  });

  it('the platform port imports nothing', () => {
    expect(broken(({ file }) => file === 'lib/platform/platform.ts')).to.deep.equal([]);
  });

  it('the port of sign-on providers imports nothing but types of the runtime', () => {
    const own = imports.filter(({ file }) => file === 'lib/sso/provider.ts');
    expect(own.map(({ target, erased }) => [target, erased])).to.deep.equal([['node:tls', true]]);
  });

  it('no file comes back to itself by its imports, but for types', () => {
    const next = Map.groupBy(
      imports.filter(({ erased }) => !erased),
      ({ file }) => file,
    );
    const targets = new Map([...next].map(([file, own]) => [file, own.map(({ target }) => target)]));
    const circles = files.flatMap((file) => circleFrom(file, targets)?.join(' → ') ?? []);
    expect(circles).to.deep.equal([]);
  });

  it('every function, constant and class that a file exports is used by another', () => {
    const readers = globSync('{test,scripts,bin}/**/*.{ts,mjs}', { cwd: ROOT }).flatMap(importsOf);
    const used = Map.groupBy([...imports, ...readers], ({ target }) => target);
    const dead = files
      .filter((file) => !inside(file, 'lib/api/generated'))
      .flatMap((file) => {
        const named = (used.get(file) ?? []).map(({ names }) => names);
        if (named.some((names) => names.length === 0)) return [];
        const text = readFileSync(join(ROOT, file), 'utf8');
        const own = text.matchAll(/^export (?:async )?(?:abstract )?(?:function\*?|const|class) (\w+)/gm);
        return [...own]
          .map(([, name]) => name ?? '')
          .filter((name) => !named.flat().includes(name))
          .map((name) => `${file}: ${name}`);
      });
    expect(dead).to.deep.equal([]);
  });

  it('the gate judges plans and recipes: it knows no platform, store, journal or controller', () => {
    const allowed = ['lib/gate', 'lib/api', 'lib/app', 'lib/recipe', 'lib/errors.ts', 'lib/terminal-text.ts'];
    const extra = ['lib/canary/recognise.ts', 'lib/fs/remove-tree.ts'];
    expect(
      broken(
        ({ file, target, vendor }) => inside(file, 'lib/gate') && !vendor && !inside(target, ...allowed, ...extra),
      ),
    ).to.deep.equal([]);
  });

  it('every package stays in its cage', () => {
    const wrong = ({ file, target, vendor }: Import): boolean => {
      if (!vendor || target.startsWith('node:')) return false;
      const places = CAGES[target];
      return places === undefined || !inside(file, ...places);
    };
    expect(broken(wrong)).to.deep.equal([]);
  });

  it('every dependency is used', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const used = new Set(imports.filter((one) => one.vendor).map((one) => one.target));
    expect(Object.keys(manifest.dependencies).filter((name) => !used.has(name))).to.deep.equal([]);
  });

  it('time, environment and exit of the process stay in their places', () => {
    const allowed = [...ENTRY_POINTS, 'lib/clock.ts', 'lib/exec/command.ts'];
    const wrong = files.filter((file) => {
      if (allowed.includes(file)) return false;
      const code = readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      return /\bDate\.now\(|\bsetTimeout\(|\bsetInterval\(|\bprocess\.(env|exit|argv)\b/.test(code);
    });
    expect(wrong).to.deep.equal([]);
  });

  it('T102 the spec of a record is read where it is judged; everybody else asks for what is in force', () => {
    const allowed = [
      'lib/store/',
      'lib/app/enrolment.ts',
      'controllers/canonical/acceptance.ts',
      'controllers/run/spec-changes.ts',
      'controllers/warm-service/acceptance.ts',
    ];
    const wrong = files.filter((file) => {
      if (inside(file, ...allowed)) return false;
      return /\b(object|canonical|one)\??\.spec\b/.test(readFileSync(join(ROOT, file), 'utf8'));
    });
    expect(wrong).to.deep.equal([]);
  });

  it('I13 an app is read by its plan and written by its commit, nowhere else', () => {
    const code = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
    const using = (use: RegExp): string[] =>
      files.filter((file) => inside(file, 'controllers', 'lib/app', 'lib/gate') && use.test(code.get(file) ?? ''));
    expect(using(/\breadCompose\(/)).to.deep.equal(['lib/app/app-plan.ts']);
    expect(using(/\bsecretSpecs\(/)).to.deep.equal(['lib/app/app-plan.ts']);
    expect(using(/\bhome\.(writeEnv|createSecret|replaceSecret)\(/)).to.deep.equal(['lib/app/commit.ts']);
  });

  it('no file passes 400 lines, and every folder name says what is in it', () => {
    const long = files
      .filter((file) => !inside(file, 'lib/api/generated'))
      .filter((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 401);
    expect(long).to.deep.equal([]);
    expect(files.filter((file) => /\b(utils?|helpers?|misc|common)\b/.test(file))).to.deep.equal([]);
  });

  it('no level of the kinds and of the platforms has more than 20 files', () => {
    const levels = Map.groupBy(
      files.filter((file) => inside(file, 'controllers', 'lib/platform')),
      (file) => dirname(file),
    );
    const crowded = [...levels].filter(([, level]) => level.length > 20).map(([directory]) => directory);
    expect(levels.size).to.be.greaterThan(8);
    expect(crowded).to.deep.equal([]);
  });
});
