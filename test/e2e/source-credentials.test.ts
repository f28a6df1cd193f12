import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { expect } from 'chai';
import { GitServer } from '../component/recipe/git-server.ts';
import { Bench, conditionOf } from './harness.ts';
import { demoRecipes } from './recipes.ts';

const PASSWORD = 'wide@OPEN-sesame/41%';

describe('T88 sources with a password', function () {
  this.timeout(240_000);
  let bench: Bench;
  let server: GitServer;
  /** Where the recipes are served from, and the password is. */
  let outside: string;

  before(async () => {
    outside = mkdtempSync(join(tmpdir(), 'cc-ci-served-'));
    await demoRecipes(join(outside, 'served'));
    server = await GitServer.start(join(outside, 'served'));
    server.login = `bot:${PASSWORD}`;
    const passwordFile = join(outside, 'password');
    writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
    const sourceCredentials = [{ host: `http://${server.host}`, user: 'bot', passwordFile }];
    bench = new Bench({ sourceCredentials, recipeSource: `http://${server.host}/{recipe}/.git` });
    await bench.start();
  });
  after(async () => {
    await bench.dispose();
    await server.close();
    rmSync(outside, { recursive: true });
  });

  /** Files and outputs with one of the texts; a person's spec and its copy in the object's record may hold it. */
  function leaks(...texts: string[]): string[] {
    const holds = (text: string): boolean => texts.some((one) => text.includes(one));
    const entries = readdirSync(bench.root, { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const found = files.filter((path) => holds(readFileSync(path, 'latin1'))).map((path) => relative(bench.root, path));
    return [
      ...found,
      ...(holds(bench.log) ? ['log of the controller'] : []),
      ...(holds(bench.cliOutput) ? ['output of ccctl'] : []),
    ];
  }

  async function lookAt(run: string): Promise<void> {
    for (const args of [
      ['describe', `run/${run}`],
      ['get', `run/${run}`, '-o', 'yaml'],
      ['events'],
      ['logs', `run/${run}`],
    ]) {
      await bench.ok(...args);
    }
  }

  it('are fetched with the setting, and the password is nowhere', async () => {
    bench.apply('Run', 'set', { recipe: 'hello' });
    const status = await bench.waitOver('set');
    expect(conditionOf(status, 'Succeeded')?.reason).to.equal('Passed');
    await lookAt('set');
    const encoded = Buffer.from(`bot:${PASSWORD}`).toString('base64');
    expect(leaks(PASSWORD, 'OPEN-sesame', encodeURIComponent(PASSWORD), encoded)).to.deep.equal([]);
  });

  it('are a fault of the configuration where the password is wrong; it is not tried again, nor shown', async () => {
    const source = `http://bot:first-half@TAIL-end@${server.host}/hello/.git`;
    bench.apply('Run', 'wrong', { recipe: 'hello', source });
    const status = await bench.waitOver('wrong');
    expect([status.blame, status.attempts?.length, status.stages?.[0]?.reason]).to.deep.equal([
      'Configuration',
      1,
      'InvalidSource',
    ]);
    await lookAt('wrong');
    // What people wrote into a spec is in its record, at both places of that.
    const own = (path: string): boolean =>
      path.startsWith(`specs${sep}`) || /\/(?:object\.json|records\.jsonl)$/.test(path);
    expect(leaks('first-half', 'TAIL-end').filter((path) => !own(path))).to.deep.equal([]);
    const besides = readFileSync(join(bench.specs, 'wrong.run.yaml.status.yaml'), 'utf8');
    expect(besides).not.to.match(/first-half|TAIL-end/);
  });

  it('are told masked where the spec cannot be read', async () => {
    bench.apply('Run', 'bad', { recipe: 'hello', source: 'ftp://bot:first-half@TAIL-end@h/x y' });
    const { stdout, stderr } = await bench.ccctl('validate', join(bench.specs, 'bad.run.yaml'));
    expect(stdout + stderr).not.to.match(/first-half|TAIL-end/);
  });
});
