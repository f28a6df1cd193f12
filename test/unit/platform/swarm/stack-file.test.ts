import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { CcError } from '../../../../lib/errors.ts';
import { recipeFiles, stackFile } from '../../../../lib/platform/swarm/stack/file.ts';
import { removeRecipes } from '../../recipe/recipe-files.ts';
import { type PlanParts, planOf, STACK } from './stack-plans.ts';

interface Body {
  image: string;
  environment: Record<string, string>;
  deploy: { labels: Record<string, string>; resources?: unknown };
  volumes: unknown[];
  configs: { mode?: number }[];
  env_file?: string[];
  [key: string]: unknown;
}

interface Tree {
  version: string;
  services: Record<'app' | 'web' | 'db', Body>;
  configs: { c: { file: string } };
  secrets: { s: { file: string } };
  volumes: unknown;
}

/** What the CLI would read, before it fills in variables. */
async function treeOf(files: Readonly<Record<string, string>> | string, parts?: PlanParts): Promise<Tree> {
  return parse(stackFile({ plan: await planOf(files, parts), instanceId: 'i1' }));
}

/** The service app with these lines below it. */
async function app(lines: string, parts: PlanParts = {}, top = ''): Promise<Body> {
  const text = `version: "3.8"\nservices:\n  app:\n    image: x/y:1\n${lines.replaceAll(/^/gm, '    ')}\n${top}`;
  return (await treeOf(text, parts)).services.app;
}

async function fault(promise: Promise<unknown>): Promise<CcError> {
  const error: unknown = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).to.be.instanceOf(CcError).with.property('code', 'InvalidInput');
  return error as CcError;
}

describe('the stack file', () => {
  afterEach(removeRecipes);

  describe('values', () => {
    it('are typed where the schema wants it, also when a variable gave them', async () => {
      const env = { N: '3', T: 'yes', P: '8080', R: '0.5', F: 'off' };
      const body = await app(
        `read_only: "\${T}"
init: true
healthcheck: {test: "true", retries: "\${N}", disable: "\${F}"}
ports: [{target: "\${P}", published: "\${P}", mode: host}]
volumes: [{type: volume, source: v, target: /v, read_only: "\${T}", volume: {nocopy: "\${F}"}}]
configs: [{source: c, target: /c, mode: 0555}]
deploy: {replicas: "\${N}", update_config: {parallelism: "\${N}", max_failure_ratio: "\${R}"}}`,
        { env },
        'volumes: {v: }\nconfigs: {c: {external: "${T}", name: c}}',
      );
      expect(body).to.include({ read_only: true, init: true });
      expect(body.healthcheck).to.deep.equal({ test: 'true', retries: 3, disable: false });
      expect(body.ports).to.deep.equal([{ target: 8080, published: 8080, mode: 'host' }]);
      expect(body.volumes[0])
        .to.include({ read_only: true })
        .and.to.deep.include({ volume: { nocopy: false } });
      expect(body.configs[0]?.mode).to.equal(0o555);
      expect(body.deploy).to.deep.include({ replicas: 3, update_config: { parallelism: 3, max_failure_ratio: 0.5 } });
    });

    it('that look like numbers stay texts elsewhere', async () => {
      const body = await app('hostname: "1"\nenvironment: [A=1, B=true]\ndeploy: {resources: {limits: {cpus: "1"}}}');
      expect(body).to.deep.include({ hostname: '1', environment: { A: '1', B: 'true' } });
      expect(body.deploy.resources).to.deep.equal({ limits: { cpus: '1' } });
    });

    it('of the wrong type are refused by the name of their key', async () => {
      const error = await fault(app('deploy: {update_config: {parallelism: "${X}"}}', { env: { X: 'many' } }));
      expect(error.message).to.include('services.app.deploy.update_config.parallelism');
    });

    it('have no dollar sign left that the CLI would read', async () => {
      const body = await app('environment: ["P=a$$b", "Q=${X}"]\ncommand: ["$$HOME"]', { env: { X: '$5 ${Y}' } });
      expect(body.environment).to.include({ P: 'a$$b', Q: '$$5 $${Y}' });
      expect(body.command).to.deep.equal(['$$HOME']);
    });

    it('come through whatever characters they have', async () => {
      const plan = await planOf('services: {app: {image: x}}\n');
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), (value) => {
          const text = stackFile({ plan: { ...plan, app: { ...plan.app, env: { KEY: value } } }, instanceId: 'i1' });
          expect(parse(text).services.app.environment.KEY).to.equal(value.replaceAll('$', '$$$$'));
        }),
      );
    });

    it('hold no character that YAML forbids', async () => {
      const plan = await planOf('services: {app: {image: x}}\n', { env: { KEY: 'a\u0085b\u2028c\ufeffd\u007fe' } });
      expect(stackFile({ plan, instanceId: 'i1' })).to.match(/^[\n\x20-\x7e]+$/);
    });
  });

  describe('marks', () => {
    const two = `services:
  app: {image: x, deploy: {labels: ["mine=1"]}}
  web: {image: y, deploy: {labels: ["coop-cloud.\${STACK_NAME}.version=1.0.0+2"]}}
`;

    it('every service with commit and instance', async () => {
      const { services } = await treeOf(two);
      for (const name of ['app', 'web'] as const) {
        expect(services[name].deploy.labels).to.include({
          'cc-ci.commit': '0123456789abcdef0123',
          'cc-ci.instance': 'i1',
        });
      }
    });

    it('the service with the version as abra does, a commit without a tag as chaos', async () => {
      const { app: first, web } = (await treeOf(two)).services;
      expect(web.deploy.labels).to.include({
        [`coop-cloud.${STACK}.version`]: '1.0.0+2',
        [`coop-cloud.${STACK}.recipe`]: 'notes',
        [`coop-cloud.${STACK}.chaos`]: 'true',
        [`coop-cloud.${STACK}.chaos-version`]: '01234567',
      });
      expect(first.deploy.labels).to.have.all.keys('mine', 'cc-ci.commit', 'cc-ci.instance');
    });

    it('app where no service has a version; a version is no chaos', async () => {
      const { labels } = (await app('user: u', { version: '1.0.0+2' })).deploy;
      expect(labels).to.include({ [`coop-cloud.${STACK}.chaos`]: 'false' });
      expect(labels).not.to.have.property(`coop-cloud.${STACK}.chaos-version`);
    });

    it('over what the recipe writes under our names', async () => {
      const { labels } = (await app('deploy: {labels: {cc-ci.commit: forged}}')).deploy;
      expect(labels['cc-ci.commit']).to.equal('0123456789abcdef0123');
    });
  });

  describe('environment', () => {
    it('of app has the whole env below what the recipe sets; others have not', async () => {
      const env = { TYPE: 'notes', EXTRA: 'e', SET: 'env', GIVEN: 'g' };
      const text = 'services: {app: {image: x, environment: [SET=recipe, GIVEN, NOT_GIVEN]}, db: {image: y}}\n';
      const { services } = await treeOf(text, { env, version: '1.0.0+2' });
      expect(services.app.environment).to.deep.equal({
        TYPE: 'notes:1.0.0+2',
        EXTRA: 'e',
        SET: 'recipe',
        GIVEN: 'g',
        NOT_GIVEN: null,
      });
      expect(services.db.environment).to.deep.equal({});
    });
  });

  describe('shape', () => {
    it('gives lists back that were read as maps', async () => {
      const body = await app(
        'networks: [n]\nvolumes: ["v:/v:ro"]\nsecrets: [s]\nconfigs: [{source: s2, target: /t}]\ndepends_on: [app]\nx-process: {command: [a]}',
        {},
        'networks: {n: }\nvolumes: {v: }\nsecrets: {s: {external: true}}\nconfigs: {s2: {external: true}}',
      );
      expect(body).to.deep.include({
        networks: { n: null },
        volumes: ['v:/v:ro'],
        secrets: ['s'],
        configs: [{ source: 's2', target: '/t' }],
      });
      expect(body).not.to.have.any.keys('depends_on', 'x-process');
    });

    it('has no x- keys at the top and in sections', async () => {
      const tree = await treeOf('x-a: {}\nservices: {app: {image: x}}\nvolumes: {v: {x-b: 1}}\n');
      expect(tree).not.to.have.property('x-a');
      expect(tree.volumes).to.deep.equal({ v: {} });
    });

    it('runs the images of the plan', async () => {
      expect((await app('user: u', { images: { app: 'x/y:1@sha256:ab' } })).image).to.equal('x/y:1@sha256:ab');
    });

    const VERSIONS: [string, string, string][] = [
      ['version: "3.9"\n', '3.9', ''],
      ['version: "3.0"\n', '3.8', ''],
      ['version: "3.2"\n', '3.8', ', ports: [{target: 80}], deploy: {labels: {a: b}}'],
      ['', '3.8', ''],
      ['', '3.13', ', healthcheck: {test: "true", start_interval: 1s}'],
    ];
    for (const [line, wanted, more] of VERSIONS) {
      it(`has the version ${wanted} for ${JSON.stringify(line + more)}`, async () => {
        expect((await treeOf(`${line}services: {app: {image: x${more}}}\n`)).version).to.equal(wanted);
      });
    }

    it('takes a variable of the image away where it has no value, but for those of the CLI', async () => {
      const body = await app('environment: [GONE, PATH, "EMPTY=", "A=1"]');
      expect(body.environment).to.include({ GONE: null, EMPTY: '', A: '1' }).and.not.to.have.property('PATH');
    });

    it('has no section that the recipe has not: early formats know neither secrets nor configs', async () => {
      const tree = await treeOf('version: "3.0"\nservices: {app: {image: x}}\n');
      expect(tree).to.have.all.keys('version', 'services');
    });

    it('refuses the formats before 3', async () => {
      await fault(treeOf('version: "2.4"\nservices: {app: {image: x}}\n'));
    });
  });

  describe('files', () => {
    it('are absolute, inside the revision', async () => {
      const text = `services:
  app: {image: x, env_file: more.env, volumes: ["./etc:/etc/x:ro", {type: bind, source: ./b, target: /b}]}
configs: {c: {file: ./sub/../c.tmpl}}
secrets: {s: {file: s.txt}}
`;
      const plan = await planOf({ 'compose.yml': text, 'more.env': 'A=1\n' });
      const tree: Tree = parse(stackFile({ plan, instanceId: 'i1' }));
      const { directory } = plan.revision;
      expect(tree.configs.c.file).to.equal(join(directory, 'c.tmpl'));
      expect(tree.secrets.s.file).to.equal(join(directory, 's.txt'));
      expect(tree.services.app.env_file).to.deep.equal([join(directory, 'more.env')]);
      expect(tree.services.app.volumes).to.deep.equal([
        `${join(directory, 'etc')}:/etc/x:ro`,
        { type: 'bind', source: join(directory, 'b'), target: '/b' },
      ]);
      expect(recipeFiles(plan).map(({ key }) => key)).to.deep.equal([
        'secrets.s.file',
        'configs.c.file',
        'services.app.env_file',
      ]);
    });

    const OUTSIDE: [string, string][] = [
      ['', 'configs: {c: {file: ../c}}'],
      ['', 'secrets: {s: {file: /etc/shadow}}'],
      ['', 'configs: {c: {file: a/../../c}}'],
      ['env_file: [../x]', ''],
      ['volumes: ["../x:/x"]', ''],
      ['volumes: ["~/x:/x"]', ''],
    ];
    for (const [lines, top] of OUTSIDE) {
      it(`outside of it are refused: ${lines}${top}`, async () => {
        await fault(app(lines, {}, top));
      });
    }
  });
});
