import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readManifest } from '../../scripts/package/manifest.ts';
import { buildNpm } from '../../scripts/package/npm.ts';
import { buildOnce } from '../e2e/harness.ts';
import { ROOT } from '../unit/docs/documents.ts';
import { BareHost, configuration, NOTES } from './bare-host.ts';

const DATE = 1_790_000_000;
const NODE = join(ROOT, 'node_modules/node');
/** Where npm puts what is installed globally; in the bare root as here. */
const PREFIX = 'opt/cc-ci';
const { version } = readManifest(ROOT);

describe('the npm tarball', function () {
  this.timeout(180_000);
  let directory: string;
  let prefix: string;
  let tarball: string;
  let count = 0;

  const build = (): string => {
    count += 1;
    const place = join(directory, String(count));
    mkdirSync(place);
    return buildNpm({ root: ROOT, scratch: join(place, 'scratch'), directory: place, date: DATE });
  };
  /** No registry is asked, whatever npm would like to know. */
  const npmInstall = (what: string, ...flags: string[]): string =>
    execFileSync('npm', ['install', '--global', '--offline', '--prefix', prefix, ...flags, what], {
      encoding: 'utf8',
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  /** On a PATH with a Node that is too old, or none at all. */
  const started = (old: 'OldNode' | 'NoNode') => {
    const path = join(directory, old);
    mkdirSync(path, { recursive: true });
    for (const tool of ['readlink', 'sh']) symlinkSync(join('/usr/bin', tool), join(path, tool));
    if (old === 'OldNode') writeFileSync(join(path, 'node'), '#!/bin/sh\necho v20.20.2\n', { mode: 0o755 });
    try {
      return spawnSync(join(prefix, 'bin/ccctl'), ['--version'], { env: { PATH: path }, encoding: 'utf8' });
    } finally {
      rmSync(path, { recursive: true });
    }
  };

  before(() => {
    buildOnce();
    directory = mkdtempSync(join(tmpdir(), 'cc-ci-npm-'));
    prefix = join(directory, PREFIX);
    tarball = build();
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('is the same bytes, built twice', () => {
    const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(digest(build())).to.equal(digest(tarball));
  });

  it('installs without a registry, a build or any other package', () => {
    npmInstall(tarball);
    expect(readdirSync(join(prefix, 'lib/node_modules'))).to.deep.equal(['cc-ci']);
    const installed = readdirSync(join(prefix, 'lib/node_modules/cc-ci'));
    expect(installed).to.include.members(['bin', 'dist', 'docs', 'schemas', 'specs', 'LICENSE', 'CHANGELOG.md']);
    expect(installed).not.to.include.members(['node_modules']);
    const built = readdirSync(join(prefix, 'lib/node_modules/cc-ci/dist'));
    expect(built).to.include.members(['inputs.sha256', 'NOTICES', 'ccctl']).and.not.include('node');
  });

  for (const old of ['OldNode', 'NoNode'] as const)
    it(`says what it needs where there is ${old === 'OldNode' ? 'only Node 20' : 'no Node'}`, () => {
      const { status, stdout, stderr } = started(old);
      expect({ status, stdout }).to.deep.equal({ status: 2, stdout: '' });
      expect(stderr)
        .to.include('needs Node 22.13')
        .and.include(old === 'OldNode' ? 'v20.20.2' : 'no node');
    });

  it('runs by the Node that npm has put beside it, whatever is on the PATH', () => {
    npmInstall(NODE, '--ignore-scripts');
    const { status, stdout } = started('OldNode');
    expect({ status, stdout }).to.deep.equal({ status: 0, stdout: `${version}\n` });
  });

  it('is all that a bare host needs to test a recipe, besides a Node', async () => {
    const host = await BareHost.open({ '/usr/bin/cc-controller': `/${PREFIX}/bin/cc-controller` });
    try {
      rmSync(join(prefix, 'lib/node_modules/node'), { recursive: true, force: true });
      rmSync(join(prefix, 'bin/node'), { force: true });
      host.root.take(prefix, '/opt');
      host.root.take(join(NODE, 'bin/node'), `/${PREFIX}/bin`);
      host.root.ok('adduser', '--quiet', '--system', '--group', '--home', '/var/lib/cc-ci', 'cc-ci');
      host.root.ok('install', '-d', '-o', 'cc-ci', '-g', 'cc-ci', '/var/lib/cc-ci/specs');
      host.root.ok('ln', '-s', `/${PREFIX}/bin/ccctl`, '/usr/local/bin/ccctl');
      host.root.write('/etc/cc-ci/cc-ci.yaml', configuration(`/${PREFIX}/bin`));
      await host.bringRecipes();
      await host.start();
      host.root.write('/var/lib/cc-ci/specs/notes.yaml', NOTES);
      const ready = host.ccctl('wait', 'canonical/notes', '--for=condition=Ready', '--timeout', '2m');
      expect(ready.code, ready.stdout + ready.stderr).to.equal(0);
      const green = host.ccctl('run', 'notes', '--ref', '1.1.0+1.1.0', '--wait');
      expect(green.code, green.stdout + green.stderr).to.equal(0);
      expect(await host.service.stop()).to.equal(0);
    } finally {
      await host.dispose();
    }
  });
});
