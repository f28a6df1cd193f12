import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { CcError } from '../../../lib/errors.ts';
import {
  type Compose,
  type ComposeService,
  composeFilesOf,
  nameLimit,
  readCompose,
  stackNameOf,
  versionLabel,
} from '../../../lib/recipe/compose.ts';
import { parseGoDuration } from '../../../lib/recipe/go-duration.ts';
import { composeOf, recipeDirectory, removeRecipes } from './recipe-files.ts';

function service(compose: Compose, name = 'app'): ComposeService {
  const found = compose.services.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no service ${name}`);
  return found;
}

/** The service app with these lines below it. */
async function app(lines: string, env: Record<string, string> = {}, top = ''): Promise<ComposeService> {
  const body = lines.replaceAll(/^/gm, '    ');
  return service(await composeOf(`services:\n  app:\n    image: x/y:1.0.0\n${body}\n${top}`, env));
}

async function fault(promise: Promise<unknown>): Promise<CcError> {
  const error: unknown = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).to.be.instanceOf(CcError).with.property('code', 'InvalidInput');
  return error as CcError;
}

const BONFIRE_LIKE = {
  'compose.yml': `version: "3.8"
services:
  app:
    image: \${APP_REGISTRY:-ghcr.io}/bonfire/app:\${APP_VERSION:-1.0.6}-\${FLAVOUR}-\${APP_PLATFORM:-amd64}
    depends_on: [db]
    environment:
      - POSTGRES_HOST=\${STACK_NAME}_db
      - SERVER_PORT=\${SERVER_PORT:-4000}
      - DOMAIN
      - NOT_SET
      - "MATH=1+1=2"
    secrets: [secret_key_base, postgres_password]
    configs:
      - source: app_entrypoint
        target: /docker-entrypoint.sh
        mode: 0555
    networks: [proxy, internal]
    volumes: ["upload-data:/opt/app/data/uploads"]
    deploy:
      restart_policy: { condition: on-failure, delay: 5s, max_attempts: 3 }
      labels:
        - "traefik.enable=true"
        - coop-cloud.\${STACK_NAME}.version=2.0.1+1.0.6-social-amd64
        - coop-cloud.\${STACK_NAME}.timeout=\${TIMEOUT:-300}
        - "traefik.http.routers.x.rule=Host(\`\${DOMAIN}\`\${EXTRA_DOMAINS})"
        - "backupbot.backup=\${ENABLE_BACKUPS:-true}"
    healthcheck:
      test: ["CMD", "curl", "-f", "http://127.0.0.1:4000"]
      interval: 15s
      timeout: 10s
      retries: 10
      start_period: 1m
  db:
    image: postgis/postgis:12-3.4-alpine
    volumes:
      - type: volume
        source: db-data
        target: /var/lib/postgresql/data
      - type: tmpfs
        target: /dev/shm
    stop_grace_period: 2m
    networks: [internal]
    deploy:
      labels:
        backupbot.backup: "true"
        backupbot.backup.volumes.db-data.path: backup.sql
networks:
  proxy: { external: true }
  internal:
volumes:
  db-data:
  upload-data:
secrets:
  secret_key_base:
    external: true
    name: \${STACK_NAME}_secret_key_base_\${SECRET_SECRET_KEY_BASE_VERSION:-v1}
  postgres_password:
    external: true
    name: \${STACK_NAME}_postgres_password_\${SECRET_POSTGRES_PASSWORD_VERSION:-v1}
configs:
  app_entrypoint:
    name: \${STACK_NAME}_app_entrypoint_\${APP_ENTRYPOINT_VERSION:-v3}
    file: entrypoint.sh.tmpl
    template_driver: golang`,
  'postgres/compose.postgres.yml': `version: "3.8"
x-tune: &tune
  PGT_RAM: "4GB"
services:
  db:
    image: postgres:16.4
    environment:
      <<: *tune
      PGT_CPU: "2"
    entrypoint: ["/tune.sh"]
    configs: [{ source: tune, target: /tune.sh, mode: 0555 }]
    deploy: { update_config: { order: stop-first } }
configs:
  tune: { name: "\${STACK_NAME}_tune_\${TUNE_VERSION:-v2}", file: postgres/tune.sh }
`,
  'compose.mail.yml': `version: "3.8"
services:
  app:
    environment:
      - MAIL_BACKEND=smtp
      - SERVER_PORT=4001
    secrets:
      - mail_key
    deploy:
      labels:
        extra.label: "1"
secrets:
  mail_key: { external: true, name: "\${STACK_NAME}_mail_key_v1" }
`,
  'abra.sh': 'export APP_ENTRYPOINT_VERSION=v4\nexport UNUSED_VERSION="v9"\nrm -rf /\nsub() {\n  export NOT=$(x)\n}\n',
};

describe('compose files', () => {
  afterEach(removeRecipes);

  describe('a recipe with overlays', () => {
    const env = {
      COMPOSE_FILE: 'compose.yml:postgres/compose.postgres.yml:compose.mail.yml',
      DOMAIN: 'b.example.org',
      FLAVOUR: 'social',
    };

    it('merges services, labels, environment and references', async () => {
      const compose = await composeOf(BONFIRE_LIKE, env);
      const main = service(compose);
      expect(compose.services.map(({ name }) => name)).to.deep.equal(['app', 'db']);
      expect(main.image).to.equal('ghcr.io/bonfire/app:1.0.6-social-amd64');
      expect(main.environment).to.deep.equal({
        POSTGRES_HOST: 'st_example_org_db',
        SERVER_PORT: '4001',
        DOMAIN: 'b.example.org',
        MATH: '1+1=2',
        MAIL_BACKEND: 'smtp',
      });
      expect(main.labels['traefik.http.routers.x.rule']).to.equal('Host(`b.example.org`)');
      expect(main.labels['extra.label']).to.equal('1');
      expect(main.secrets.map(({ source }) => source)).to.deep.equal([
        'secret_key_base',
        'postgres_password',
        'mail_key',
      ]);
      expect(main.configs).to.deep.equal([{ source: 'app_entrypoint', target: '/docker-entrypoint.sh', mode: 0o555 }]);
      expect(versionLabel(compose, 'st_example_org')).to.equal('2.0.1+1.0.6-social-amd64');
      expect(compose.unsetVariables).to.deep.equal(['EXTRA_DOMAINS']);
      expect(compose.files).to.deep.equal(composeFilesOf(env));
    });

    it('normalises policies, mounts and checks', async () => {
      const compose = await composeOf(BONFIRE_LIKE, env);
      const main = service(compose);
      expect(main).to.include({
        restart: 'OnFailure',
        maxAttempts: 3,
        delayMs: 5000,
        replicas: 1,
        mode: 'Replicated',
        stopGraceMs: 10_000,
      });
      expect(main.healthcheck).to.deep.equal({
        intervalMs: 15_000,
        timeoutMs: 10_000,
        retries: 10,
        startPeriodMs: 60_000,
        test: ['CMD', 'curl', '-f', 'http://127.0.0.1:4000'],
        disable: false,
      });
      const db = service(compose, 'db');
      expect(db).to.deep.include({
        image: 'postgres:16.4',
        stopGraceMs: 120_000,
        restart: 'Always',
        entrypoint: ['/tune.sh'],
      });
      expect(db.environment).to.deep.equal({ PGT_RAM: '4GB', PGT_CPU: '2' });
      expect(db.volumes).to.deep.equal([
        { source: 'db-data', target: '/var/lib/postgresql/data', type: 'volume', readOnly: false },
        { source: '', target: '/dev/shm', type: 'tmpfs', readOnly: false },
      ]);
      expect(main.volumes[0]).to.include({ source: 'upload-data', target: '/opt/app/data/uploads', type: 'volume' });
    });

    it('takes names from abra.sh before defaults and env, and finds the variables in them', async () => {
      const compose = await composeOf(BONFIRE_LIKE, {
        ...env,
        APP_ENTRYPOINT_VERSION: 'v1',
        SECRET_SECRET_KEY_BASE_VERSION: 'v7',
      });
      expect(compose.configs.map(({ versionedName, variables }) => [versionedName, variables])).to.deep.equal([
        ['st_example_org_app_entrypoint_v4', ['APP_ENTRYPOINT_VERSION']],
        ['st_example_org_tune_v2', ['TUNE_VERSION']],
      ]);
      expect(compose.secrets[0]).to.deep.equal({
        name: 'secret_key_base',
        versionedName: 'st_example_org_secret_key_base_v7',
        external: true,
        variables: ['SECRET_SECRET_KEY_BASE_VERSION'],
      });
      expect(compose.secrets[2]?.variables).to.deep.equal([]);
    });

    it('names the overlay that is missing', async () => {
      const error = await fault(composeOf(BONFIRE_LIKE, { COMPOSE_FILE: 'compose.yml:compose.gone.yml' }));
      expect(error.message).to.include('compose.gone.yml');
    });

    it('names the file and place of an overlay with a broken reference', async () => {
      const files = {
        ...BONFIRE_LIKE,
        'compose.gh.yml': 'version: "3.8"\nservices:\n  app:\n    secrets:\n      - github_secret\n',
      };
      const error = await fault(composeOf(files, { COMPOSE_FILE: 'compose.yml:compose.gh.yml' }));
      expect(error.message).to.match(/compose\.gh\.yml:5:\d+/);
    });

    it('allows stack names as long as the longest secret leaves room for', async () => {
      const compose = await composeOf(BONFIRE_LIKE, env);
      expect(nameLimit(compose)).to.equal(64 - '_postgres_password_v1'.length);
      expect(nameLimit(await composeOf('services: { app: { image: x } }'))).to.equal(45);
    });
  });

  describe('values', () => {
    it('takes environment as a map, with numbers as they are written', async () => {
      const files =
        'services:\n  app:\n    image: x\n    environment:\n      A: 1.10\n      B: 0x1F\n      C:\n      D: "1"\n      E: 0123\n      F: ~\n';
      const compose = await composeOf(files, { C: 'from env' });
      expect(service(compose).environment).to.deep.equal({ A: '1.10', B: '0x1F', C: 'from env', D: '1', E: '0123' });
      expect(compose.nonStringValues).to.deep.equal([
        'compose.yml:5:10 app.A',
        'compose.yml:6:10 app.B',
        'compose.yml:9:10 app.E',
      ]);
    });

    it('T99 takes 0 in a health check for the default', async () => {
      const found = await app('healthcheck: {test: "true", interval: 0s, timeout: 0s, retries: 0, start_period: 0s}');
      expect(found.healthcheck).to.include({ intervalMs: 30_000, timeoutMs: 30_000, retries: 3, startPeriodMs: 0 });
    });

    it('unsets a variable that has no value anywhere', async () => {
      const found = await app('environment: [A, B=, C]', { C: 'c' });
      expect(found).to.deep.include({ environment: { B: '', C: 'c' }, unset: ['A'] });
      expect((await app('environment: {A: , B: ""}')).unset).to.deep.equal(['A']);
    });

    it('takes variables from env files, below its own, and from the env where a line has none', async () => {
      const text = 'services:\n  app:\n    image: x\n    env_file: [a.env, b.env]\n    environment: [A=own]\n';
      const files = { 'compose.yml': text, 'a.env': '# note\n\nA=1\nB="2" # kept\nC\nNONE\n', 'b.env': ' D= x\nB=3\n' };
      const compose = await composeOf(files, { C: 'given' });
      expect(service(compose).environment).to.deep.equal({ A: 'own', B: '3', C: 'given', D: ' x' });
    });

    it('keeps y, no and 22:22 as texts', async () => {
      const found = await app('environment: {A: y, B: no, C: 22:22, D: on}');
      expect(found.environment).to.deep.equal({ A: 'y', B: 'no', C: '22:22', D: 'on' });
    });

    it('reads labels beside deploy apart, in list and map form', async () => {
      const found = await app('labels: ["a=b=c", d]\ndeploy:\n  labels: {e: f, "g": 5}');
      expect(found.containerLabels).to.deep.equal({ a: 'b=c', d: '' });
      expect(found.labels).to.deep.equal({ e: 'f', g: '5' });
    });

    for (const [lines, expected] of [
      ['volumes: ["data:/data:ro"]', { source: 'data', target: '/data', type: 'volume', readOnly: true }],
      [
        'volumes: ["/var/run/docker.sock:/var/run/docker.sock"]',
        { source: '/var/run/docker.sock', target: '/var/run/docker.sock', type: 'bind', readOnly: false },
      ],
      ['volumes: ["/:/host:ro"]', { source: '/', target: '/host', type: 'bind', readOnly: true }],
      ['volumes: ["./x:/x"]', { source: './x', target: '/x', type: 'bind', readOnly: false }],
      ['volumes: ["/anonymous"]', { source: '', target: '/anonymous', type: 'volume', readOnly: false }],
      [
        'volumes: [{type: bind, source: /a, target: /b, read_only: true}]',
        { source: '/a', target: '/b', type: 'bind', readOnly: true },
      ],
    ] as const) {
      it(`reads ${lines}`, async () => {
        expect((await app(lines, {}, 'volumes: {data: }')).volumes).to.deep.equal([expected]);
      });
    }

    it('reads a woken job as it is meant', async () => {
      const found = await app(
        'deploy: {replicas: 0, restart_policy: {condition: none}}\ncommand: sh -c "x"\ntmpfs: /tmp:size=1M^',
      );
      expect(found).to.deep.include({ replicas: 0, restart: 'Never', command: 'sh -c "x"', tmpfs: ['/tmp:size=1M^'] });
    });

    it('takes numbers that came out of variables', async () => {
      expect((await app('deploy: {replicas: "${N:-2}"}')).replicas).to.equal(2);
      expect((await app('deploy: {replicas: "${N}"}', { N: '0' })).replicas).to.equal(0);
    });

    it('reads secret references with another target', async () => {
      const top = 'secrets: {db_password: {external: true, name: a}}';
      expect(
        (await app('secrets: [{source: db_password, target: db-password, mode: 0400}]', {}, top)).secrets,
      ).to.deep.equal([{ source: 'db_password', target: 'db-password', mode: 0o400 }]);
    });

    it('leaves absent what the file does not have', async () => {
      const found = await app('');
      expect(found.keys).to.deep.equal(['image']);
      for (const key of [
        'healthcheck',
        'process',
        'command',
        'entrypoint',
        'devices',
        'tmpfs',
        'maxAttempts',
        'delayMs',
      ]) {
        expect(found).not.to.have.property(key);
      }
    });

    it('gives an empty image where there is none', async () => {
      expect(service(await composeOf('services: {app: {}}')).image).to.equal('');
    });

    it('knows disabled healthchecks in both forms', async () => {
      expect((await app('healthcheck: {disable: true}')).healthcheck?.disable).to.equal(true);
      expect((await app('healthcheck: {test: ["NONE"]}')).healthcheck?.disable).to.equal(true);
      expect((await app('healthcheck: {test: "true"}')).healthcheck).to.include({
        disable: false,
        test: 'true',
        retries: 3,
      });
    });

    it('survives services and variables named like object members', async () => {
      const compose = await composeOf('services: {app: {image: "${constructor:-x}"}, constructor: {image: y}}');
      expect(compose.services.map(({ name, image }) => [name, image])).to.deep.equal([
        ['app', 'x'],
        ['constructor', 'y'],
      ]);
    });
  });

  describe('the x-process block', () => {
    it('is interpolated and typed', async () => {
      const lines = `x-process:
  command: [node, server.mjs, "--greeting=\${G:-hello}", 3]
  port: 8080
  ports: { admin: 9000 }
  environment: { DATA_DIR: "{volume:data}", N: 5 }
  healthcheck: { command: [./healthy.sh] }`;
      expect((await app(lines)).process).to.deep.equal({
        command: ['node', 'server.mjs', '--greeting=hello', '3'],
        port: 8080,
        ports: { admin: 9000 },
        environment: { DATA_DIR: '{volume:data}', N: '5' },
        healthcheck: { command: ['./healthy.sh'] },
      });
    });

    it('is merged from an overlay, the command replaced', async () => {
      const files = {
        'compose.yml': 'services: {app: {image: x, x-process: {command: [a, b], port: 1, environment: [A=1]}}}',
        'compose.o.yml': 'services: {app: {x-process: {command: [c], environment: {B: 2}}}}',
      };
      const compose = await composeOf(files, { COMPOSE_FILE: 'compose.yml:compose.o.yml' });
      expect(service(compose).process).to.deep.equal({
        command: ['c'],
        port: 1,
        ports: {},
        environment: { A: '1', B: '2' },
      });
    });

    for (const body of [
      '{}',
      '{command: []}',
      '{command: node x}',
      '{command: [a], port: 0}',
      '{command: [a], port: 65536}',
      '{command: [[a]]}',
      '[a]',
    ]) {
      it(`refuses ${body}`, async () => {
        expect((await fault(app(`x-process: ${body}`))).message).to.include('compose.yml:4:');
      });
    }
  });

  describe('faults', () => {
    for (const [name, text, place] of [
      ['broken YAML', 'services:\n  app: [', 'compose.yml:2:'],
      ['a repeated key', 'services:\n  app: {image: a}\n  app: {image: b}', 'compose.yml:3:3'],
      ['two documents', 'services: {app: {image: a}}\n---\nservices: {}', 'compose.yml:2:'],
      ['a list as file', '- a', 'compose.yml:1:1'],
      ['no services', 'version: "3.8"', 'compose.yml'],
      ['a list of services', 'services: [app]', 'compose.yml:1:11'],
      ['an empty file', '', 'compose.yml'],
      ['a required variable', 'services:\n  app:\n    image: ${IMAGE:?set it}', 'compose.yml:3:12'],
      ['a shell expression', 'services:\n  app:\n    image: $(date)', 'compose.yml:3:12'],
      ['a duration without unit', 'services:\n  app:\n    image: a\n    stop_grace_period: "10"', 'compose.yml:4:24'],
      ['a word for a number', 'services:\n  app:\n    image: a\n    deploy: {replicas: many}', 'compose.yml:4:24'],
      [
        'an unknown condition',
        'services:\n  app:\n    image: a\n    deploy: {restart_policy: {condition: always}}',
        'compose.yml:4:',
      ],
      ['an unknown volume', 'services:\n  app:\n    image: a\n    volumes: ["data:/data"]', 'compose.yml:4:'],
      ['an unknown network', 'services:\n  app:\n    image: a\n    networks: [proxy]', 'compose.yml:4:'],
      ['an unknown config', 'services:\n  app:\n    image: a\n    configs: [x]', 'compose.yml:4:'],
      ['an image that is a map', 'services:\n  app:\n    image: {a: b}', 'compose.yml:3:12'],
    ] as const) {
      it(`places ${name} and has a remedy`, async () => {
        const error = await fault(composeOf(text));
        expect(error.message).to.include(place);
        expect(error.remedy).to.be.a('string').and.not.equal('');
      });
    }

    it('refuses a bomb of aliases', async () => {
      const levels = Array.from({ length: 12 }, (_, n) => `x${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`);
      await fault(composeOf(`x0: &a0 [lol]\n${levels.join('\n')}\nservices: {app: {image: x}}`));
    });

    it('refuses a file that is far too big', async () => {
      await fault(composeOf(`services: {app: {image: x}}\n#${'x'.repeat(2 ** 20)}`));
    });

    for (const file of ['../compose.yml', '/etc/hostname', 'link.yml', 'sub/../../outside.yml']) {
      it(`reads nothing outside the recipe: ${file}`, async () => {
        const directory = await recipeDirectory({ 'compose.yml': 'services: {app: {image: x}}', 'sub/a': '' });
        const outside = await recipeDirectory({ 'secret.yml': 'password: hunter2\n- broken' });
        await symlink(join(outside, 'secret.yml'), join(directory, 'link.yml'));
        await writeFile(join(outside, 'compose.yml'), 'services: {app: {image: evil}}');
        const error = await fault(readCompose({ directory, files: [file], env: {} }));
        expect(error.message).not.to.include('hunter2');
      });
    }

    it('names the file of a fault in an overlay, not the base', async () => {
      const files = {
        'compose.yml': 'services: {app: {image: x, stop_grace_period: 10s}}',
        'compose.o.yml': 'services:\n  app:\n    stop_grace_period: soon\n',
      };
      expect((await fault(composeOf(files, { COMPOSE_FILE: 'compose.yml:compose.o.yml' }))).message).to.include(
        'compose.o.yml:3:24',
      );
    });

    it('throws nothing but CcError, whatever the file holds', async function () {
      this.timeout(20_000);
      const scalar = fc.oneof(
        fc.constantFrom('', 'a', '${X', '$X', '1', 'true', '~', '10s', 'a:b', 'data:/d'),
        fc.integer(),
      );
      const { tree } = fc.letrec<{ tree: unknown; node: unknown }>((tie) => ({
        node: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('node'), { maxLength: 3 }), tie('tree')),
        tree: fc.dictionary(
          fc.constantFrom(
            'image',
            'environment',
            'labels',
            'deploy',
            'volumes',
            'secrets',
            'configs',
            'networks',
            'healthcheck',
            'test',
            'replicas',
            'x-process',
            'command',
            'mode',
            'name',
            'external',
            'restart_policy',
          ),
          tie('node'),
        ),
      }));
      const directory = await recipeDirectory({});
      await fc.assert(
        fc.asyncProperty(tree, tree, async (body, top) => {
          await writeFile(
            join(directory, 'compose.yml'),
            JSON.stringify({ ...(top as object), services: { app: body } }),
          );
          const result: unknown = await readCompose({ directory, files: ['compose.yml'], env: {} }).catch(
            (error: unknown) => error,
          );
          if (result instanceof Error) expect(result).to.be.instanceOf(CcError).with.property('code', 'InvalidInput');
        }),
        { numRuns: 300 },
      );
    });
  });

  describe('names and lists', () => {
    it('reads COMPOSE_FILE', () => {
      expect(composeFilesOf({})).to.deep.equal(['compose.yml']);
      expect(composeFilesOf({ COMPOSE_FILE: ':compose.yml::a.yml:compose.yml' })).to.deep.equal([
        'compose.yml',
        'a.yml',
      ]);
    });

    it('makes stack names of domains', () => expect(stackNameOf('a-b.ci.example.org')).to.equal('a-b_ci_example_org'));

    it('finds the version label on another service than app, and takes no empty one', async () => {
      const compose = await composeOf(
        'services: {app: {image: x, deploy: {labels: ["coop-cloud.${STACK_NAME}.version="]}}, web: {image: x, deploy: {labels: ["coop-cloud.${STACK_NAME}.version=1.0.0+1"]}}}',
      );
      expect(versionLabel(compose, 'st_example_org')).to.equal('1.0.0+1');
      expect(versionLabel(compose, 'other')).to.equal(undefined);
    });
  });

  describe('durations', () => {
    for (const [text, expected] of [
      ['10s', 10_000],
      ['1m30s', 90_000],
      ['1h', 3_600_000],
      ['500ms', 500],
      ['1.5s', 1500],
      ['0', 0],
      ['0s', 0],
      ['+5s', 5000],
      ['++5s', undefined],
      ['100us', 0],
      ['10', undefined],
      ['', undefined],
      ['s', undefined],
      ['1d', undefined],
      ['1s ', undefined],
      ['-1s', undefined],
    ] as const) {
      it(`"${text}" is ${expected} ms`, () => expect(parseGoDuration(text)).to.equal(expected));
    }
  });
});
