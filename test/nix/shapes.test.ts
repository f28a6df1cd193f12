import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { SCHEMA_FILES } from '../../lib/store/spec-codec-schema.ts';
import { violations } from '../../lib/store/spec-codec-validate.ts';
import { ROOT } from '../unit/docs/documents.ts';
import { libraries, Nix } from './nix.ts';

/** Whatever might pass for a duration, a name, a domain, an address, a size, a path … */
const TEXTS = [
  ...['', ' ', 'a', 'A', '0', '7d', '1d2h', '1h1d', '90s', '10m', '5ms', '-1s', 's', '1000000d', '999999d', '7 d'],
  ...['notes', 'no-tes', '-notes', 'notes-', 'no_tes', 'no.tes', 'notes.', 'n'.repeat(70), 'Ünotes', 'a\nb', 'a\r\nb'],
  ...['ci.example.org', 'ci..org', `${'a'.repeat(64)}.org`, 'CI.org', 'example.org/owner', 'tier', 'not a key', '.a'],
  ...['/', '/a b', 'a/b', '//', '/\n', 'compose.yml', '-f', 'a b', 'a\tb', 'refs/heads/main', ' x'],
  ...['80', '0.0.0.0:80', '[::]:80', ':80', 'a b:80', '123456', 'host:', '127.0.0.1:9464'],
  ...['80%', '100%', '101%', '0%', '007%', '1GiB', '1.5MiB', '1 GiB', '5B', 'GiB', '1gib', '20000-29999', '1-', '-'],
  ...['https://a', 'http://', 'https://a/b?c', 'https://a b', 'ftp://a', 'https://a@b/c', 'https://a/#x', 'git@a:b'],
  ...['org:coop-cloud', 'team:a/b', 'team:a', 'org:', 'user', 'us er', 'git.example.org:3000', '[::1]:22', 'a:b'],
  ...[
    '2026-03-01T02:00:00.000Z',
    '2026-03-01',
    'CamelCase',
    'camelCase',
    '7ae7b0f7'.repeat(5),
    '7ae7',
    'A_B',
    'A-B',
    '1A',
  ],
];

/** Each distinct pattern of the schemas. */
const PATTERNS = [
  ...new Set(
    [...JSON.stringify(SCHEMA_FILES).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
      ([, text = '']) => JSON.parse(text) as string,
    ),
  ),
];

interface Sample {
  file: string;
  name: string;
  value: unknown;
}

const FILES: Readonly<Record<string, string>> = {
  Canonical: 'canonical.schema.json',
  WarmService: 'warm-service.schema.json',
  Sweep: 'sweep.schema.json',
  Run: 'run.schema.json',
};

/** The specs of example files. */
function examples(files: string): Sample[] {
  return globSync(files, { cwd: ROOT })
    .map((path) => parse(readFileSync(join(ROOT, path), 'utf8')) as { kind?: string; spec?: unknown })
    .flatMap(({ kind = '', spec }) =>
      FILES[kind] === undefined ? [] : [{ file: FILES[kind], name: `${kind}Spec`, value: spec }],
    );
}

const FULL: Sample = {
  file: 'canonical.schema.json',
  name: 'CanonicalSpec',
  value: {
    app: {
      recipe: 'notes',
      env: { A: 'b' },
      health: [
        { http: { path: '/', status: [200] } },
        { tcp: { port: 5 } },
        { exec: { service: 'a', command: ['b'] } },
      ],
      secrets: { items: [{ name: 'a', file: '/run/a' }] },
      timeouts: { deploy: '10m' },
    },
    keep: { generations: 2 },
    ci: {
      dependsOn: [{ warmService: 'keycloak', as: 'sso' }],
      upgrade: { base: { policy: 'Version', version: '1.0.0+1' } },
      data: { seed: { command: ['a'], from: 'Recipe' }, verify: { http: { path: '/' } } },
      tests: [{ name: 'home', http: { path: '/' }, requires: ['sso'], required: true }],
      expectedSkips: [{ stage: 'Backup', reason: 'stateless' }],
    },
    trigger: { repository: 'a/b' },
  },
};

const CONFIG: Sample = {
  file: 'config.schema.json',
  name: 'ControllerConfig',
  value: {
    maxRuns: 2,
    platform: 'Swarm',
    sourceCredentials: [{ host: 'a', user: 'b', passwordFile: '/c' }],
    alerts: { sinks: [{ command: ['a'] }, { webhook: { url: 'https://a/b' } }] },
    forge: { url: 'https://a', tokenFile: '/t', webhook: { listen: '1:2', secretFile: '/s' }, authorised: ['org:a'] },
  },
};

/** What stands in the place of each value, one at a time. */
const OTHERS: readonly unknown[] = ['', 'x y', 0, 1.5, true, [], {}, ['a', 'a'], { unknown: 1 }];

/** Every value that differs in one place: another value there, a field more, a field less. */
function* neighbours(value: unknown): Generator<unknown> {
  yield* OTHERS;
  if (Array.isArray(value)) {
    yield [...value, ...value];
    for (const [at, item] of value.entries()) for (const other of neighbours(item)) yield value.with(at, other);
  } else if (typeof value === 'object' && value !== null) {
    yield { ...value, unknown: 'x' };
    for (const [name, inner] of Object.entries(value)) {
      const { [name]: _, ...rest } = value as Record<string, unknown>;
      yield rest;
      for (const other of neighbours(inner)) yield { ...value, [name]: other };
    }
  }
}

for (const { name: libraryName, path: library } of libraries()) {
  describe(`shapes, with ${libraryName}`, function () {
    this.timeout(120_000);
    let nix: Nix;
    before(() => {
      nix = new Nix();
    });
    after(() => nix.dispose());

    const judge = (more: { patterns?: unknown; values?: unknown }): { patterns: boolean[]; values: string[][] } => {
      const given = Object.entries(more).map(([name, value]) => `${name} = ${nix.given(value)};`);
      return nix.value(`import ./nix/tests/eval-shapes.nix { lib = import ${library}; ${given.join(' ')} }`);
    };

    it('read every pattern as ECMAScript does', () => {
      expect(PATTERNS.length).to.be.greaterThan(20);
      const pairs = PATTERNS.flatMap((pattern) => TEXTS.map((text) => ({ pattern, text })));
      const { patterns } = judge({ patterns: pairs });
      const differing = pairs.filter(({ pattern, text }, at) => new RegExp(pattern, 'u').test(text) !== patterns[at]);
      expect(differing).to.deep.equal([]);
    });

    it('find no fault with any example', () => {
      const all = [...examples('specs/**/*.yaml'), FULL, CONFIG];
      expect(all.length).to.be.greaterThan(8);
      expect(judge({ values: all }).values).to.deep.equal(all.map(() => []));
    });

    it('find a fault where the validator finds one, and none where it finds none', () => {
      const samples = [...examples('specs/*.yaml'), FULL, CONFIG].flatMap(({ value, ...at }) =>
        [...neighbours(value)].map((other) => ({ ...at, value: other })),
      );
      expect(samples.length).to.be.greaterThan(500);
      const { values } = judge({ values: samples });
      const differing = samples.filter(
        ({ name, value }, at) => violations(name, value).length > 0 !== (values[at]?.length ?? 0) > 0,
      );
      expect(differing).to.deep.equal([]);
    });
  });
}
