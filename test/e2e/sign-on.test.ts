import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { RunStatus, WarmServiceStatus } from '../../lib/api/index.ts';
import { systemClock } from '../../lib/clock.ts';
import { endProcesses } from '../../lib/exec/processes.ts';
import { filesWith } from '../rig/secret-scan.ts';
import { boxCanonical, boxFiles } from './box-recipe.ts';
import { Bench, CGROUPS, conditionOf } from './harness.ts';
import { type Files, RecipeRepository } from './recipes.ts';

const DOUBLE = fileURLToPath(new URL('../doubles/oidc/main.ts', import.meta.url));
const WARM_DOMAIN = 'warm-keycloak.ci.localhost';
const VERSION = '1.0.0+26.0.8';
const NEWER = '1.1.0+26.1.0';

/** The OpenID Connect double as a recipe: it is administered as a Keycloak. */
function providerFiles(version: string): Files {
  return {
    'compose.yml': `version: "3.8"
services:
  app:
    image: example/keycloak:${version.split('+')[0]}
    x-process:
      command: ["${process.execPath}", --disable-warning=ExperimentalWarning, "${DOUBLE}"]
      port: 8080
      environment: { DATA: "{volume:data}", ADMIN_PASSWORD_FILE: "{secret:admin_password}" }
    secrets: [admin_password]
    volumes: ["data:/data"]
    deploy:
      labels: ["coop-cloud.\${STACK_NAME}.version=${version}", "traefik.enable=true"]
secrets:
  admin_password: { external: true, name: "\${STACK_NAME}_admin_password_\${SECRET_ADMIN_PASSWORD_VERSION}" }
volumes: { data: {} }
`,
    '.env.sample': 'TYPE=keycloak\nDOMAIN=sso.example.org\nSECRET_ADMIN_PASSWORD_VERSION=v1 # length=40\n',
    'README.md': '# keycloak\n',
  };
}

/** Signs in, and tells the test, outside of all that the controller keeps, what it was told. */
const LOGIN = (seen: string): string => `#!${process.execPath}
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const { env } = process;
const secret = readFileSync(env.CCCI_SSO_CLIENT_SECRET_FILE, 'utf8');
const password = readFileSync(env.CCCI_SSO_PASSWORD_FILE, 'utf8');
const form = { grant_type: 'password', scope: 'openid', client_id: env.CCCI_SSO_CLIENT_ID, client_secret: secret };
const body = new URLSearchParams({ ...form, username: env.CCCI_SSO_USER, password });
const answer = await fetch(env.CCCI_SSO_ISSUER + '/protocol/openid-connect/token', { method: 'POST', body });
console.log('the secret is', secret, Buffer.from(password).toString('base64'));
writeFileSync('${seen}/' + env.CCCI_RUN, JSON.stringify({ realm: env.CCCI_SSO_REALM, url: env.CCCI_SSO_URL, secret, password }));
while (existsSync('${seen}/wait')) await new Promise((go) => setTimeout(go, 50));
process.exit(answer.status === 200 ? 0 : 1);
`;

describe('sign-on in runs', function () {
  this.timeout(120_000);
  let bench: Bench;
  let seen: string;
  let provider: RecipeRepository;

  before(async () => {
    bench = new Bench({ maxRuns: 2, recipeSource: 'recipes/{recipe}' });
    seen = join(bench.root, 'seen');
    mkdirSync(seen);
    provider = new RecipeRepository(join(bench.root, 'recipes/keycloak'));
    provider.release(VERSION, providerFiles(VERSION));
    new RecipeRepository(join(bench.root, 'recipes/box')).release('1.0.0+1.0.0', boxFiles('1.0.0+1.0.0'));
    await bench.start();
    const health = [{ http: { path: '/realms/master', status: [200] } }];
    bench.apply('WarmService', 'keycloak', {
      app: { recipe: 'keycloak', healthPasses: 1, health, timeouts: { deploy: '30s', health: '30s' } },
      provides: { sso: { type: 'Keycloak' } },
    });
    const profile = join(bench.specs, 'box.canonical.ci');
    mkdirSync(profile);
    writeFileSync(join(profile, 'login.mjs'), LOGIN(seen), { mode: 0o755 });
    const canonical = boxCanonical('box', { seed: 'Manual' });
    bench.apply('Canonical', 'box', {
      ...canonical,
      ci: {
        ...(canonical.ci as object),
        dependsOn: [{ warmService: 'keycloak', as: 'sso' }],
        tests: [{ name: 'login', command: ['./login.mjs'], from: 'Profile', requires: ['sso'] }],
      },
    });
    await bench.waitCondition({ kind: 'WarmService', name: 'keycloak' }, 'Ready', 'True');
  });
  after(() => bench.dispose());

  const service = async (): Promise<WarmServiceStatus> =>
    ((await bench.object('WarmService', 'keycloak'))?.status ?? {}) as unknown as WarmServiceStatus;
  const realms = (): string[] => {
    const file = join(bench.state, 'apps', WARM_DOMAIN, 'volumes/data/realms.json');
    return (JSON.parse(readFileSync(file, 'utf8')) as { name: string }[]).map(({ name }) => name).sort();
  };
  const run = (name: string) => bench.apply('Run', name, { recipe: 'box', promotion: 'Never' });
  const signedIn = (name: string) => bench.waitFor(`${name} to sign in`, () => existsSync(join(seen, name)));
  const told = (name: string): Record<string, string> => JSON.parse(readFileSync(join(seen, name), 'utf8'));
  const green = async (name: string): Promise<RunStatus> => {
    const status = await bench.waitOver(name);
    expect(conditionOf(status, 'Succeeded'), name).to.include({ status: 'True' });
    return status;
  };
  const noLease = () => bench.waitFor('no lease', async () => (await service()).leases === undefined);
  /** Nothing is left but the processes of the service. */
  const clean = () => {
    const own = `/service/${WARM_DOMAIN}/`;
    const isClean = async () => (await bench.leftovers([WARM_DOMAIN])).every((line) => line.includes(own));
    return bench.waitFor('nothing to be left of runs', isClean);
  };

  it('WC1b WC1c I10 two at once have realms of their own, and their secrets in no file but their own', async () => {
    writeFileSync(join(seen, 'wait'), '');
    run('r1');
    run('r2');
    await Promise.all([signedIn('r1'), signedIn('r2')]);
    const [one, two] = [told('r1'), told('r2')];
    expect(realms()).to.deep.equal(['master', one.realm, two.realm].sort());
    await bench.waitFor('two leases', async () => (await service()).leases?.length === 2);
    const secrets = [one, two].flatMap(({ secret = '', password = '' }) => [secret, password]);
    const living = (await filesWith(secrets, bench.state)).filter(
      (file) => !file.startsWith(`apps/${WARM_DOMAIN}/volumes`),
    );
    for (const file of living) expect(file).to.match(/^runs\/r[12]-\w+\/dependencies\/sso\/(client_secret|password)$/);
    expect(living).to.have.length(4);
    rmSync(join(seen, 'wait'));
    for (const name of ['r1', 'r2']) expect((await green(name)).dependencies?.[0]).to.include({ mode: 'Warm' });
    await clean();
    expect(realms()).to.deep.equal(['master']);
    await noLease();
    await bench.ok('describe', 'run/r1');
    expect(await filesWith(secrets, bench.state)).to.deep.equal([]);
    expect(secrets.some((value) => (bench.log + bench.cliOutput).includes(value))).to.equal(false);
  });

  it('I8 the controller killed in the middle: the realm is gone after its restart, and the run goes green', async () => {
    writeFileSync(join(seen, 'wait'), '');
    run('r3');
    await signedIn('r3');
    const { realm = '' } = told('r3');
    await bench.kill9();
    rmSync(join(seen, 'wait'));
    expect(realms()).to.include(realm);
    await bench.start();
    await green('r3');
    await clean();
    expect(realms()).to.deep.equal(['master']);
    await noLease();
  });

  it('WC1.1 an upgrade of the provider waits for the run that has a realm, says so, and comes once that is over', async () => {
    writeFileSync(join(seen, 'wait'), '');
    run('r4');
    await signedIn('r4');
    provider.release(NEWER, providerFiles(NEWER));
    await bench.ok('reconcile', 'ws/keycloak');
    const waits = await bench.waitFor('the upgrade to wait', async () => {
      const now = await service();
      return now.nextAction?.reason === 'InUse' ? now : undefined;
    });
    expect(waits.leases).to.deep.equal([{ run: 'r4', realm: told('r4').realm }]);
    expect([waits.version?.current, waits.operation]).to.deep.equal([VERSION, undefined]);
    rmSync(join(seen, 'wait'));
    expect((await green('r4')).dependencies?.[0]).to.include({ mode: 'Warm' });
    await bench.waitFor('the upgrade', async () => (await service()).version?.current === NEWER);
    expect(realms()).to.deep.equal(['master']);
  });

  it('WC1d the provider stopped: the run goes green with one of its own, says so, and removes it', async () => {
    await bench.ok('suspend', 'ws/keycloak');
    await bench.waitFor('a service that is left as it is', async () => (await service()).suspended !== undefined);
    const { url } = await service();
    const prefix = `${await bench.instanceId()}/service/${WARM_DOMAIN}/`;
    await endProcesses({ prefix, cgroups: CGROUPS, graceMs: 5_000, clock: systemClock });
    const silent = () =>
      fetch(`${url}/realms/master`).then(
        () => false,
        () => true,
      );
    await bench.waitFor('a provider that is down', silent);
    run('r5');
    const status = await green('r5');
    expect(status.dependencies?.[0]).to.include({ as: 'sso', mode: 'Cold', reason: 'NotAnswering' });
    expect(status.deploys).to.deep.equal({ count: 2, expected: 2 });
    expect(told('r5').url).not.to.equal(url);
    expect(conditionOf(status, 'TornDown')).to.include({ status: 'True', reason: 'Verified' });
    await bench.waitClean([WARM_DOMAIN]);
    expect(realms()).to.deep.equal(['master']);
  });
});
