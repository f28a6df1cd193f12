import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { TOKEN_VARIABLE } from '../../../lib/exec/command.ts';
import { listOwnProcesses } from '../../../lib/exec/own-processes.ts';
import { bootId, identityOf, isAlive } from '../../../lib/exec/process-identity.ts';
import { endProcesses, listTokenProcesses } from '../../../lib/exec/processes.ts';
import { codeOf, until } from '../../contract/platform/platform-contract.ts';

describe('processes by token', () => {
  let prefix: string;
  const started: ChildProcess[] = [];

  beforeEach(() => {
    prefix = `test-${randomBytes(4).toString('hex')}/`;
  });

  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await endProcesses({ prefix, graceMs: 0, clock: systemClock });
  });

  const shell = (script: string, token: string): ChildProcess => {
    const env = { PATH: '/usr/bin:/bin', [TOKEN_VARIABLE]: token };
    const child = spawn('/bin/sh', ['-c', script], { env, detached: true, stdio: 'ignore' });
    started.push(child);
    return child;
  };
  const list = async (of = prefix) => await listTokenProcesses(of);

  it('lists by whole prefix only', async () => {
    const child = shell('sleep 600; true', `${prefix}service/a.example/x`);
    shell('sleep 600; true', `${prefix}service/a.example2/x`);
    await until(list, (found) => found.length === 4);
    const found = await list(`${prefix}service/a.example/`);
    expect(found).to.have.lengthOf(2);
    expect(found.map(({ pgid }) => pgid)).to.deep.equal([child.pid, child.pid]);
    expect(found[0]?.token).to.equal(`${prefix}service/a.example/x`);
  });

  it('lists those of several prefixes at once, each by its own token', async () => {
    shell('exec sleep 600', `${prefix}service/a.example/x`);
    shell('exec sleep 600', `${prefix}child/exec/a.example/app/y`);
    shell('exec sleep 600', `${prefix}service/b.example/z`);
    await until(list, (found) => found.length === 3);
    const marks = { prefix: `${prefix}service/a.example/`, others: [`${prefix}child/exec/a.example/`] };
    const found = await listOwnProcesses(marks);
    expect(found.map(({ token }) => token).toSorted()).to.deep.equal([
      `${prefix}child/exec/a.example/app/y`,
      `${prefix}service/a.example/x`,
    ]);
  });

  it('finds children and group members that shed their environment, also when their leader is dead', async () => {
    const child = shell('env -i sleep 600 & sleep 600; true', `${prefix}a`);
    await until(list, (found) => found.length === 3);
    child.kill('SIGKILL');
    await until(list, (found) => found.length === 2);
    await endProcesses({ prefix, graceMs: 1000, clock: systemClock });
    expect(await list()).to.deep.equal([]);
  });

  it('ends by SIGKILL who ignores SIGTERM; none at all is success', async () => {
    shell('trap "" TERM; while true; do sleep 0.05; done', `${prefix}a`);
    await until(list, (found) => found.length > 0);
    for (let time = 0; time < 2; time += 1) await endProcesses({ prefix, graceMs: 200, clock: systemClock });
    expect(await list()).to.deep.equal([]);
  });

  it('an aborted end is Aborted', async () => {
    const call = endProcesses({ prefix, graceMs: 0, clock: systemClock, signal: AbortSignal.abort() });
    expect(await codeOf(call)).to.equal('Aborted');
  });

  it('an identity is of one process of one boot', async () => {
    const own = await identityOf(process.pid);
    expect(own.bootId).to.equal(await bootId());
    expect(await isAlive(own)).to.equal(true);
    expect(await isAlive({ ...own, startTicks: own.startTicks - 1 })).to.equal(false);
    expect(await isAlive({ ...own, bootId: 'another' })).to.equal(false);
    const child = shell('true', `${prefix}a`);
    await new Promise((resolve) => child.once('exit', resolve));
    expect(await codeOf(identityOf(child.pid ?? 0))).to.equal('NotFound');
  });
});
