import { type Finding, ok, type Probe, unclear, wrong } from '../probe.ts';
import { abraFailure, looseRecord } from './abra-errors.ts';
import { lintReport } from './abra-lint.ts';
import { type AbraScratch, type AbraScratchOptions, withAbraScratch } from './abra-scratch.ts';
import { supportedVersion } from './abra-version.ts';

/** What the driver and the linter run, with the long flags that they give. */
const USED: Readonly<Record<string, readonly string[]>> = {
  'app deploy': ['chaos', 'force', 'no-domain-checks', 'no-converge-checks'],
  'app undeploy': [],
  'app secret insert': ['file'],
  'app secret rm': ['all'],
  'recipe lint': [],
};
const GLOBAL = ['no-input', 'offline'] as const;
const REPORT = 'Use an abra that was tested with this version, and report the difference.';

/**
 * Checks of a real abra against what the adapter relies on. All of them work in an ABRA_DIR of their own that is removed
 * again; the only thing that one makes on the engine is a secret of an app that does not exist, and it takes it away.
 */
export function abraProbes(options: AbraScratchOptions): Probe[] {
  const probe = (name: string, look: (scratch: AbraScratch) => Promise<Finding>): Probe => ({
    area: 'Abra',
    name,
    look: async (signal) => await withAbraScratch(options, signal, look),
  });
  return [
    probe('version', async ({ cli, directory, signal }) =>
      ok(`abra ${supportedVersion(await cli.version(directory, signal))} answers`),
    ),
    ...Object.entries(USED).map(([command, flags]) =>
      probe(`flags of ${command}`, async (scratch) => await hasFlags(scratch, command, [...flags, ...GLOBAL])),
    ),
    probe('server ls', listsServers),
    probe('app ls', listsApps),
    probe('fatal errors', saysFatal),
    probe('lint', lintsOnTerminal),
    probe('lint without terminal', lintsOnPipes),
    probe('engine of abra', sameEngine),
  ];
}

async function hasFlags({ call, cli }: AbraScratch, command: string, flags: readonly string[]): Promise<Finding> {
  const [first = '', ...words] = command.split(' ');
  const { text } = await cli.run({ ...call, args: [first, ...words, '--help'] });
  const missing = flags.filter((flag) => !new RegExp(`--${flag}(?![\\w-])`).test(text));
  if (missing.length === 0) return ok('it has all that are used');
  return wrong(`its help does not name ${missing.map((flag) => `--${flag}`).join(', ')}`, REPORT);
}

async function listsServers({ call, cli, server }: AbraScratch): Promise<Finding> {
  const value = await cli.json({ ...call, args: ['server', 'ls', '--machine'] });
  const names = Array.isArray(value) ? value.map((each) => looseRecord(each).name) : [];
  return names.includes(server)
    ? ok('its JSON has the expected shape')
    : wrong('its JSON does not list the server', REPORT);
}

async function listsApps({ call, cli, server, domain }: AbraScratch): Promise<Finding> {
  const value = await cli.json({ ...call, args: ['app', 'ls', '--machine'] });
  const group = (value as Record<string, { apps?: unknown }> | null)?.[server];
  const apps = Array.isArray(group?.apps) ? group.apps.map(looseRecord) : [];
  const found = apps.find((app) => app.appname === domain);
  return found ? ok('its JSON has the expected shape') : wrong('its JSON does not list an app that is there', REPORT);
}

/** An app that is not deployed has no status: a fatal error without any effect. */
async function saysFatal({ call, cli, domain }: AbraScratch): Promise<Finding> {
  const result = await cli.result({ ...call, args: ['app', 'ps', domain] });
  if (result.exitCode === 0) return wrong('the status of an app that is not deployed ends with 0', REPORT);
  if (result.fatal === undefined) return wrong(`no FATA line in: ${result.text.slice(0, 200)}`, REPORT);
  const stream = result.output.includes('FATA') ? 'standard output' : 'standard error';
  const { code } = abraFailure({ ...result, command: 'app ps' });
  if (code === 'Conflict') return ok(`they are on ${stream}, and "is not deployed" is known`);
  return unclear(`they are on ${stream}, but this one is not known: ${result.fatal}`, REPORT);
}

async function lintsOnTerminal({ call, cli, recipe }: AbraScratch): Promise<Finding> {
  const result = await cli.result({ ...call, args: ['recipe', 'lint', recipe], through: 'Terminal' });
  const { verdict, rows, message } = lintReport(result);
  if (verdict === 'Unverified') return wrong(`its answer cannot be read: ${message}`, REPORT);
  return ok(`its table of ${rows.length} rules can be read`);
}

async function lintsOnPipes({ call, cli, recipe }: AbraScratch): Promise<Finding> {
  const result = await cli.result({ ...call, args: ['recipe', 'lint', recipe] });
  if (result.fatal !== undefined && /inappropriate ioctl/i.test(result.fatal)) return ok('it refuses, as is known');
  if (lintReport(result).verdict !== 'Unverified') return ok('it works without one, too');
  return unclear(`it says: ${(result.fatal ?? result.text).slice(0, 200)}`, 'Nothing depends on it.');
}

/** Whether the server of abra is the engine that everything is watched through. */
async function sameEngine({ call, cli, domain, secret, engine, signal }: AbraScratch): Promise<Finding> {
  const { name, version, file, fullName } = secret;
  const find = async () => (await engine.secrets('', [fullName], signal)).filter((one) => one.name === fullName);
  try {
    await cli.run({ ...call, args: ['app', 'secret', 'insert', domain, name, version, file, '--file'] });
    if ((await find()).length === 0) {
      const remedy =
        'Let abra.server be the engine of swarm.socket: abra may not follow DOCKER_HOST for its default server.';
      return wrong(`a secret that abra made is not there as ${fullName}`, remedy);
    }
    await cli.run({ ...call, args: ['app', 'secret', 'rm', domain, '--all'] });
    if ((await find()).length === 0) return ok('it is the one behind swarm.socket; secrets are made and removed there');
    return wrong('abra does not remove a secret that it made', REPORT);
  } finally {
    for (const { id } of await find().catch(() => [])) await engine.removeSecret(id, signal);
  }
}
