import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '../../..');

describe('which Node the programs start with', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ccci-bin-'));
    cpSync(join(ROOT, 'bin'), join(root, 'bin'), { recursive: true });
    mkdirSync(join(root, 'dist'));
    for (const name of ['ccctl', 'cc-controller']) writeFileSync(join(root, `dist/${name}.js`), '');
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
      env: { PATH: `${join(root, 'path')}:/usr/bin:/bin` },
      encoding: 'utf8',
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
    it(`${name} starts with none that is too old, and says so`, () => {
      node('path/node', 'echo v20.20.2');
      const { status, stderr, stdout } = start(name);
      expect({ status, stdout }).to.deep.equal({ status: 2, stdout: '' });
      expect(stderr).to.include('v20.20.2');
    });
  }
});
