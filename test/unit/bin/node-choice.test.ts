import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '../../..');

describe('which Node the programs start with', () => {
  let root: string;
  let PATH: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ccci-bin-'));
    cpSync(join(ROOT, 'bin'), join(root, 'bin'), { recursive: true });
    PATH = `${join(root, 'path')}:/usr/bin:/bin`;
    mkdirSync(join(root, 'dist'));
    for (const name of ['ccctl.cjs', 'cc-controller.js']) writeFileSync(join(root, 'dist', name), '');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** A stand-in that says the version, and else where it lies. */
  const node = (path: string, version: string): void => {
    const file = join(root, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, `#!/bin/sh\nif [ "$1" = --version ]; then ${version}; else echo ${path} "$@"; fi\n`);
    chmodSync(file, 0o755);
  };
  const start = (name: string) =>
    spawnSync(join(root, 'bin', name), ['get', 'a b'], {
      env: { PATH },
      encoding: 'utf8',
    });

  it('the controller keeps little memory, whichever Node it starts with', () => {
    const said = '#!/bin/sh\n[ "$1" != --version ] || { echo v24.1.0; exit; }\necho "$MALLOC_ARENA_MAX $0 $*"\n';
    const started = (environment = {}): string =>
      spawnSync(join(root, 'bin/cc-controller'), { env: { PATH, ...environment }, encoding: 'utf8' }).stdout;
    node('path/node', 'exit 1');
    writeFileSync(join(root, 'path/node'), said);
    expect(started()).to.match(
      /^1 \S+path\/node .*--max-semi-space-size=4 --heap-growing-percent=30 .*cc-controller\.js\n$/,
    );
    expect(started({ MALLOC_ARENA_MAX: '3' })).to.match(/^3 /);
    node('node_modules/node/bin/node', 'exit 1');
    writeFileSync(join(root, 'node_modules/node/bin/node'), said);
    utimesSync(join(root, 'node_modules/node/bin/node'), 1, 1);
    writeFileSync(join(root, 'dist/node'), 'node_modules/node/bin/node\n');
    expect(started()).to.match(
      /^1 \S+node_modules\/node\/bin\/node .*--max-semi-space-size=4 --heap-growing-percent=30 .*cc-controller\.js\n$/,
    );
  });

  it('ccctl has room for all that a table takes', () => {
    node('path/node', 'echo v24.1.0');
    expect(start('ccctl').stdout).to.match(/^path\/node --min-semi-space-size=16 .*ccctl\.cjs get a b\n$/);
  });

  for (const name of ['ccctl', 'cc-controller']) {
    for (const version of ['v22.13.0', 'v22.14.1', 'v24.0.0', 'v100.1.2', 'v26.0.0-nightly2026']) {
      it(`${name} takes ${version} from its packages before that of the path`, () => {
        node('node_modules/.bin/node', `echo ${version}`);
        node('path/node', 'echo v24.1.0');
        const { status, stdout } = start(name);
        expect(status).to.equal(0);
        expect(stdout).to.match(/^node_modules\/.bin\/node .*dist\/.* get a b\n$/);
      });
    }
    for (const version of [
      'echo v22.12.9',
      'echo v20.20.2',
      'echo v9.99.0',
      'exit 1',
      'echo',
      'echo x.y.z',
      'echo v22',
    ]) {
      it(`${name} passes over a packaged one that answers with ${version}`, () => {
        node('node_modules/.bin/node', version);
        node('path/node', 'echo v24.1.0');
        expect(start(name).stdout).to.match(/^path\/node /);
      });
    }
    it(`${name} starts the one that built it at once, and asks it for its version once it was replaced`, () => {
      writeFileSync(join(root, 'dist/node'), 'node_modules/node/bin/node\n');
      node('node_modules/node/bin/node', 'echo v20.0.0');
      node('path/node', 'echo v24.1.0');
      const built = join(root, 'node_modules/node/bin/node');
      utimesSync(built, 1, 1);
      expect(start(name).stdout).to.match(/^node_modules\/node\/bin\/node .*dist\/.* get a b\n$/);
      utimesSync(join(root, 'dist/node'), 2, 2);
      utimesSync(built, 3, 3);
      expect(start(name).stdout).to.match(/^path\/node /);
    });
    it(`${name} is found through links`, () => {
      node('path/node', 'echo v24.1.0');
      mkdirSync(join(root, 'elsewhere'));
      symlinkSync(join(root, 'bin', name), join(root, 'elsewhere/one'));
      symlinkSync('../elsewhere/one', join(root, 'elsewhere/two'));
      const { stdout } = spawnSync(join(root, 'elsewhere/two'), ['a'], { env: { PATH }, encoding: 'utf8' });
      expect(stdout).to.match(/^path\/node .* a\n$/);
      const inside = spawnSync('sh', [name, 'a'], { env: { PATH }, encoding: 'utf8', cwd: join(root, 'bin') });
      expect(inside.stdout).to.match(/^path\/node .* a\n$/);
    });
    it(`${name} starts with none that is too old, and says so`, () => {
      node('path/node', 'echo v20.20.2');
      const { status, stderr, stdout } = start(name);
      expect({ status, stdout }).to.deep.equal({ status: 2, stdout: '' });
      expect(stderr).to.include('v20.20.2');
    });
  }
});
