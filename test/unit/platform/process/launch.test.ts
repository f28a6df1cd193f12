import { expect } from 'chai';
import { CcError } from '../../../../lib/errors.ts';
import { fillPorts } from '../../../../lib/platform/port-placeholders.ts';
import {
  type LaunchSurroundings,
  planServices,
  portUses,
  volumeNames,
} from '../../../../lib/platform/process/launch.ts';
import { appLayout } from '../../../../lib/platform/process/layout.ts';
import { portsOf } from '../../../../lib/platform/process/plan.ts';
import { ignoredKeys, refuseUnsupported } from '../../../../lib/platform/process/process-support.ts';
import { composeOf, removeRecipes } from '../../recipe/recipe-files.ts';

const HOST = '127.0.0.1';
const SURROUNDINGS: LaunchSurroundings = {
  layout: appLayout('/state/apps/a.example'),
  directory: '/checkout',
  endpoints: [
    { service: 'app', name: '', host: HOST, port: 20_001 },
    { service: 'app', name: 'ad-min', host: HOST, port: 20_002 },
    { service: 'db', name: '', host: HOST, port: 20_003 },
  ],
  secrets: { 'db_pass-word': '/secrets/db_pass-word' },
  path: '/bin',
};

const TWO = `
services:
  app:
    image: x/app:1
    environment: { FIRST: recipe, SECOND: recipe, PORT: recipe, HOME: recipe }
    secrets: [db_pass-word]
    volumes: ["data:/data"]
    stop_grace_period: 3s
    deploy: { restart_policy: { condition: on-failure, delay: 7s, max_attempts: 4 } }
    x-process:
      command: [run, "--port={port:app}", "--admin={port:app.ad-min}", "{volume:my-files}", "{secret:db_pass-word}"]
      port: 8080
      ports: { ad-min: 9000 }
      environment: { SECOND: "{port:db}", PATH: recipe, LANG: recipe, HOST: recipe }
      healthcheck: { command: [check, "{port:app}"] }
    healthcheck: { test: x, interval: 2s, timeout: 3s, retries: 5, start_period: 6s }
  db:
    image: x/db:1
    x-process: { command: [db], port: 1 }
    deploy: { replicas: 0 }
secrets: { db_pass-word: { external: true } }
volumes: { data: {}, my-files: {} }
`;

const code = (work: () => unknown): string => {
  try {
    return `no error: ${JSON.stringify(work())}`;
  } catch (error) {
    return error instanceof CcError ? error.code : String(error);
  }
};

describe('what a service is launched with', () => {
  afterEach(removeRecipes);

  it('is all that the recipe says, with its placeholders filled in', async () => {
    const [app, db] = planServices(await composeOf(TWO), SURROUNDINGS);
    const { environment, ...launch } = app!.launch;
    expect(app).to.deep.include({ name: 'app', image: 'x/app:1', replicas: 1, volumes: ['data', 'my-files'] });
    expect(launch).to.deep.equal({
      command: [
        ...['run', '--port=20001', '--admin=20002'],
        ...['/state/apps/a.example/volumes/my-files', '/secrets/db_pass-word'],
      ],
      directory: '/checkout',
      restart: 'OnFailure',
      maxAttempts: 4,
      restartDelayMs: 7_000,
      stopGraceMs: 3_000,
      health: { command: ['check', '20001'], intervalMs: 2_000, timeoutMs: 3_000, retries: 5, startPeriodMs: 6_000 },
      maskFiles: ['/secrets/db_pass-word'],
    });
    expect(environment).to.deep.equal({
      FIRST: 'recipe',
      SECOND: '20003',
      PORT: '20001',
      PORT_AD_MIN: '20002',
      HOST,
      CCCI_VOLUME_DATA: '/state/apps/a.example/volumes/data',
      CCCI_VOLUME_MY_FILES: '/state/apps/a.example/volumes/my-files',
      CCCI_SECRET_DB_PASS_WORD_FILE: '/secrets/db_pass-word',
      CCCI_URL_APP: 'http://127.0.0.1:20001',
      CCCI_URL_DB: 'http://127.0.0.1:20003',
      HOME: '/state/apps/a.example/services/app/home',
      LANG: 'C.UTF-8',
      PATH: '/bin',
    });
    expect(db).to.deep.include({ name: 'db', replicas: 0, volumes: [] });
    expect(db!.launch)
      .to.include({ restart: 'Always', stopGraceMs: 10_000 })
      .and.to.not.have.any.keys(...['maxAttempts', 'restartDelayMs', 'health']);
    expect(db!.launch.environment).to.include({ PORT: '20003' }).and.to.not.have.property('PORT_AD_MIN');
  });

  it('is checked as compose says without times, and not at all where that is switched off', async () => {
    const text = (rest: string): string =>
      `services: { app: { image: "x:1", x-process: { command: [a], healthcheck: { command: [b] } }${rest} } }`;
    const [plain] = planServices(await composeOf(text('')), SURROUNDINGS);
    const defaults = { command: ['b'], intervalMs: 30_000, timeoutMs: 30_000, retries: 3, startPeriodMs: 0 };
    expect(plain!.launch.health).to.deep.equal(defaults);
    const [off] = planServices(await composeOf(text(', healthcheck: { disable: true }')), SURROUNDINGS);
    expect(off!.launch.health).to.equal(undefined);
  });

  it('asks for the main port of a service first, and only for those that it names', async () => {
    const uses = portUses(await composeOf(TWO));
    expect(uses).to.deep.equal([
      { service: 'app', name: '' },
      { service: 'app', name: 'ad-min' },
      { service: 'db', name: '' },
    ]);
    const without = 'services: { app: { image: "x:1", x-process: { command: [a], ports: { p: 1 } } } }';
    expect(portUses(await composeOf(without))).to.deep.equal([{ service: 'app', name: 'p' }]);
    expect(portsOf(SURROUNDINGS.endpoints)).to.deep.equal({ app: 20_001, 'app.ad-min': 20_002, db: 20_003 });
    expect(volumeNames(await composeOf(TWO))).to.deep.equal(['data', 'my-files']);
  });

  it('has ports filled into every value of the env, and nothing else', () => {
    const { endpoints } = SURROUNDINGS;
    const env = { A: 'http://x:{port:app}/{port:app.ad-min}', B: '{volume:data} {other}', C: '' };
    const filled = { A: 'http://x:20001/20002', B: '{volume:data} {other}', C: '' };
    expect(fillPorts(env, endpoints)).to.deep.equal(filled);
    for (const use of ['none', 'db.none', 'app.']) {
      expect(
        code(() => fillPorts({ A: `{port:${use}}` }, endpoints)),
        use,
      ).to.equal('InvalidInput');
    }
  });

  for (const [what, text] of [
    ['a volume that is not defined', 'x-process: { command: ["{volume:none}"] }'],
    ['a port that nobody has', 'x-process: { command: ["{port:none}"] }'],
    ['a secret without a value', 'x-process: { command: ["{secret:none}"] }'],
    ['a secret of an inherited name', 'x-process: { command: ["{secret:constructor}"] }'],
    ['two ports of one variable', 'x-process: { command: [a], ports: { a-b: 1, a_b: 2 } }'],
  ] as const) {
    it(`${what} is the recipe's mistake`, async () => {
      const compose = await composeOf(`services: { app: { image: "x:1", ${text} } }`);
      expect(code(() => planServices(compose, SURROUNDINGS))).to.equal('InvalidInput');
    });
  }

  for (const [what, text] of [
    ['volumes', 'volumes: { a-b: {}, a_b: {} }'],
    ['secrets', 'secrets: { a-b: { external: true }, a_b: { external: true } }'],
    ['a secret nobody gave', 'secrets: { other: { external: true } }'],
  ] as const) {
    it(`two names of one variable, or a name without a value, are refused: ${what}`, async () => {
      const services = 'services: { app: { image: "x:1", x-process: { command: [a] } } }';
      const secrets = { 'a-b': '/s/a-b', a_b: '/s/a_b' };
      const compose = await composeOf(`${services}\n${text}`);
      expect(code(() => planServices(compose, { ...SURROUNDINGS, secrets }))).to.equal('InvalidInput');
    });
  }
});

describe('what the process platform cannot run', () => {
  afterEach(removeRecipes);
  const RUN = 'image: "x:1", x-process: { command: [a] }';

  for (const [what, text, top] of [
    ['no x-process', 'image: "x:1"', ''],
    ['two replicas', `${RUN}, deploy: { replicas: 2 }`, ''],
    ['a bind mount', `${RUN}, volumes: ["/etc:/etc"]`, ''],
    ['a tmpfs among the volumes', `${RUN}, volumes: [{ type: tmpfs, target: /t }]`, ''],
    ['a tmpfs', `${RUN}, tmpfs: [/t]`, ''],
    ['devices', `${RUN}, devices: ["/dev/null:/dev/null"]`, ''],
    ['configs', `${RUN}, configs: [c]`, 'configs: { c: { file: ./c } }'],
  ] as const) {
    it(`${what} is Unsupported`, async () => {
      const compose = await composeOf({ 'compose.yml': `services: { app: { ${text} } }\n${top}`, c: '' });
      expect(code(() => refuseUnsupported(compose))).to.equal('Unsupported');
    });
  }

  it('one replica, none, named volumes and empty lists run', async () => {
    for (const rest of ['deploy: { replicas: 1 }', 'deploy: { replicas: 0 }', 'volumes: ["data:/d"]', 'tmpfs: []']) {
      refuseUnsupported(await composeOf(`services: { app: { ${RUN}, ${rest} } }\nvolumes: { data: {} }`));
    }
  });

  it('keys without effect are told, sorted; a health check only where no other one replaces it', async () => {
    const compose = await composeOf(`services:
  web: { ${RUN}, user: u, healthcheck: { test: x }, stop_grace_period: 1s, environment: { A: b }, labels: { a: b } }
  app: { image: "x:1", hostname: h, healthcheck: { test: x }, x-process: { command: [a], healthcheck: { command: [b] } } }
`);
    expect(ignoredKeys(compose)).to.deep.equal(['app.hostname', 'web.healthcheck', 'web.labels', 'web.user']);
  });
});
