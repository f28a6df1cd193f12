import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../unit/docs/documents.ts';
import { evaluationOf, libraries, Nix } from './nix.ts';

type Value = string | number | boolean;
type Section = Record<string, Value | Value[]>;
interface Unit {
  description: string;
  after?: string[];
  before?: string[];
  wants?: string[];
  wantedBy?: string[];
  unitConfig: Section;
  serviceConfig: Section;
}
type Units = Record<'cc-ci' | 'cc-ci-specs', Unit>;

const PACKAGED = join(ROOT, 'packaging/systemd/cc-ci.service');
/** What both ways to install have to say alike. */
const SHARED = [
  ...['Type', 'NotifyAccess', 'WatchdogSec', 'TimeoutStopSec', 'Restart', 'KillMode', 'Delegate', 'UMask'],
  ...['OOMPolicy', 'LimitCORE'],
  ...['NoNewPrivileges', 'ProtectSystem', 'ProtectHome', 'PrivateDevices', 'ProtectKernelTunables', 'WorkingDirectory'],
];
/** What would break what works, and is therefore in neither. */
const ABSENT = [
  'MemoryDenyWriteExecute',
  'RestrictSUIDSGID',
  'DynamicUser',
  'ProtectControlGroups',
  'RestrictNamespaces',
];

const [{ path: library } = { path: '' }] = libraries();

/** As NixOS writes a unit: a list is a line for each. */
function textOf({ description, after = [], before = [], wants = [], unitConfig, serviceConfig }: Unit): string {
  const lines = (section: Section): string[] =>
    Object.entries(section).flatMap(([name, value]) => [value].flat().map((one) => `${name}=${one}`));
  const unit = { Description: description, After: after.join(' '), Before: before.join(' '), Wants: wants.join(' ') };
  return ['[Unit]', ...lines({ ...unit, ...unitConfig }), '[Service]', ...lines(serviceConfig), ''].join('\n');
}

/** yes and true, /bin/kill and kill of the store, are the same. */
const plain = (value: unknown): string =>
  String(value)
    .replace(/^yes$/, 'true')
    .replace(/^no$/, 'false')
    .replace(/^\S*\/(\w+)/, '$1');

describe('the units of the module', function () {
  this.timeout(60_000);
  let nix: Nix;
  let byPlatform: Record<'Process' | 'Swarm', Units>;
  before(() => {
    nix = new Nix();
    const of = (platform: string): Units => {
      const configuration = `{ services.cc-ci = { enable = true; settings.platform = "${platform}"; secretsFiles.token = "/run/keys/token"; }; }`;
      return nix.value(`${evaluationOf(library, configuration)}.shown.services`);
    };
    byPlatform = { Process: of('Process'), Swarm: of('Swarm') };
  });
  after(() => nix.dispose());

  for (const platform of ['Process', 'Swarm'] as const) {
    for (const name of ['cc-ci', 'cc-ci-specs'] as const) {
      it(`are read by systemd without a word: ${name} on ${platform}`, () => {
        const directory = mkdtempSync(join(tmpdir(), 'cc-ci-units-'));
        try {
          const file = join(directory, `${name}.service`);
          // Programs of the store are not here.
          const text = textOf(byPlatform[platform][name]).replaceAll(/=\/nix\/store\/\S+/g, '=/bin/true');
          writeFileSync(file, text.replace(/^User=.*\nGroup=.*\n/m, ''));
          const words = ['verify', '--man=no', '--recursive-errors=no', file];
          const { stdout, stderr, status } = spawnSync('systemd-analyze', words, { encoding: 'utf8' });
          expect([status, stdout + stderr]).to.deep.equal([0, '']);
        } finally {
          rmSync(directory, { recursive: true });
        }
      });
    }

    it(`set nothing that breaks what works on ${platform}`, () => {
      const { serviceConfig } = byPlatform[platform]['cc-ci'];
      for (const name of ABSENT) expect(serviceConfig).not.to.have.property(name);
      for (const name of SHARED) expect(serviceConfig, name).to.have.property(name);
    });
  }

  it('keep apart what the platforms need', () => {
    const { Process, Swarm } = byPlatform;
    expect(Process['cc-ci'].serviceConfig).to.include({ User: 'cc-ci', PrivateTmp: false, PrivateDevices: true });
    expect(Swarm['cc-ci'].serviceConfig).to.include({ User: 'root', PrivateTmp: true, PrivateDevices: false });
    expect(Swarm['cc-ci'].after).to.include('docker.service');
    expect(Swarm['cc-ci'].wants).to.include('docker.service');
    expect([...(Process['cc-ci'].after ?? []), ...(Process['cc-ci'].wants ?? [])]).not.to.include('docker.service');
  });

  it('let the specs be wanted and never required, as their run would stop the controller then', () => {
    const { 'cc-ci': controller, 'cc-ci-specs': specs } = byPlatform.Process;
    expect(controller.after).to.include('cc-ci-specs.service');
    expect(specs.wantedBy).to.include('cc-ci.service');
    expect(specs).not.to.have.any.keys('requiredBy', 'partOf', 'bindsTo');
    expect(controller).not.to.have.any.keys('requires', 'requisite', 'bindsTo');
  });

  it('say what the unit of the packages says', () => {
    const { serviceConfig } = byPlatform.Process['cc-ci'];
    expect(plain(serviceConfig.ExecReload)).to.equal('kill -USR2 $MAINPID');
    expect(plain(serviceConfig.ExecStart)).to.equal('cc-controller --config /etc/cc-ci/cc-ci.yaml --log-format json');
    const packaged = new Map(
      [...readFileSync(PACKAGED, 'utf8').matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    for (const name of [...SHARED, 'ExecReload', 'ExecStart'])
      expect(plain(serviceConfig[name]), name).to.equal(plain(packaged.get(name)));
    for (const name of ABSENT) expect(packaged.has(name), name).to.equal(false);
  });

  it('reload for the fields that a running controller takes', async () => {
    const live = JSON.parse(readFileSync(join(ROOT, 'nix/live-fields.json'), 'utf8')) as string[];
    const table = join(ROOT, 'lib/config/live-fields.ts');
    expect(live).to.include('maxRuns');
    const { TAKEN_BY } = (await import(table)) as { TAKEN_BY: Record<string, string> };
    const taken = Object.keys(TAKEN_BY).filter((field) => TAKEN_BY[field] === 'Live');
    expect(live.toSorted()).to.deep.equal(taken.toSorted());
  });
});
