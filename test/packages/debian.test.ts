import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildDebian } from '../../scripts/package/debian.ts';
import { readManifest } from '../../scripts/package/manifest.ts';
import { copySources } from '../../scripts/release/built-twice.ts';
import { buildOnce } from '../e2e/harness.ts';
import { ROOT } from '../unit/docs/documents.ts';
import { BareHost, configuration, GATE, NOTES } from './bare-host.ts';

const DATE = 1_790_000_000;
const { version } = readManifest(ROOT);
/** How a package remembers what it stopped for an upgrade. */
const WAS_ACTIVE = '/run/cc-ci.was-active';
const NEXT = `${version.replace(/\d+$/, '')}9999`;

describe('the Debian package', function () {
  this.timeout(240_000);
  let directory: string;
  let host: BareHost;
  let count = 0;

  const build = (revision: string, root = ROOT): string => {
    count += 1;
    const place = join(directory, String(count));
    mkdirSync(place);
    const scratch = join(place, 'scratch');
    try {
      return buildDebian({ root, scratch, directory: place, revision, compression: 'none', date: DATE });
    } finally {
      rmSync(scratch, { recursive: true });
    }
  };
  /** The package of the next version, built from the same sources. */
  const buildNext = (): string => {
    const scratch = mkdtempSync(join(ROOT, '.release-'));
    try {
      const place = join(scratch, 'next');
      copySources(ROOT, place);
      const manifest = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as object;
      writeFileSync(join(place, 'package.json'), JSON.stringify({ ...manifest, version: NEXT }));
      execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: place });
      return build('1', place);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  };
  const install = (file: string): string => {
    host.root.take(file, '/root');
    rmSync(file);
    const there = `/root/${file.slice(file.lastIndexOf('/') + 1)}`;
    const said = host.root.ok('dpkg', '-i', there);
    host.root.ok('rm', there);
    return said;
  };
  const owned = (path: string): string => host.root.ok('stat', '-c', '%U:%G %a', path).trim();

  before(async () => {
    buildOnce();
    directory = mkdtempSync(join(tmpdir(), 'cc-ci-debs-'));
    host = await BareHost.open();
  });
  after(async () => {
    await host.dispose();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is the same bytes, built twice', () => {
    const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(digest(build('1'))).to.equal(digest(build('1')));
  });

  it('installs: user, directories, configuration, both programs; nothing is started before it is configured', () => {
    const said = install(build('1'));
    expect(said).to.include('systemctl enable --now cc-ci');
    expect(host.root.ok('getent', 'passwd', 'cc-ci')).to.match(/^cc-ci:x:\d+:\d+:.*:\/var\/lib\/cc-ci:.*nologin\n$/);
    expect(owned('/var/lib/cc-ci')).to.equal('cc-ci:cc-ci 750');
    expect(owned('/var/lib/cc-ci/specs')).to.equal('cc-ci:cc-ci 750');
    expect(owned('/var/lib/cc-ci/state')).to.equal('cc-ci:cc-ci 700');
    expect(owned('/etc/cc-ci/cc-ci.yaml')).to.equal('root:root 644');
    expect(host.asked()).to.deep.equal(['daemon-reload']);
    for (const name of ['cc-controller', 'ccctl']) expect(host.root.ok(name, '--version')).to.include(version);
    expect(host.root.ok('sh', '-c', 'zcat /usr/share/man/man8/cc-controller.8.gz')).to.include('.TH CC-CONTROLLER 8');
    expect(
      host.root.ok('bash', '-c', '. /usr/share/bash-completion/completions/ccctl && complete -p ccctl'),
    ).to.include('_ccctl');
    expect(host.root.ok('dpkg', '--verify', 'cc-ci')).to.equal('');
  });

  it('enrols a recipe and tests a change, green, for root as for the user of the controller', async () => {
    await host.bringRecipes();
    host.root.write('/etc/cc-ci/cc-ci.yaml', configuration('/usr/lib/cc-ci/node/bin'));
    await host.start();
    host.root.write('/var/lib/cc-ci/specs/notes.yaml', NOTES);
    expect(host.ccctl('wait', 'canonical/notes', '--for=condition=Ready', '--timeout', '2m').stderr).to.equal('');
    const green = host.ccctl('run', 'notes', '--ref', '1.1.0+1.1.0', '--wait');
    expect(green.code, green.stdout + green.stderr).to.equal(0);
    const asUser = ['setpriv', '--reuid=cc-ci', '--regid=cc-ci', '--init-groups', '--', 'ccctl'];
    const again = host.root.run([...asUser, 'run', 'notes', '--ref', '1.1.0+1.1.0', '--wait']);
    expect(again.code, again.stdout + again.stderr).to.equal(0);
  });

  it('tells somebody else whose the state is, not that there is none', () => {
    const nobody = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--', 'ccctl', 'get', 'all'];
    const { code, stderr } = host.root.run(nobody);
    expect({ code, stderr }).to.deep.include({ code: 2 });
    expect(stderr).to.include('you may not read the state directory /var/lib/cc-ci/state').and.include('as root');
  });

  it('is upgraded with a run under way: its app outlives that, and it ends with a verdict', async () => {
    const next = buildNext();
    host.root.write(GATE, '');
    const words = [...host.root.enter, 'ccctl', 'run', 'notes', '--name', 'under-way', '--wait'];
    const child = spawn(words[0] ?? '', words.slice(1), { stdio: 'ignore' });
    const verdict = new Promise<number | null>((resolve) => child.once('close', resolve));
    const supervisors = (): string => host.root.run(['pgrep', '-f', 'supervisor.cjs']).stdout;
    await host.waitFor('its last stage', () => host.root.run(['pgrep', '-f', `while .* ${GATE}`]).code === 0);
    const before = supervisors();
    host.asked();
    install(next);
    expect(before).not.to.equal('');
    expect(supervisors()).to.equal(before);
    expect(host.asked()).to.include.members(['stop cc-ci.service', 'daemon-reload', 'start cc-ci.service']);
    expect(await host.service.stop()).to.equal(0);
    host.root.ok('rm', GATE);
    await host.start();
    expect(await verdict).to.equal(0);
    expect(host.root.ok('dpkg-query', '-W', '-f', '${Version}', 'cc-ci')).to.equal(`${NEXT}-1`);
    expect(host.ccctl('--version').stdout).to.equal(`${NEXT}\n`);
    expect(host.root.ok('cat', '/etc/cc-ci/cc-ci.yaml')).to.include('/srv/recipes');
  });

  it('is removed: the state stays, and so does the configuration', () => {
    host.root.write(WAS_ACTIVE, '');
    host.asked();
    const said = host.root.ok('dpkg', '--remove', 'cc-ci');
    expect(said).to.include('/var/lib/cc-ci stays');
    expect(host.asked()).to.include('--quiet disable --now cc-ci.service');
    expect(host.root.ok('ls', '/var/lib/cc-ci/state/canonicals')).to.include('notes');
    expect(host.root.ok('cat', '/etc/cc-ci/cc-ci.yaml')).to.include('/srv/recipes');
    for (const gone of ['/usr/lib/cc-ci', WAS_ACTIVE]) expect(host.root.run(['ls', gone]).code).not.to.equal(0);
  });

  it('is purged without a question: the configuration goes, and it says what stays and how to remove it', () => {
    const said = host.root.ok('dpkg', '--purge', 'cc-ci');
    expect(said).to.include('rm -r /var/lib/cc-ci').and.include('deluser --system cc-ci');
    expect(host.root.run(['ls', '/etc/cc-ci']).code).not.to.equal(0);
    expect(host.root.ok('ls', '/var/lib/cc-ci/state/canonicals')).to.include('notes');
  });

  it('is installed again over what stayed, which is in force', async () => {
    expect(install(build('1'))).to.include('systemctl enable --now cc-ci');
    host.root.write('/etc/cc-ci/cc-ci.yaml', configuration('/usr/lib/cc-ci/node/bin'));
    await host.start();
    expect(host.ccctl('wait', 'canonical/notes', '--for=condition=Ready', '--timeout', '2m').stderr).to.equal('');
    expect(await host.service.stop()).to.equal(0);
  });

  it('is stopped for an upgrade while it is still starting, and started again', () => {
    host.root.write('/run/cc-ci.state', 'activating\n');
    host.asked();
    install(build('2'));
    host.root.ok('rm', '/run/cc-ci.state');
    expect(host.asked()).to.include.members(['stop cc-ci.service', 'start cc-ci.service']);
    expect(host.root.run(['ls', WAS_ACTIVE]).code).not.to.equal(0);
  });
});
