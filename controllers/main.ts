/** Entry point of `cc-controller`: reads flags, environment and configuration, builds the adapters, runs the daemon. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { openConnection } from '../lib/checks/app-connection.ts';
import { systemClock } from '../lib/clock.ts';
import { loadConfig } from '../lib/config/load.ts';
import type { ResolvedConfig } from '../lib/config/resolved.ts';
import { CcError, explainError, systemCode } from '../lib/errors.ts';
import { Cgroups } from '../lib/exec/cgroups.ts';
import { type CommandRunner, createCommandRunner } from '../lib/exec/command.ts';
import { watchStrayErrors } from '../lib/exec/stray-errors.ts';
import { type Forge, ForgeFault } from '../lib/forge/forge.ts';
import { createLog, type Log } from '../lib/log.ts';
import { serviceEnvironment } from '../lib/service-manager/environment.ts';
import { SystemdNotify } from '../lib/service-manager/systemd-notify.ts';
import type { SsoProvider } from '../lib/sso/provider.ts';
import type { SsoType } from '../lib/sso/provider-app.ts';
import { plainText } from '../lib/terminal-text.ts';
import { maskUrls } from '../lib/url-mask.ts';
import { startDaemon } from './daemon.ts';
import { parseFlags } from './flags.ts';
import { openPlatform } from './platforms.ts';
import { Reloads } from './reloads.ts';
import { ServiceStates } from './service-states.ts';
import { type OnHangup, onStopSignals } from './stop-signals.ts';

declare const CCCI_VERSION: string | undefined;
declare const CCCI_BUILD: string | undefined;

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

async function main(): Promise<number> {
  const flags = parseFlags(process.argv, typeof CCCI_VERSION === 'string' ? CCCI_VERSION : 'development');
  const log = createLog({ level: flags.logLevel, form: flags.logFormat });
  const stray = watchStrayErrors(process, log);
  const reloads = new Reloads();
  reloads.listenOn(process);
  const stop = stopped(log, flags.ignoreHangup ? 'Ignore' : 'Stop');
  const reload = () => loadConfig({ flags, env: process.env, cwd: process.cwd() });
  const loaded = await reload();
  for (const note of loaded.notes) log.warn(note);
  const path = loaded.resolved.process.path ?? process.env.PATH ?? DEFAULT_PATH;
  const { cgroups, ...missing } = Cgroups.find();
  if (cgroups === undefined) log.warn('processes are found by listing alone', missing);
  const runner = createCommandRunner({ clock: systemClock, cgroups });
  const states = statesOf(runner, log);
  const surroundings = { config: loaded.resolved, runner, cgroups, clock: systemClock, log, path };
  const starting = startDaemon({
    ...surroundings,
    foreignSpecs: flags.adoptSpecDirectory ? 'Adopt' : 'Refuse',
    openPlatform: (bound) => openPlatform({ ...surroundings, supervisorCommand: supervisorCommand() }, bound),
    connection: await openConnection(loaded.resolved.swarm),
    openProvider,
    forge: await openForge(loaded.resolved.forge),
    pid: process.pid,
    states,
    reloads,
    configOrigin: { loaded, reload },
    version: typeof CCCI_VERSION === 'string' ? CCCI_VERSION : 'development',
    build: typeof CCCI_BUILD === 'string' ? CCCI_BUILD : undefined,
  });
  const daemon = await Promise.race([starting, stop]);
  if (daemon === 'Asked') return await endedEarly(states, log);
  const why = await Promise.race([stop, stray.fault, daemon.lost]);
  const told = states.stopping();
  if (why instanceof CcError) {
    log.error('stopping at once; apps keep running', { error: explainError(why) });
    await daemon.abandon();
    throw why;
  }
  if (why === 'Fault') log.error('stopping because of a fault of this program; apps keep running');
  await Promise.all([daemon.stop(), told]);
  return why === 'Fault' ? EXIT_FAILED : 0;
}

/** Whatever the start had done by then, the next one goes on from there, as after a crash; nothing was begun for anybody. */
async function endedEarly(states: ServiceStates, log: Log): Promise<number> {
  await states.stopping();
  log.info('stopped before it had started');
  return 0;
}

/** For who started this process, where that wants to know. */
function statesOf(runner: CommandRunner, log: Log): ServiceStates {
  const service = serviceEnvironment(process.env, process.pid);
  const path = process.env.PATH ?? DEFAULT_PATH;
  return new ServiceStates({
    manager: service && new SystemdNotify({ ...service, runner, path, log }),
    clock: systemClock,
    log,
    monotonicUsec: () => process.hrtime.bigint() / 1000n,
  });
}

/** Loaded when the first run asks for it. */
async function openProvider(type: SsoType, instance: string): Promise<SsoProvider> {
  switch (type) {
    case 'Keycloak': {
      const { KeycloakProvider } = await import('../lib/sso/keycloak/keycloak-provider.ts');
      return new KeycloakProvider({ instance });
    }
  }
}

/** The forge of the configuration; undefined where it names none. */
async function openForge({ url, tokenFile }: ResolvedConfig['forge']): Promise<Forge | undefined> {
  if (url === undefined || tokenFile === undefined) return undefined;
  const { GiteaForge } = await import('../lib/forge/gitea/gitea-forge.ts');
  return new GiteaForge({ url, token: () => readToken(tokenFile), clock: systemClock });
}

/** Read at each request, so that a new one counts at once. @throws ForgeFault `Unauthorised` where there is none. */
async function readToken(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ForgeFault('Unauthorised', `forge.tokenFile: ${path} cannot be read (${systemCode(cause)})`, { cause });
  });
  return text.trim();
}

/** The compiled supervisor lies beside the compiled controller; from the sources it is run as it is. */
function supervisorCommand(): string[] {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const compiled = join(here, 'supervisor.cjs');
  const source = join(here, '../lib/platform/process/supervisor/main.ts');
  return [process.execPath, '--disable-warning=ExperimentalWarning', existsSync(compiled) ? compiled : source];
}

/** Resolves on the first signal that asks for a stop; a second one ends the process at once. */
function stopped(log: Log, onHangup: OnHangup): Promise<'Asked'> {
  return new Promise((resolve) => {
    // The store's timers do not keep the process alive: this one does until it is stopped.
    const alive = setInterval(() => {}, 2 ** 30);
    onStopSignals({
      source: process,
      onHangup,
      first: (signal) => {
        log.info('stopping; apps keep running. Once more to stop at once', { signal });
        clearInterval(alive);
        resolve('Asked');
      },
      again: () => process.exit(EXIT_FAILED),
    });
  });
}

try {
  process.exitCode = await main();
  process.exit();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
  process.stderr.write(`cc-controller: ${plainText(maskUrls(explainError(error)))}\n`);
  const usage = error instanceof CcError && (error.code === 'InvalidInput' || error.code === 'Unsupported');
  process.exit(usage ? EXIT_USAGE : EXIT_FAILED);
}
