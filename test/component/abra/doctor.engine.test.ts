import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { abraProbes } from '../../../lib/platform/abra/abra-probes.ts';
import { type Finding, findingOf } from '../../../lib/platform/probe.ts';
import { testSocket } from '../../rig/test-engine.ts';
import { AbraBench, DOUBLE } from './abra-bench.ts';

describe('the contract with abra', function () {
  this.timeout(120_000);
  let bench: AbraBench;

  beforeEach(async () => {
    bench = await AbraBench.open();
  });
  afterEach(async () => {
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('cc-ci-doctor-'))).to.deep.equal([]);
    await bench.close();
  });

  async function find(name: string, binary = DOUBLE): Promise<Finding> {
    const probes = abraProbes({
      binary,
      server: 'default',
      socketPath: testSocket(),
      engine: bench.engine,
      runner: commandRunner,
      path: process.env.PATH ?? '',
      instanceId: bench.instanceId,
      clock: systemClock,
    });
    const probe = probes.find((one) => one.name === name);
    if (probe === undefined) throw new Error(`no check ${name} among ${probes.map((one) => one.name).join(', ')}`);
    return await findingOf(probe, bench.signal);
  }

  const NAMES = [
    'version',
    'flags of app deploy',
    'flags of app undeploy',
    'flags of app secret insert',
    'flags of app secret rm',
    'flags of recipe lint',
    'server ls',
    'app ls',
    'fatal errors',
    'lint',
    'lint without terminal',
    'engine of abra',
  ];
  it('holds for the stand-in, and leaves nothing on the engine @nightly', async () => {
    for (const name of NAMES) expect(await find(name), name).to.include({ verdict: 'Ok' });
  });

  /** Check, what another abra does instead, verdict. */
  const OTHERS: readonly [string, string, Finding['verdict']][] = [
    ['version', '[ "$1" = --version ] && { echo "abra version 0.8.1-beta-1234567"; exit 0; }', 'Failed'],
    ['version', 'exit 127', 'Failed'],
    ['flags of app deploy', `${DOUBLE} "$@" | sed s/--no-converge-checks/--no-checks/; exit 0`, 'Failed'],
    ['flags of app secret insert', 'echo "FATA unknown command"; exit 1', 'Failed'],
    ['server ls', 'echo \'{"default": "local"}\'; exit 0', 'Failed'],
    ['server ls', 'echo "NAME HOST"; exit 0', 'Failed'],
    ['app ls', 'echo "{}"; exit 0', 'Failed'],
    ['fatal errors', 'exit 0', 'Failed'],
    ['fatal errors', 'echo "error: no"; exit 1', 'Failed'],
    ['fatal errors', 'echo "FATA app is resting" >&2; exit 1', 'Unknown'],
    ['lint', 'echo "all good"; exit 0', 'Failed'],
    ['lint without terminal', 'echo "FATA moon is full"; exit 1', 'Unknown'],
    ['engine of abra', '[ "$3" = insert ] && exit 0', 'Failed'],
    ['engine of abra', '[ "$3" = rm ] && exit 0', 'Failed'],
  ];
  for (const [name, commands, verdict] of OTHERS) {
    it(`${name}: ${verdict} for one that does ${commands.replace(DOUBLE, 'abra')}`, async () => {
      expect(await find(name, await bench.wrapper(commands))).to.include({ verdict });
    });
  }

  it('leaves no secret behind where abra does not remove it', async () => {
    await find('engine of abra', await bench.wrapper('[ "$3" = rm ] && exit 0'));
    const words = ['--host', `unix://${testSocket()}`, 'secret', 'ls', '--format', '{{.Name}}'];
    const env = { PATH: process.env.PATH ?? '' };
    const { stdout } = await commandRunner.run({ argv: ['docker', ...words], cwd: '/', env });
    expect(stdout.split('\n').filter((name) => /^cc-ci-[0-9a-f]{8}_invalid_/.test(name))).to.deep.equal([]);
  });
});
