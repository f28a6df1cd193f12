import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CommandResult, CommandRunner } from '../../../../lib/exec/command.ts';
import { type Finding, findingOf } from '../../../../lib/platform/probe.ts';
import type { Engine, EngineIdentity, EngineService } from '../../../../lib/platform/swarm/engine/engine.ts';
import { emptyRecord, writeStackRecord } from '../../../../lib/platform/swarm/stack/record.ts';
import { swarmProbes } from '../../../../lib/platform/swarm/swarm-probes.ts';

interface Host {
  identity?: Partial<EngineIdentity>;
  networks?: string[];
  services?: { name: string; labels: Record<string, string> }[];
  dataRoot?: string;
  instanceId?: string;
}

describe('swarmProbes', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-probes-'));
    await mkdir(join(root, 'data', 'volumes'), { recursive: true });
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  async function find(name: string, host: Host = {}): Promise<Finding> {
    const identity: EngineIdentity = {
      clusterId: 'c1',
      nodes: 1,
      manager: true,
      engineVersion: '24.0.1',
      apiVersion: '1.43',
      ...host.identity,
    };
    const engine: Partial<Engine> = {
      identity: async () => identity,
      networkNames: async () => host.networks ?? ['ingress', 'proxy'],
      services: async () => (host.services ?? []) as unknown as EngineService[],
    };
    const stdout = `${host.dataRoot ?? join(root, 'data')}\n`;
    const result: CommandResult = {
      exitCode: 0,
      stdout,
      stderr: '',
      all: stdout,
      truncated: false,
      outcome: 'Exited',
      durationMs: 1,
    };
    const runner: CommandRunner = { run: async () => result };
    const options = { engine: engine as Engine, socketPath: '/x', runner, path: '/bin', stateDirectory: root };
    const probe = swarmProbes({ ...options, instanceId: host.instanceId ?? 'i1' }).find((one) => one.name === name);
    return await findingOf(probe!, new AbortController().signal);
  }

  it('are content with a good host', async () => {
    for (const name of ['engine', 'swarm manager', 'network proxy', 'volumes directory', 'stacks without a claim'])
      expect(await find(name), name).to.include({ verdict: 'Ok' });
  });

  it('name what is missing, each with a remedy', async () => {
    const cases: readonly [string, Host, Finding['verdict']][] = [
      ['engine', { identity: { apiVersion: '1.40' } }, 'Unknown'],
      ['swarm manager', { identity: { manager: false } }, 'Failed'],
      ['network proxy', { networks: ['ingress'] }, 'Failed'],
      ['volumes directory', { dataRoot: '/no/such/place' }, 'Failed'],
    ];
    for (const [name, host, verdict] of cases) {
      const finding = await find(name, host);
      expect(finding.verdict, name).to.equal(verdict);
      expect(finding.remedy, name).to.be.a('string');
    }
  });

  it('I17 report what merely looks like ours, and nothing of others', async () => {
    const service = (stack: string, instance: string): { name: string; labels: Record<string, string> } => ({
      name: `${stack}_app`,
      labels: { 'com.docker.stack.namespace': stack, 'cc-ci.instance': instance },
    });
    const claimed = emptyRecord({ engineId: 'c1', instanceId: 'i1', stack: 'claimed_test' });
    await writeStackRecord(join(root, 'apps', 'claimed.test', 'swarm.json'), claimed);
    const services = [service('claimed_test', 'i1'), service('stray_test', 'i1'), service('other_test', 'i2')];
    const finding = await find('stacks without a claim', { services });
    expect(finding.verdict).to.equal('Unknown');
    expect(finding.message).to.include('stray_test').and.not.include('claimed_test').and.not.include('other_test');
    expect(await find('stacks without a claim', { services: services.slice(0, 1) })).to.include({ verdict: 'Ok' });
  });
});
