import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type ConfigInputs, configFlags, type LoadedConfig, loadConfig } from '../../../lib/config/load.ts';
import { CcError } from '../../../lib/errors.ts';

/** Fields that need another one, and its flag. */
const NEEDED: Readonly<Record<string, Record<string, string>>> = {
  'forge.webhook.listen': { forgeWebhookSecretFile: 'k' },
  'forge.url': { forgeTokenFile: 'k' },
};

describe('configuration', () => {
  let cwd: string;

  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'cc-ci-config-'));
  });

  afterEach(async () => {
    await rm(cwd, { recursive: true, force: true });
  });

  function load(inputs: Partial<ConfigInputs> = {}): Promise<LoadedConfig> {
    return loadConfig({ flags: {}, env: {}, cwd, systemFile: join(cwd, 'etc', 'cc-ci.yaml'), ...inputs });
  }

  async function write(path: string, content: string): Promise<string> {
    const file = join(cwd, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  }

  async function refusal(inputs: Partial<ConfigInputs> = {}): Promise<CcError> {
    const error = await load(inputs).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof CcError)) expect.fail(`not refused: ${String(error)}`);
    expect(error.code).to.equal('InvalidInput');
    return error;
  }

  describe('without any source', () => {
    it('gives the defaults, paths from the current directory', async () => {
      const { resolved, file, sources, notes } = await load();
      expect(resolved).to.deep.equal({
        specDirectory: join(cwd, 'specs'),
        stateDirectory: join(cwd, '.cc-ci'),
        zone: 'ci.localhost',
        platform: 'Auto',
        maxRuns: 1,
        resyncMs: 600_000,
        deletionGraceMs: 30_000,
        hostPorts: { first: 20_000, last: 29_999 },
        sourceCredentials: [],
        allowRecipeTests: [],
        untrusted: { memoryBytes: 2 ** 30, cpus: 1, pids: 512 },
        process: {},
        site: { directory: join(cwd, '.cc-ci', 'site') },
        swarm: { socket: '/var/run/docker.sock', baseUrl: 'https://{domain}' },
        abra: { binary: 'abra', server: 'default' },
        disk: { pruneAbovePercent: 80, floorBytes: 2 * 2 ** 30 },
        artifacts: { keep: 500 },
        memory: { floorBytes: 512 * 2 ** 20 },
        alerts: { sinks: [] },
        metrics: {},
        forge: { pollIntervalMs: 30_000, webhook: {}, authorised: [] },
      });
      expect(file).to.equal(undefined);
      expect(new Set(Object.values(sources))).to.deep.equal(new Set(['Default']));
      expect(notes).to.deep.equal([]);
    });
  });

  describe('the file', () => {
    it('is the one of --config, else of the variable, else the local one, else that of the system', async () => {
      const system = await write('etc/cc-ci.yaml', 'zone: system.test');
      expect((await load()).file).to.equal(system);
      const local = await write('cc-ci.yaml', 'zone: local.test');
      expect((await load()).file).to.equal(local);
      const named = await write('a.yaml', 'zone: a.test');
      const env = { CC_CI_CONFIG: 'a.yaml' };
      expect((await load({ env })).file).to.equal(named);
      await write('sub/b.yaml', 'zone: b.test');
      const { config, file } = await load({ env, flags: { config: 'sub/b.yaml' } });
      expect({ zone: config.zone, file }).to.deep.equal({ zone: 'b.test', file: join(cwd, 'sub/b.yaml') });
    });

    it('must exist where it was named, and be readable', async () => {
      expect((await refusal({ flags: { config: 'no.yaml' } })).message).to.contain(join(cwd, 'no.yaml'));
      expect((await refusal({ env: { CC_CI_CONFIG: 'no.yaml' } })).message).to.contain('CC_CI_CONFIG');
      await mkdir(join(cwd, 'cc-ci.yaml'));
      await refusal();
    });

    it('may be empty', async () => {
      const file = await write('cc-ci.yaml', '# zone: x\n');
      expect((await load()).file).to.equal(file);
    });

    it('has its own directory as the base of its paths', async () => {
      await write(
        'etc/cc-ci.yaml',
        'specDirectory: ./s\nrecipeSource: recipes/{recipe}\nalerts: { sinks: [{ webhook: { url: "http://x", secretFile: key } }] }\n',
      );
      const { config } = await load({ env: { CC_CI_STATE_DIRECTORY: 'state' } });
      expect(config.specDirectory).to.equal(join(cwd, 'etc/s'));
      expect(config.stateDirectory).to.equal(join(cwd, 'state'));
      expect(config.recipeSource).to.equal(join(cwd, 'etc/recipes/{recipe}'));
      expect(config.alerts.sinks[0]?.webhook?.secretFile).to.equal(join(cwd, 'etc/key'));
    });

    it('has it for the program of an alert sink as well, whose arguments are its own', async () => {
      await write(
        'etc/cc-ci.yaml',
        'alerts: { sinks: [{ command: [bin/notify, ./x, a/b] }, { command: [notify] }] }\n',
      );
      const { config } = await load({ env: { CC_CI_CONFIG: 'etc/cc-ci.yaml' } });
      expect(config.alerts.sinks.map(({ command }) => command)).to.deep.equal([
        [join(cwd, 'etc/bin/notify'), './x', 'a/b'],
        ['notify'],
      ]);
    });

    for (const sinks of ['{ webhook: { url: "http://a:99999/" } }', '{ command: [""] }']) {
      it(`is refused for a sink that can never be reached: ${sinks}`, async () => {
        await write('cc-ci.yaml', `alerts: { sinks: [${sinks}] }\n`);
        expect((await refusal()).message).to.contain('alerts.sinks[0]');
      });
    }

    it('leaves URLs, bare programs and absolute paths alone', async () => {
      await write(
        'cc-ci.yaml',
        'recipeSource: git@git.example.org:r/{recipe}.git\nabra: { binary: abra }\nstateDirectory: /var/lib/cc-ci\n',
      );
      const { config } = await load();
      expect(config.recipeSource).to.equal('git@git.example.org:r/{recipe}.git');
      expect(config.abra.binary).to.equal('abra');
      expect(config.stateDirectory).to.equal('/var/lib/cc-ci');
      const url = 'https://git.example.org/{recipe}.git';
      expect((await load({ flags: { recipeSource: url, abraBinary: './abra' } })).config).to.deep.include({
        recipeSource: url,
        abra: { binary: join(cwd, 'abra'), server: 'default' },
      });
    });

    for (const [reason, content, place] of [
      ['an unknown field', 'zone: a.test\nspecDir: x\n', ':2:1: specDir'],
      ['a wrong type', 'maxRuns: many\n', ':1:10: maxRuns'],
      ['a wrong duration', 'resync: 10\n', ':1:9: resync'],
      ['an unknown inner field', 'forge: { token: x }\n', ':1:10: forge.token'],
      ['a field that another one needs', 'forge: { webhook: { listen: "1" } }\n', ':1:10: forge.webhook'],
      [
        'a sink of two kinds',
        'alerts: { sinks: [{ command: [x], webhook: { url: "http://x" } }] }\n',
        ':1:19: alerts.sinks[0]',
      ],
      ['a sink of none', 'alerts: { sinks: [{}] }\n', ':1:19: alerts.sinks[0]'],
      [
        'a webhook that is no URL of the web',
        'alerts:\n  sinks:\n    - webhook: { url: "ftp://x/" }\n',
        ':3:23: alerts.sinks[0].webhook.url',
      ],
      [
        'a webhook without a host',
        'alerts: { sinks: [{ webhook: { url: "https:///x" } }] }\n',
        ':1:37: alerts.sinks[0].webhook.url',
      ],
      ['a command as one text', 'alerts: { sinks: [{ command: "notify me" }] }\n', ':1:30: alerts.sinks[0].command'],
      ['a command of nothing', 'alerts: { sinks: [{ command: [] }] }\n', ':1:30: alerts.sinks[0].command'],
      [
        'a zero byte in an argument',
        'alerts: { sinks: [{ command: [a, "b\\0"] }] }\n',
        ':1:34: alerts.sinks[0].command[1]',
      ],
      [
        'an unknown field of a sink',
        'alerts: { sinks: [{ webhook: { url: "http://x", secret: y } }] }\n',
        ':1:49: alerts.sinks[0].webhook.secret',
      ],
      [
        'more sinks than there may be',
        `alerts: { sinks: [${Array(17).fill('{ command: [x] }').join(', ')}] }\n`,
        ':1:18: alerts.sinks',
      ],
      ['a sink without its address', 'alerts: { sinks: [{ webhook: {} }] }\n', ':1:21: alerts.sinks[0].webhook'],
      ['bad YAML', 'a: [\n', ':'],
      ['a list', '- a\n', ':1:1'],
    ] as const) {
      it(`is refused with its place for ${reason}`, async () => {
        const file = await write('cc-ci.yaml', content);
        expect((await refusal()).message).to.contain(`${file}${place}`);
      });
    }
  });

  describe('flags and variables', () => {
    it('win field by field: flag, variable, file, default', async () => {
      await write('cc-ci.yaml', 'zone: file.test\nmaxRuns: 2\nresync: 1m\n');
      const flags = { zone: 'flag.test' };
      const env = { CC_CI_ZONE: 'variable.test', CC_CI_MAX_RUNS: '3' };
      const { resolved, sources } = await load({ flags, env });
      expect(resolved).to.include({ zone: 'flag.test', maxRuns: 3, resyncMs: 60_000 });
      expect(sources).to.include({ zone: 'Flag', maxRuns: 'Variable', resync: 'File', platform: 'Default' });
    });

    it('set inner fields beside those of the file', async () => {
      await write('cc-ci.yaml', 'forge: { webhook: { secretFile: key } }\n');
      const { resolved } = await load({ flags: { forgeWebhookListen: '8090' } });
      expect(resolved.forge.webhook).to.deep.equal({
        listen: { host: '127.0.0.1', port: 8090 },
        secretFile: join(cwd, 'key'),
      });
    });

    it('exist for every scalar field, each with one name, and all of them work', async () => {
      const all = configFlags();
      for (const key of ['flag', 'option', 'variable', 'field'] as const) {
        expect(new Set(all.map((each) => each[key])).size).to.equal(all.length);
      }
      for (const { field, option, variable, type, description } of all) {
        expect(description, field).not.to.equal('');
        const value = SAMPLES[field] ?? (type === 'integer' ? '2' : 'x');
        const rest = NEEDED[field] ?? {};
        const byFlag = await load({ flags: { ...rest, [option]: value } });
        const byVariable = await load({ flags: rest, env: { [variable]: value } });
        expect(byFlag.sources[field], field).to.equal('Flag');
        expect(byVariable.sources[field], field).to.equal('Variable');
        expect(byVariable.config).to.deep.equal(byFlag.config);
        expect(byFlag.config).not.to.deep.equal((await load({ flags: rest })).config);
      }
    });

    it('the site has a directory of its own, and an address that ends with a slash', async () => {
      await write('cc-ci.yaml', 'site: { directory: www, url: "https://ci.example.org/s" }\n');
      const { resolved } = await load({ flags: { siteListen: '[::1]:8080' } });
      expect(resolved.site).to.deep.equal({
        directory: join(cwd, 'www'),
        url: 'https://ci.example.org/s/',
        listen: { host: '::1', port: 8080 },
      });
      const refused = [
        ...['javascript:alert(1)', 'https://user@ci.example.org', 'https://ci.example.org/?x'].map((siteUrl) => ({
          siteUrl,
        })),
        ...['./specs', './.cc-ci'].map((siteDirectory) => ({ siteDirectory })),
        { siteListen: '70000' },
      ];
      for (const flags of refused) await refusal({ flags });
    });

    it('are named as the fields are', () => {
      const webhook = configFlags().find(({ field }) => field === 'forge.webhook.secretFile');
      expect(webhook).to.include({
        flag: '--forge-webhook-secret-file',
        option: 'forgeWebhookSecretFile',
        variable: 'CC_CI_FORGE_WEBHOOK_SECRET_FILE',
      });
    });

    it('count as absent where they are empty, and take the platform in any case', async () => {
      const { sources, config } = await load({
        flags: { zone: '' },
        env: { CC_CI_ZONE: '', CC_CI_PLATFORM: 'proCESS' },
      });
      expect(sources.zone).to.equal('Default');
      expect(config.platform).to.equal('Process');
    });

    it('are named in the refusal, all of them at once', async () => {
      const { message } = await refusal({
        flags: { maxRuns: '0x2' },
        env: { CC_CI_RESYNC: 'soon', CC_CI_PLATFORM: 'vm' },
      });
      expect(message.split('\n').map((line) => line.split(':', 1)[0])).to.have.members([
        '--max-runs',
        'CC_CI_RESYNC',
        'CC_CI_PLATFORM',
      ]);
    });

    for (const [field, flags] of [
      ['hostPorts', { hostPorts: '200-100' }],
      ['hostPorts', { hostPorts: '1000-70000' }],
      ['hostPorts', { hostPorts: '0-10' }],
      ['untrusted.memory', { untrustedMemory: '1MiB' }],
      ['listen', { metricsListen: '127.0.0.1:70000' }],
      ['stateDirectory', { specDirectory: 'x', stateDirectory: './x' }],
      ['webhook', { forgeWebhookListen: '80' }],
    ] as const) {
      it(`are refused where they cannot work: ${JSON.stringify(flags)}`, async () => {
        expect((await refusal({ flags })).message).to.match(new RegExp(`${field}|secretFile`));
      });
    }

    it('read addresses with and without a host', async () => {
      for (const [text, host, port] of [
        ['9464', '127.0.0.1', 9464],
        ['0.0.0.0:80', '0.0.0.0', 80],
        ['[::1]:81', '::1', 81],
      ] as const) {
        expect((await load({ flags: { metricsListen: text } })).resolved.metrics.listen).to.deep.equal({ host, port });
      }
    });

    it('that are no variables of ours get a note with a guess', async () => {
      const { notes } = await load({ env: { CC_CI_SPEC_DIR: 'x', CC_CI_CONFIG: '', CCCI_TOKEN: 'y', HOME: '/' } });
      expect(notes).to.have.length(1);
      expect(notes[0]).to.contain('CC_CI_SPEC_DIR ').and.contain('CC_CI_SPEC_DIRECTORY');
    });
  });
});

/** Legal values that are no default, of the fields that do not take any text. */
const SAMPLES: Readonly<Record<string, string>> = {
  zone: 'a.test',
  platform: 'swarm',
  resync: '1m',
  deletionGrace: '1m',
  hostPorts: '1-2',
  'disk.pruneAbove': '90%',
  'disk.floor': '1.5GiB',
  'memory.floor': '1GiB',
  'untrusted.memory': '512MiB',
  'untrusted.pids': '64',
  'metrics.listen': '9464',
  'site.listen': '8080',
  'site.url': 'https://ci.example.org',
  'forge.url': 'https://git.example.org',
  'forge.pollInterval': '1m',
  'forge.webhook.listen': '8090',
};
