import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { listTokenProcesses } from '../../../lib/exec/processes.ts';
import { AbraLinter } from '../../../lib/platform/abra/abra-lint.ts';
import { until } from '../../contract/platform/platform-contract.ts';
import { BUSYBOX_IMAGE, testSocket } from '../../rig/test-engine.ts';
import { AbraBench, COMPOSE, DOUBLE } from './abra-bench.ts';

describe('AbraLinter', function () {
  this.timeout(120_000);
  let bench: AbraBench;

  const linter = (options: { binary?: string; path?: string } = {}): AbraLinter =>
    new AbraLinter({
      binary: options.binary ?? DOUBLE,
      socketPath: testSocket(),
      runner: commandRunner,
      path: options.path ?? process.env.PATH ?? '',
      instanceId: bench.instanceId,
      stateDirectory: bench.state,
      clock: systemClock,
    });
  const lint = async (options: { binary?: string; path?: string } = {}) =>
    await linter(options).lint('notes', await bench.revision(), bench.signal);

  beforeEach(async () => {
    bench = await AbraBench.open();
  });
  afterEach(async () => {
    expect(await readdir(join(bench.state, 'abra')).catch(() => [])).to.deep.equal([]);
    await bench.close();
  });

  it('passes a good recipe, warnings notwithstanding', async () => {
    const { verdict, rows } = await lint();
    expect(verdict).to.equal('Passed');
    expect(rows).to.have.length(16);
    expect(rows.find(({ ref }) => ref === 'R002')).to.include({ severity: 'Warning', verdict: 'Broken' });
  });

  it('T07 fails for a lightweight tag, although the exit code is 0', async () => {
    bench.repository.git('tag', '2.0.0+2.0.0');
    const { verdict, message } = await lint();
    expect(verdict).to.equal('Failed');
    expect(message).to.match(/^R014 /);
  });

  it('T07 fails for a service without image', async () => {
    await bench.repository.write('compose.yml', COMPOSE.replace(`    image: ${BUSYBOX_IMAGE}\n`, ''));
    bench.repository.commit('no image');
    expect((await lint()).message).to.match(/R011/);
  });

  it('fails for a recipe that abra cannot read', async () => {
    await rm(join(bench.repository.directory, '.env.sample'));
    bench.repository.commit('no sample');
    expect(await lint()).to.include({ verdict: 'Failed' });
  });

  it('T11 is unverified where script is missing, or gives no terminal', async () => {
    const only = join(bench.root, 'path');
    await bench.repository.write('../path/git', `#!/bin/sh\nPATH="${process.env.PATH}" exec git "$@"\n`, 0o755);
    expect(await lint({ path: only })).to.include({ verdict: 'Unverified' });
    await bench.repository.write('../path/script', `#!/bin/sh\nPATH="${process.env.PATH}" exec sh -c "$4"\n`, 0o755);
    expect(await lint({ path: only })).to.include({ verdict: 'Unverified' });
  });

  it('is unverified where the table has another form', async () => {
    const binary = await bench.wrapper('echo "all rules satisfied ✅"; exit 0');
    expect(await lint({ binary })).to.include({ verdict: 'Unverified' });
  });

  it('T69 leaves nothing behind when it is aborted while abra hangs on its terminal', async () => {
    const binary = await bench.wrapper('trap "" HUP TERM; sleep 1000 & wait; wait');
    const controller = new AbortController();
    const running = linter({ binary }).lint('notes', await bench.revision(), controller.signal);
    const ended = running.catch((error: unknown) => error);
    const tokens = async () => (await listTokenProcesses(`${bench.instanceId}/child/`)).length;
    await until(tokens, (count) => count > 2);
    controller.abort();
    expect(await ended).to.include({ code: 'Aborted' });
    expect(await tokens()).to.equal(0);
  });
});
