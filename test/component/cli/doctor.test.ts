import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CliEnvironment, ProbeSubject } from '../../../lib/cli/environment.ts';
import { runProgram } from '../../../lib/cli/program.ts';
import { systemClock } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { ok, type Probe, unclear, wrong } from '../../../lib/platform/probe.ts';
import { listening, closed as serverClosed } from '../app/servers.ts';

interface Item {
  area: string;
  name: string;
  result: string;
  message: string;
  remedy?: string;
}

describe('ccctl doctor', () => {
  let root: string;
  let probes: Probe[];
  let subjects: ProbeSubject[];
  let closed: number;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-doctor-'));
    await mkdir(join(root, 'bin'));
    probes = [];
    subjects = [];
    closed = 0;
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  const found = (area: Probe['area'], name: string, look: Probe['look']): Probe => ({ area, name, look });

  async function doctor(
    args: string[],
    path = process.env.PATH ?? '',
  ): Promise<{ code: number; out: string; err: string }> {
    let out = '';
    let err = '';
    const output = (write: (text: string) => void) => ({ write, isTty: false, columns: undefined });
    const environment: CliEnvironment = {
      stdout: output((text) => {
        out += text;
      }),
      stderr: output((text) => {
        err += text;
      }),
      readStdin: async () => new Uint8Array(),
      variables: { PATH: path },
      cwd: root,
      clock: systemClock,
      signal: new AbortController().signal,
      user: 'tester',
      version: '0',
      isProcessAlive: (pid) => pid === process.pid,
      platformProbes: async (subject) => {
        subjects.push(subject);
        return {
          probes,
          close: () => {
            closed += 1;
          },
        };
      },
    };
    const code = await runProgram(environment, ['doctor', ...args]);
    return { code, out, err };
  }

  const items = (out: string): Item[] => (JSON.parse(out) as { items: Item[] }).items;
  const item = (out: string, name: string): Item | undefined => items(out).find((one) => one.name === name);

  it('is content with a host on which nothing was ever started', async () => {
    const { code, out } = await doctor(['--platform', 'process']);
    expect(code, out).to.equal(0);
    expect(out)
      .to.match(/^AREA +CHECK +RESULT +MESSAGE\n/)
      .and.match(/Host +git +Ok/);
    expect(subjects).to.deep.equal([]);
  });

  it('T11 names a tool that is missing, with its package', async () => {
    for (const tool of ['cp', 'sync', 'tar']) await symlink(`/usr/bin/${tool}`, join(root, 'bin', tool));
    const { code, out } = await doctor(['--platform', 'process', '-o', 'json'], join(root, 'bin'));
    expect(code).to.equal(1);
    expect(item(out, 'git')).to.include({ result: 'Failed' });
    expect(item(out, 'git')?.remedy).to.include('Debian: git');
    expect(item(out, 'cp')).to.include({ result: 'Ok' });
  });

  it('T11 tells of git-lfs and other tools of recipes, present or missing; a missing one is no failure', async () => {
    for (const tool of ['cp', 'sync', 'tar', 'git']) await symlink(`/usr/bin/${tool}`, join(root, 'bin', tool));
    const look = async () => await doctor(['--platform', 'process', '-o', 'json'], join(root, 'bin'));
    const without = await look();
    expect(without.code, without.out).to.equal(0);
    expect(item(without.out, 'git-lfs')).to.include({ area: 'Recipes', result: 'Unknown' });
    expect(item(without.out, 'git-lfs')?.remedy).to.include('Debian: git-lfs');
    await writeFile(join(root, 'bin', 'git-lfs'), '#!/bin/sh\necho git-lfs/3.3.0\n', { mode: 0o755 });
    expect(item((await look()).out, 'git-lfs')).to.include({ result: 'Ok', message: 'git-lfs/3.3.0' });
  });

  it('says whether a run finds memory', async () => {
    const look = async (floor: string) =>
      (await doctor(['--platform', 'process', '--memory-floor', floor, '-o', 'json'])).out;
    expect(item(await look('1B'), 'free memory')).to.include({ area: 'Host', result: 'Ok' });
    expect(item(await look('1024TiB'), 'free memory')).to.include({ result: 'Failed' });
  });

  it('T11 asks for docker on Swarm, for script on Abra, where they are run', async () => {
    const names = async (platform: string): Promise<string[]> =>
      items((await doctor(['--platform', platform, '-o', 'json'])).out)
        .filter(({ area, name }) => area === 'Host' && !['cgroups', 'free memory'].includes(name))
        .map(({ name }) => name);
    expect(await names('process')).to.deep.equal(['git', 'cp', 'sync', 'tar']);
    expect(await names('swarm')).to.deep.equal(['git', 'cp', 'sync', 'tar', 'docker']);
    expect(await names('abra')).to.deep.equal(['git', 'cp', 'sync', 'tar', 'docker', 'script']);
  });

  for (const [held, result] of [
    ['/sys/fs/cgroup/x', 'Ok'],
    [undefined, 'Unknown'],
  ] as const) {
    it(`T86 says by what the running controller keeps hold of processes: ${held ?? 'marks alone'}`, async () => {
      const state = join(root, 'state');
      await mkdir(state);
      const file = { pid: process.pid, heartbeat: new Date().toISOString(), stateDirectory: state, cgroups: held };
      await writeFile(join(state, 'controller.json'), JSON.stringify(file));
      const { out } = await doctor(['--platform', 'process', '--state-directory', state, '-o', 'json']);
      expect(item(out, 'cgroups')).to.include({ result });
    });
  }

  for (const [pending, remedy] of [
    [{ needsReload: ['maxRuns'] }, `Reload it: kill -USR2 ${process.pid}.`],
    [{ needsReload: ['maxRuns'], needsRestart: ['zone'] }, 'Restart it.'],
  ] as const) {
    it(`names settings that the file says otherwise than the controller: ${remedy}`, async () => {
      const state = join(root, 'state');
      await mkdir(state);
      const file = { pid: process.pid, heartbeat: new Date().toISOString(), stateDirectory: state, ...pending };
      await writeFile(join(state, 'controller.json'), JSON.stringify(file));
      const { out } = await doctor(['--platform', 'process', '--state-directory', state, '-o', 'json']);
      expect(item(out, 'configuration')).to.include({ result: 'Unknown', remedy });
      expect(item(out, 'configuration')?.message).to.match(/: (zone, )?maxRuns/);
    });
  }

  it('a tool that fails is as bad as none', async () => {
    for (const tool of ['cp', 'sync', 'tar']) await symlink(`/usr/bin/${tool}`, join(root, 'bin', tool));
    await writeFile(join(root, 'bin', 'git'), '#!/bin/sh\necho "libcurl is missing" >&2\nexit 127\n');
    await chmod(join(root, 'bin', 'git'), 0o755);
    const { code, out } = await doctor(['--platform', 'process', '-o', 'json'], join(root, 'bin'));
    expect(code).to.equal(1);
    expect(item(out, 'git')?.message).to.include('libcurl');
  });

  it('shows what the platform answers, and lets go of it', async () => {
    probes = [
      found('Platform', 'engine', async () => ok('answers')),
      found('Abra', 'version', async () => unclear('odd', 'Look.')),
    ];
    const { code, out } = await doctor(['--platform', 'abra', '--swarm-socket', '/x.sock', '-o', 'json']);
    expect(code).to.equal(0);
    expect(item(out, 'version')).to.deep.equal({
      area: 'Abra',
      name: 'version',
      result: 'Unknown',
      message: 'odd',
      remedy: 'Look.',
    });
    expect(subjects[0]).to.include({ platform: 'Abra', socketPath: '/x.sock', stateDirectory: join(root, '.cc-ci') });
    expect(closed).to.equal(1);
  });

  it('an error that a check throws is its failure, with its remedy', async () => {
    probes = [
      found('Platform', 'engine', async () => {
        throw new CcError('Unreachable', 'nobody answers', { remedy: 'Start it.' });
      }),
      found('Platform', 'next', async () => ok('looked at all the same')),
    ];
    const { code, out } = await doctor(['--platform', 'swarm']);
    expect(code).to.equal(1);
    expect(out)
      .to.match(/engine +Failed +nobody answers\. Start it\./)
      .and.match(/next +Ok/);
    expect(closed).to.equal(1);
  });

  it('what is absent is no fault while the platform is still to be chosen', async () => {
    probes = [found('Platform', 'engine', async () => wrong('nobody answers', 'Start it.'))];
    const { code, out } = await doctor(['--platform', 'auto', '-o', 'json']);
    expect(code).to.equal(0);
    expect(item(out, 'engine')).to.include({ result: 'Unknown' });
  });

  it('tells whether an ingress answers for an app that comes, and what to set where none does', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end());
    const { host, port } = await listening(server);
    const look = async () => {
      const where = ['--swarm-base-url', 'http://{domain}', '--swarm-connect-to', `${host}:${port}`];
      return item((await doctor(['--platform', 'swarm', ...where, '-o', 'json'])).out, 'ingress');
    };
    try {
      expect(await look()).to.include({ area: 'Platform', result: 'Ok' });
    } finally {
      await serverClosed(server);
    }
    const without = await look();
    expect(without).to.include({ result: 'Unknown' });
    expect(without?.message).to.include('connection refused').and.include(String(port));
    expect(without?.remedy).to.include('swarm.connectTo').and.include('app.url');
  });

  it('looks for no ingress on a platform that has none', async () => {
    expect(item((await doctor(['--platform', 'process', '-o', 'json'])).out, 'ingress')).to.equal(undefined);
  });

  it('checks the platform that the state directory is bound to', async () => {
    await mkdir(join(root, '.cc-ci'));
    const instance = {
      instanceId: 'i1',
      format: 1,
      platform: 'Swarm',
      engineId: 'e',
      specDirectory: join(root, 'specs'),
    };
    await writeFile(join(root, '.cc-ci', 'instance.json'), JSON.stringify(instance));
    await doctor(['--platform', 'auto']);
    expect(subjects[0]).to.include({ platform: 'Swarm', instanceId: 'i1' });
  });

  it('fails for directories that cannot be worked with', async () => {
    await writeFile(join(root, 'file'), '');
    const { code, out } = await doctor([
      '--platform',
      'process',
      '--state-directory',
      join(root, 'file'),
      '-o',
      'json',
    ]);
    expect(code).to.equal(1);
    expect(item(out, 'state directory')).to.include({ result: 'Failed' });
    await mkdir(join(root, '.cc-ci'));
    await writeFile(join(root, '.cc-ci', 'instance.json'), '{');
    const damaged = await doctor(['--platform', 'process', '-o', 'json']);
    expect(damaged.code).to.equal(1);
    expect(item(damaged.out, 'binding')).to.include({ result: 'Failed' });
  });

  it('refuses words and forms that it does not know', async () => {
    expect((await doctor(['everything'])).code).to.equal(2);
    expect((await doctor(['-o', 'yaml'])).code).to.equal(2);
  });
});
