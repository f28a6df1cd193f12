import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../unit/docs/documents.ts';
import { libraries, Nix } from './nix.ts';

interface Entry {
  version: string;
  resolved?: string;
  integrity?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}
interface Needed {
  package: { dependencies: Record<string, string>; devDependencies: Record<string, string> };
  packageLock: { packages: Record<string, Entry & Partial<Needed['package']>> };
}

/** As Node looks for a package: beside who asks, then above. */
function foundBy(path: string, name: string, packages: Record<string, unknown>): boolean {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if (Object.hasOwn(packages, at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`)) return true;
    if (at === '') return false;
  }
}

const REGISTRY = 'https://npm.example.org';

for (const { name: libraryName, path: library } of libraries()) {
  describe(`the package, with ${libraryName}`, function () {
    this.timeout(60_000);
    let nix: Nix;
    let needed: Needed;
    before(() => {
      nix = new Nix();
      const read = (file: string): string => `builtins.fromJSON (builtins.readFile ./${file})`;
      needed = nix.value(
        `import ./nix/lock.nix { lib = import ${library}; package = ${read('package.json')}; packageLock = ${read('package-lock.json')}; registry = "${REGISTRY}"; }`,
      );
    });
    after(() => nix.dispose());

    it('is built of what its programs need and what bundles them, and of no Node of npm', () => {
      const { packages } = needed.packageLock;
      expect(Object.keys(needed.package.devDependencies)).to.deep.equal(['esbuild']);
      expect(packages['']?.devDependencies).to.deep.equal(needed.package.devDependencies);
      expect(packages).to.include.keys(
        'node_modules/esbuild',
        'node_modules/@esbuild/linux-arm64',
        'node_modules/yaml',
      );
      expect(packages).not.to.have.any.keys(
        'node_modules/node',
        'node_modules/typescript',
        'node_modules/@esbuild/win32-x64',
      );
    });

    it('finds every dependency among them', () => {
      const { packages } = needed.packageLock;
      const missing = Object.entries(packages).flatMap(([path, entry]) => {
        const peers = Object.keys(entry.peerDependencies ?? {}).filter(
          (one) => !entry.peerDependenciesMeta?.[one]?.optional,
        );
        const names = [...Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }), ...peers];
        return names.filter((name) => !foundBy(path, name, packages)).map((name) => `${path} → ${name}`);
      });
      expect(missing).to.deep.equal([]);
      for (const name of ['esbuild', ...Object.keys(needed.package.dependencies)])
        expect(foundBy('', name, packages), name).to.equal(true);
    });

    it('knows where each file is, and its digest', () => {
      const { '': root, ...entries } = needed.packageLock.packages;
      expect(root).not.to.have.property('resolved');
      for (const [path, { resolved, integrity }] of Object.entries(entries)) {
        const name = path.split('node_modules/').at(-1) ?? '';
        const base = `${REGISTRY}/${name}/-/${name.split('/').at(-1)}-`;
        expect(resolved?.startsWith(base), `${path}: ${resolved}`).to.equal(true);
        expect(integrity, path).to.match(/^sha512-/);
      }
    });

    it('has whatever the scripts of the build import', () => {
      const scripts = ['build.mjs', 'cli-bundle.mjs', 'validators.mjs'];
      const text = scripts.map((file) => readFileSync(join(ROOT, 'scripts', file), 'utf8')).join('\n');
      const imported = [...text.matchAll(/(?:from |import\(|\(import\.meta\.url\)\()'([^'./$][^']*)'/g)].map(
        ([, one = '']) => one,
      );
      const packages = imported.filter((one) => !one.startsWith('node:')).map((one) => one.split('/')[0] ?? '');
      expect(packages).to.include.members(['esbuild', 'ajv']);
      for (const name of packages) expect(foundBy('', name, needed.packageLock.packages), name).to.equal(true);
    });

    /** package.nix with packages that have a version, and functions that give back what they are given. */
    const called = (nodes: string): string =>
      `import ./nix/package.nix {
        lib = import ${library} // { fileset = { unions = list: list; maybeMissing = path: path; toSource = { fileset, ... }: map toString fileset; }; };
        buildNpmPackage = given: given; importNpmLock = { __functor = _: given: given; npmConfigHook = "hook"; };
        installShellFiles = "files"; runtimeShellPackage = "shell"; ${nodes}
      }`;
    const node = (name: string, version: string): string =>
      `${name} = { version = "${version}"; outPath = "/store/${name}"; };`;
    const attributes = ['pname', 'version', 'npmConfigHook', 'npmRebuildFlags', 'postInstall', 'src', 'nodejs'];
    const shown = (nodes: string): ReturnType<Nix['evaluate']> =>
      nix.evaluate(
        `let p = ${called(`${nodes} npmRegistry = "${REGISTRY}";`)}; in { inherit (p) ${attributes.join(' ')}; }`,
      );

    it('fetches from the registry that it is told, else from that of nixpkgs, and says so where there is neither', () => {
      const from = (given: string): ReturnType<Nix['evaluate']> =>
        nix.evaluate(
          `(${called(`${node('nodejs_24', '24.1.0')} ${given}`)}).npmDeps.packageLock.packages."node_modules/yaml".resolved`,
        );
      const pnpm = 'pnpm.src.url = "https://a.example/npm/pnpm/-/pnpm-10.0.0.tgz";';
      expect(from(pnpm))
        .to.have.property('value')
        .that.matches(/^https:\/\/a\.example\/npm\/yaml\/-\/yaml-/);
      expect(from(`${pnpm} npmRegistry = "${REGISTRY}";`))
        .to.have.property('value')
        .that.matches(/^https:\/\/npm\.example\.org\/yaml\//);
      expect(from('pnpm.src = { };')).to.have.property('thrown').that.contains('npmRegistry');
    });

    it('takes the newest long-term Node there is, and says so where none is new enough', () => {
      const both = shown(node('nodejs_24', '24.1.0') + node('nodejs_22', '22.20.0')) as {
        value: Record<string, unknown>;
      };
      expect(both.value.nodejs).to.equal('/store/nodejs_24');
      const dropped = shown(`${node('nodejs_24', '24.1.0')} nodejs_22 = throw "dropped";`) as typeof both;
      expect(dropped.value.nodejs).to.equal('/store/nodejs_24');
      const one = shown(node('nodejs_22', '22.13.0')) as { value: Record<string, unknown> };
      expect(one.value.nodejs).to.equal('/store/nodejs_22');
      expect(one.value).to.include({ npmConfigHook: 'hook', pname: 'cc-ci' });
      expect(one.value.postInstall).to.contain('/store/nodejs_22/bin/node');
      expect(shown(node('nodejs_22', '22.12.9')))
        .to.have.property('thrown')
        .that.contains('22.13');
      expect(shown('')).to.have.property('thrown').that.contains('25.05');
    });

    it('has every directory that the build reads and that is published', () => {
      const { value } = shown(node('nodejs_24', '24.1.0')) as { value: { src: string[] } };
      const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
      const read = [
        ...files.filter((one) => one !== 'dist' && !one.startsWith('!')),
        'controllers',
        'lib',
        'scripts',
        'package-lock.json',
      ];
      expect(value.src).to.include.members(read.map((one) => join(ROOT, one)));
    });

    it('is in the outputs of the flake, for both systems, with the module beside it', () => {
      const lib = `(import ${library})`;
      const pkgs = '{ callPackage = path: _: { inherit path; }; testers.runNixOSTest = test: test.name; }';
      const outputs = `(import ./flake.nix).outputs { self = null; nixpkgs = { lib = ${lib}; legacyPackages = ${lib}.genAttrs [ "x86_64-linux" "aarch64-linux" ] (_: ${pkgs}); }; }`;
      const names = nix.value<Record<string, unknown>>(
        `let o = ${outputs}; in { packages = builtins.mapAttrs (_: builtins.attrNames) o.packages; checks = builtins.mapAttrs (_: builtins.attrNames) o.checks; module = toString o.nixosModules.default; vm = o.checks.x86_64-linux.vm; overlay = builtins.attrNames (o.overlays.default { callPackage = path: _: path; } { }); }`,
      );
      const each = (list: string[]): Record<string, string[]> => ({ 'aarch64-linux': list, 'x86_64-linux': list });
      expect(names).to.deep.equal({
        packages: each(['cc-ci', 'default']),
        checks: each(['package', 'vm']),
        module: join(ROOT, 'nix/module.nix'),
        vm: 'cc-ci',
        overlay: ['cc-ci'],
      });
    });
  });
}
