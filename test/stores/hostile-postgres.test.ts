import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { canaryToken } from '../../lib/canary/canary.ts';
import { onceUp, storeOf } from './asking.ts';
import { itAnswersLate } from './late-answers.ts';
import { PASSWORD, Server } from './servers.ts';

const TOKEN = canaryToken('1'.repeat(32));
const OTHER = canaryToken('2'.repeat(32));

describe('a canary in a PostgreSQL that is not as usual', function () {
  this.timeout(90_000);
  let server: Server;

  before(async () => {
    server = await Server.open('postgres');
    server.start();
    expect((await onceUp(() => storeOf(server).plant(TOKEN))).state).to.equal('Found');
  });
  beforeEach(() => {
    for (const base of ['books', 'postgres']) sql('DROP TABLE IF EXISTS public.cc_ci_canary', base);
  });
  after(() => server.dispose());

  function sql(text: string, base = 'books'): string {
    const env = {
      ...server.env,
      PGPASSWORD: PASSWORD,
      PGDATABASE: base,
      PGHOST: '127.0.0.1',
      PGPORT: `${server.port}`,
    };
    return execFileSync('psql', ['-XqAt', '-U', 'ledger', '-v', 'ON_ERROR_STOP=1', '-c', text], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  const isThere = (base = 'books'): boolean => sql("SELECT to_regclass('public.cc_ci_canary')", base) !== '';

  itAnswersLate(() => server, TOKEN);

  it('is planted with a password of quotes, line ends and backslashes, by variable or file', async () => {
    const password = `a'b"c$d\\e\`f\ng %h;`;
    sql(`CREATE ROLE odd SUPERUSER LOGIN PASSWORD E'a\\'b"c$d\\\\e\`f\\ng %h;'`);
    writeFileSync(join(server.root, 'odd'), password, { mode: 0o600 });
    const asFile = { POSTGRES_USER: 'odd', POSTGRES_PASSWORD_FILE: join(server.root, 'odd') };
    for (const env of [{ POSTGRES_USER: 'odd', POSTGRES_PASSWORD: password }, asFile]) {
      expect((await storeOf(server, env).plant(TOKEN)).state).to.equal('Found');
    }
  });

  it('is refused where the database that the variables name is missing, and goes into no other', async () => {
    expect((await storeOf(server, { POSTGRES_DB: 'nowhere' }).plant(TOKEN)).state).to.equal('Refused');
    expect([isThere('books'), isThere('postgres')]).to.deep.equal([false, false]);
  });

  it('is refused by one who may only read, and nothing is left', async () => {
    sql("CREATE ROLE reader LOGIN PASSWORD 'r'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
    const answer = await storeOf(server, { POSTGRES_USER: 'reader', POSTGRES_PASSWORD: 'r' }).plant(TOKEN);
    expect(answer.state).to.equal('Refused');
    expect(isThere()).to.equal(false);
  });

  it('takes the place of a table of that name in another form, as a killed run may leave one', async () => {
    sql('CREATE TABLE public.cc_ci_canary (a int, b int)');
    expect((await storeOf(server).plant(TOKEN)).state).to.equal('Found');
    sql('CREATE TABLE public.cc_ci_canary (a int, b int)', 'postgres');
    expect((await storeOf(server).look(TOKEN)).state).to.equal('Found');
    expect((await storeOf(server).remove()).state).to.equal('Absent');
    expect([isThere('books'), isThere('postgres')]).to.deep.equal([false, false]);
  });

  it('is found beside databases that the user may not enter, or whose names mean something to a client', async () => {
    sql("CREATE ROLE app LOGIN PASSWORD 'a'");
    sql('CREATE DATABASE shop OWNER app');
    sql('CREATE DATABASE closed');
    sql('REVOKE CONNECT ON DATABASE closed FROM PUBLIC');
    sql('CREATE DATABASE "host=127.0.0.2 port=1"');
    const store = storeOf(server, { POSTGRES_USER: 'app', POSTGRES_PASSWORD: 'a', POSTGRES_DB: 'shop' });
    sql('ALTER SCHEMA public OWNER TO app', 'shop');
    expect((await store.plant(TOKEN)).state).to.equal('Found');
    expect((await store.look(OTHER)).state).to.equal('Absent');
    expect((await store.remove()).state).to.equal('Absent');
    sql('DROP DATABASE closed');
    sql('DROP DATABASE "host=127.0.0.2 port=1"');
  });

  it('T69 is refused with text in no known encoding, which is told as far as it can be read', async () => {
    sql("CREATE DATABASE raw ENCODING 'SQL_ASCII' TEMPLATE template0");
    sql(
      `CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        IF tg_tag = 'CREATE TABLE' THEN RAISE EXCEPTION E'interdit\\xe9 \\xff\\xfe'; END IF; END $$`,
      'raw',
    );
    sql('CREATE EVENT TRIGGER no ON ddl_command_end EXECUTE FUNCTION no()', 'raw');
    const { state, why } = await storeOf(server, { POSTGRES_DB: 'raw' }).plant(TOKEN);
    expect(state).to.equal('Refused');
    expect(why).to.equal(why.toWellFormed());
    expect(isThere('raw')).to.equal(false);
  });

  it('is refused by a replica that may only be read', async () => {
    const signal = join(server.root, 'data/db/standby.signal');
    await server.stop();
    writeFileSync(signal, '');
    server.start();
    expect((await onceUp(() => storeOf(server).plant(TOKEN))).state).to.equal('Refused');
    await server.stop();
    rmSync(signal);
    server.start();
    expect((await onceUp(() => storeOf(server).look(TOKEN))).state).to.equal('Absent');
  });
});
