import { userInfo } from 'node:os';
import { systemClock } from '../clock.ts';
import { systemCode } from '../errors.ts';
import type { CliEnvironment, PlatformProbes, ProbeSubject } from './environment.ts';
import { outputTo } from './output.ts';
import { runProgram } from './program.ts';

/** Set by the build; absent when run from source. */
declare const CCCI_VERSION: string | undefined;
declare const CCCI_BUILD: string | undefined;

void runProgram(realEnvironment(), process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});

/**
 * What is not asked for is not made: a stream or a signal of Node's costs as much as a page of the answer, and most
 * commands need neither.
 */
function realEnvironment(): CliEnvironment {
  let interrupt: AbortSignal | undefined;
  return {
    stdout: outputTo(process, 'stdout', endWell),
    stderr: outputTo(process, 'stderr', endWell),
    readStdin,
    get readLine() {
      return process.stdin.isTTY ? readLine : undefined;
    },
    variables: process.env,
    cwd: process.cwd(),
    clock: systemClock,
    get signal() {
      interrupt ??= interruptSignal();
      return interrupt;
    },
    get user() {
      return userName();
    },
    version: typeof CCCI_VERSION === 'string' ? CCCI_VERSION : 'from source',
    build: typeof CCCI_BUILD === 'string' ? CCCI_BUILD : undefined,
    isProcessAlive,
    openEditor,
    platformProbes,
  };
}

function endWell(): void {
  process.exit(0);
}

/** Aborted by what a person, or the system, interrupts a command with. */
function interruptSignal(): AbortSignal {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  return interrupt.signal;
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** Empty where the input ends. */
async function readLine(): Promise<string> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) return line;
  return '';
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** A process of another user exists, too. */
function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** `VISUAL` and `EDITOR` may hold arguments, as for git. */
async function openEditor(path: string): Promise<number> {
  const { spawn } = await import('node:child_process');
  const editor = process.env.VISUAL || process.env.EDITOR || 'vi';
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, editor, path], { stdio: 'inherit' });
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Adapters are loaded for `doctor` alone. */
async function platformProbes(subject: ProbeSubject): Promise<PlatformProbes> {
  const { commandRunner } = await import('../exec/command.ts');
  const { silentLog } = await import('../log.ts');
  const { DockerEngine } = await import('../platform/swarm/engine/docker-engine.ts');
  const { swarmProbes } = await import('../platform/swarm/swarm-probes.ts');
  const { abraProbes } = await import('../platform/abra/abra-probes.ts');
  const { platform, abra, socketPath } = subject;
  const engine = new DockerEngine({ socketPath, clock: systemClock, log: silentLog });
  const common = { ...subject, engine, runner: commandRunner };
  const ofAbra = () => abraProbes({ ...common, ...abra, clock: systemClock, instanceId: 'doctor' });
  return { probes: [...swarmProbes(common), ...(platform === 'Swarm' ? [] : ofAbra())], close: () => engine.close() };
}
