import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { canaryToken } from '../../lib/canary/canary.ts';
import { onceUp, storeOf } from './asking.ts';
import { itAnswersLate } from './late-answers.ts';
import { PASSWORD, Server } from './servers.ts';

const TOKEN = canaryToken('1'.repeat(32));

describe('a canary in a Redis that is not as usual', function () {
  this.timeout(60_000);
  let server: Server;

  before(async () => {
    server = await Server.open('redis');
    server.start();
    expect((await onceUp(() => storeOf(server).plant(TOKEN))).state).to.equal('Found');
    told('ACL', 'SETUSER', 'admin', 'on', '>admin', '~*', '&*', '+@all');
  });
  afterEach(() => {
    told('ACL', 'SETUSER', 'default', 'resetpass', `>${PASSWORD}`, '+@all');
    told('REPLICAOF', 'NO', 'ONE');
    told('CONFIG', 'SET', 'maxmemory', '0');
    told('DEL', 'cc_ci_canary');
  });
  after(() => server.dispose());

  /** By an administrator whose rights no test takes. */
  function told(...words: string[]): string {
    const user = words[2] === 'admin' ? [] : ['--user', 'admin'];
    const env = { ...server.env, REDISCLI_AUTH: user.length === 0 ? PASSWORD : 'admin' };
    const argv = ['-h', '127.0.0.1', '-p', String(server.port), ...user, ...words];
    return execFileSync('redis-cli', argv, { env, encoding: 'utf8' }).trim();
  }

  const isThere = (): boolean => told('EXISTS', 'cc_ci_canary') === '1';

  itAnswersLate(() => server, TOKEN);

  it('is planted with a password of quotes, line ends and backslashes, by variable or file', async () => {
    const password = `a'b"c$d\\e\`f\ng %h;`;
    told('ACL', 'SETUSER', 'default', 'resetpass', `>${password}`);
    writeFileSync(join(server.root, 'odd'), password, { mode: 0o600 });
    const files = { REDIS_PASSWORD_FILE: join(server.root, 'odd') };
    for (const env of [{ REDIS_PASSWORD_FILE: '', REDIS_PASSWORD: password }, files]) {
      expect((await storeOf(server, env).plant(TOKEN)).state).to.equal('Found');
    }
  });

  it('is refused by a replica', async () => {
    told('REPLICAOF', '127.0.0.1', '1');
    expect((await storeOf(server).plant(TOKEN)).state).to.equal('Refused');
    told('CONFIG', 'SET', 'replica-read-only', 'no');
    expect((await storeOf(server).plant(TOKEN)).state).to.equal('Refused');
    expect(isThere()).to.equal(false);
  });

  it('is refused where the memory is full, and left out where old keys are thrown away then', async () => {
    told('CONFIG', 'SET', 'maxmemory', '1');
    expect((await storeOf(server).plant(TOKEN)).state).to.equal('Refused');
    told('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    expect((await storeOf(server).plant(TOKEN)).state).to.equal('NotKept');
    told('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    expect(isThere()).to.equal(false);
  });

  it('is refused by one who may only read, or not save, and nothing is left', async () => {
    for (const right of ['-set', '-save']) {
      told('ACL', 'SETUSER', 'default', right);
      expect((await storeOf(server).plant(TOKEN)).state, right).to.equal('Refused');
      expect(isThere(), right).to.equal(false);
      told('ACL', 'SETUSER', 'default', '+@all');
    }
  });

  it('is not called lost where nobody may look', async () => {
    expect((await storeOf(server).plant(TOKEN)).state).to.equal('Found');
    told('ACL', 'SETUSER', 'default', '-get');
    expect((await storeOf(server).look(TOKEN)).state).to.equal('Refused');
  });

  it('takes the place of a key of another kind, as a killed run may leave one', async () => {
    told('LPUSH', 'cc_ci_canary', 'x');
    expect((await storeOf(server).plant(TOKEN)).state).to.equal('Found');
    expect((await storeOf(server).remove()).state).to.equal('Absent');
    expect(isThere()).to.equal(false);
  });

  it('is saved by a server that has no password and one that does not say how it saves', async () => {
    told('ACL', 'SETUSER', 'default', 'nopass', '-config');
    expect((await storeOf(server).plant(TOKEN)).state).to.equal('Found');
    await server.stop('SIGKILL');
    server.start();
    expect((await onceUp(() => storeOf(server).look(TOKEN))).state).to.equal('Found');
    told('ACL', 'SETUSER', 'admin', 'on', '>admin', '~*', '&*', '+@all');
  });
});
