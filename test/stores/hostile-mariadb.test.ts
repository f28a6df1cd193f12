import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { canaryToken } from '../../lib/canary/canary.ts';
import { onceUp, storeOf } from './asking.ts';
import { itAnswersLate } from './late-answers.ts';
import { PASSWORD, Server } from './servers.ts';

const TOKEN = canaryToken('1'.repeat(32));
const OTHER = canaryToken('2'.repeat(32));

describe('a canary in a MariaDB that is not as usual', function () {
  this.timeout(90_000);
  let server: Server;

  before(async () => {
    server = await Server.open('mariadb');
    server.start();
    expect((await onceUp(() => storeOf(server).plant(TOKEN))).state).to.equal('Found');
  });
  beforeEach(() => sql('DROP TABLE IF EXISTS books.cc_ci_canary'));
  after(() => server.dispose());

  function sql(text: string): string {
    const env = { ...server.env, MYSQL_PWD: PASSWORD };
    const place = ['--protocol=tcp', '-h', '127.0.0.1', '-P', String(server.port), '-u', 'root', '-N', '-B'];
    return execFileSync('mariadb', [...place, '-e', text], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  const tables = (): string => sql("SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'cc_ci_canary'");
  /** As the images' variables give an app's own user; root's password is none of the service's. */
  const asUser = (name: string): Record<string, string> => {
    return { MARIADB_ROOT_PASSWORD_FILE: '', MARIADB_USER: name, MARIADB_PASSWORD: 'u' };
  };

  itAnswersLate(() => server, TOKEN);

  it('is planted with a password of quotes, line ends and backslashes, by variable or file', async () => {
    const password = `a'b"c$d\\e\`f\ng %h;`;
    sql(`CREATE USER odd IDENTIFIED BY 'a\\'b"c$d\\\\e\`f\\ng %h;'; GRANT ALL ON books.* TO odd`);
    writeFileSync(join(server.root, 'odd'), password, { mode: 0o600 });
    const user = { ...asUser('odd'), MARIADB_PASSWORD: '' };
    for (const env of [{ MYSQL_PASSWORD: password }, { MARIADB_PASSWORD_FILE: join(server.root, 'odd') }]) {
      expect((await storeOf(server, { ...user, ...env }).plant(TOKEN)).state).to.equal('Found');
    }
  });

  it('is refused where the database that the variables name is missing, and goes into no other', async () => {
    expect((await storeOf(server, { MARIADB_DATABASE: 'nowhere' }).plant(TOKEN)).state).to.equal('Refused');
    expect(tables()).to.equal('0');
  });

  it('is refused by a server that may only be read, by root too, who could write', async () => {
    sql('SET GLOBAL read_only = 1');
    try {
      expect((await storeOf(server).plant(TOKEN)).state).to.equal('Refused');
      expect(tables()).to.equal('0');
    } finally {
      sql('SET GLOBAL read_only = 0');
    }
  });

  for (const [may, rights] of [
    ['read', 'SELECT'],
    ['make tables and not fill them', 'SELECT, CREATE, DROP'],
    ['make and fill tables and not remove them', 'SELECT, CREATE, INSERT'],
  ] as const) {
    it(`is refused by one who may only ${may}, and nothing is left`, async () => {
      sql(`CREATE OR REPLACE USER few IDENTIFIED BY 'u'; GRANT ${rights} ON books.* TO few`);
      expect((await storeOf(server, asUser('few')).plant(TOKEN)).state).to.equal('Refused');
      expect(tables()).to.equal('0');
    });
  }

  it('takes the place of a table of that name in another form, as a killed run may leave one', async () => {
    sql('CREATE DATABASE IF NOT EXISTS `-other x`; CREATE TABLE `-other x`.cc_ci_canary (a int)');
    sql('CREATE TABLE books.cc_ci_canary (a int, b int)');
    expect((await storeOf(server).plant(TOKEN)).state).to.equal('Found');
    expect((await storeOf(server).look(OTHER)).state).to.equal('Refused');
    expect((await storeOf(server).remove()).state).to.equal('Absent');
    expect(tables()).to.equal('0');
  });

  it('T69 is refused with text in no known encoding, which is told as far as it can be read', async () => {
    sql("SET GLOBAL lc_messages = 'fr_FR'");
    try {
      const { state, why } = await storeOf(server, { MARIADB_DATABASE: 'nul\u00e9' }).plant(TOKEN);
      expect(state).to.equal('Refused');
      expect(why).to.equal(why.toWellFormed());
      expect(tables()).to.equal('0');
    } finally {
      sql("SET GLOBAL lc_messages = 'en_US'");
    }
  });
});
