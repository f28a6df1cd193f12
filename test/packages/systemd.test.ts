import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../unit/docs/documents.ts';

const UNIT = join(ROOT, 'packaging/systemd/cc-ci.service');
const SWARM = join(ROOT, 'packaging/systemd/examples/swarm.conf');
/** Tenths, as systemd counts: 38 is 3.8, "OK". What is left of it is listed in the unit, with its reasons. */
const EXPOSURE_TENTHS = 38;

describe('the unit', function () {
  this.timeout(60_000);
  let root: string;
  /** The places of the unit, in a root of their own: nothing is installed on this machine. */
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cc-ci-units-'));
    for (const place of ['usr/bin', 'etc/systemd/system', 'usr/lib/systemd/system', 'var/lib/cc-ci'])
      mkdirSync(join(root, place), { recursive: true });
    symlinkSync('usr/bin', join(root, 'bin'));
    for (const program of ['cc-controller', 'kill'])
      writeFileSync(join(root, 'usr/bin', program), '#!/bin/sh\n', { mode: 0o755 });
    cpSync('/usr/lib/systemd/system', join(root, 'usr/lib/systemd/system'), { recursive: true });
    cpSync(UNIT, join(root, 'etc/systemd/system/cc-ci.service'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const verify = (): { status: number | null; said: string } => {
    const words = ['verify', '--man=no', '--recursive-errors=no', `--root=${root}`, 'cc-ci.service'];
    const { status, stdout, stderr } = spawnSync('systemd-analyze', words, { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };

  it('is one that systemd reads without a remark', () => {
    expect(verify()).to.deep.equal({ status: 0, said: '' });
  });

  it('is read without a remark with the drop-in for a swarm', () => {
    mkdirSync(join(root, 'etc/systemd/system/cc-ci.service.d'));
    cpSync(SWARM, join(root, 'etc/systemd/system/cc-ci.service.d/swarm.conf'));
    expect(verify()).to.deep.equal({ status: 0, said: '' });
  });

  it('of no sense is remarked upon, so that silence says something', () => {
    writeFileSync(
      join(root, 'etc/systemd/system/cc-ci.service'),
      '[Service]\nExecStart=/usr/bin/cc-nothing\nKillMud=process\n',
    );
    expect(verify().said).to.include('KillMud').and.include('cc-nothing');
  });

  it('exposes no more than what apps need', () => {
    const words = ['security', '--offline=true', '--no-pager', `--threshold=${EXPOSURE_TENTHS}`, UNIT];
    expect(execFileSync('systemd-analyze', words, { encoding: 'utf8' })).to.include('Overall exposure level');
  });
});
