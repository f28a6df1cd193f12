/** Entry point of `cc-controller`: reads flags, environment and configuration, builds the adapters, runs the daemon. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { systemClock } from '../lib/clock.ts';
import { configFlags, type LoadedConfig, loadConfig } from '../lib/config/load.ts';
import { CcError, explainError } from '../lib/errors.ts';
import { commandRunner } from '../lib/exec/command.ts';
import { createLog, type Log } from '../lib/log.ts';
import { ProcessPlatform } from '../lib/platform/process/process-platform.ts';
import { readInstance } from '../lib/store/instance.ts';
import { startDaemon } from './daemon.ts';

declare const CCCI_VERSION: string | undefined;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

interface Flags {
  [option: string]: unknown;
  adoptSpecDirectory?: boolean;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  logFormat: 'text' | 'json';
}

function parseFlags(argv: readonly string[]): Flags {
  const command = new Command('cc-controller')
    .description('Tests Co-op Cloud recipes and keeps them warm: reconciles the spec directory until stopped.')
    .option('--config <file>', 'configuration file; default: CC_CI_CONFIG, ./cc-ci.yaml, /etc/cc-ci/cc-ci.yaml')
    .option('--adopt-spec-directory', 'take over a spec directory that another instance marked as its own')
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .option('--log-format <form>', 'text or json', 'text')
    .version(typeof CCCI_VERSION === 'string' ? CCCI_VERSION : 'development')
    .allowExcessArguments(false)
    .exitOverride();
  for (const flag of configFlags()) command.option(`${flag.flag} <value>`, flag.description);
  command.parse(argv);
  return command.opts<Flags>();
}

async function main(): Promise<number> {
  const flags = parseFlags(process.argv);
  const log = createLog({ level: flags.logLevel, form: flags.logFormat });
  const loaded = await loadConfig({ flags, env: process.env, cwd: process.cwd() });
  for (const note of loaded.notes) log.warn(note);
  await assertServed(loaded);
  const path = loaded.resolved.process.path ?? process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin';
  const daemon = await startDaemon({
    config: loaded.resolved,
    foreignSpecs: flags.adoptSpecDirectory ? 'Adopt' : 'Refuse',
    platformKind: 'Process',
    makePlatform: (instance) =>
      new ProcessPlatform({
        stateDirectory: loaded.resolved.stateDirectory,
        instanceId: instance.instanceId,
        clock: systemClock,
        log,
        supervisorCommand: supervisorCommand(),
        hostPorts: loaded.resolved.hostPorts,
        path,
        runner: commandRunner,
      }),
    runner: commandRunner,
    clock: systemClock,
    log,
    path,
    pid: process.pid,
    version: typeof CCCI_VERSION === 'string' ? CCCI_VERSION : 'development',
  });
  await stopped(log);
  await daemon.stop();
  return 0;
}

/** Auto is decided once: an instance keeps the platform of its first start. */
async function assertServed({ resolved }: LoadedConfig): Promise<void> {
  const bound = (await readInstance(resolved.stateDirectory).catch(() => undefined))?.platform;
  const wanted = resolved.platform === 'Auto' ? (bound ?? 'Process') : resolved.platform;
  if (wanted === 'Process') return;
  throw new CcError('Unsupported', `platform ${wanted} is not served by this version`, {
    remedy: 'Use --platform process, or leave the platform out.',
  });
}

/** The compiled supervisor lies beside the compiled controller; from the sources it is run as it is. */
function supervisorCommand(): string[] {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const compiled = join(here, 'supervisor.js');
  const source = join(here, '../lib/platform/process/supervisor/main.ts');
  return [process.execPath, '--disable-warning=ExperimentalWarning', existsSync(compiled) ? compiled : source];
}

/** Resolves on the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopped(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: string): void => {
      if (asked) process.exit(EXIT_FAILED);
      asked = true;
      log.info('stopping; apps keep running. Once more to stop at once', { signal });
      clearInterval(alive);
      resolve();
    };
    // The store's timers do not keep the process alive: this one does until it is stopped.
    const alive = setInterval(() => {}, 2 ** 30);
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

try {
  process.exitCode = await main();
  process.exit();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
  process.stderr.write(`cc-controller: ${explainError(error)}\n`);
  const usage = error instanceof CcError && (error.code === 'InvalidInput' || error.code === 'Unsupported');
  process.exit(usage ? EXIT_USAGE : EXIT_FAILED);
}
