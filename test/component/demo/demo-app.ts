import { type ChildProcess, spawn } from 'node:child_process';
import { freePort } from '../../rig/free-port.ts';

/** One run of a demo app as a plain child process. */
export interface DemoApp {
  base: string;
  /** Everything it printed. */
  log(): string;
  exitCode(): Promise<number | null>;
  stop(): Promise<void>;
}

export interface DemoAppOptions {
  /** Checkout of the recipe. */
  directory: string;
  env: Record<string, string>;
  /** Default: a free one. */
  port?: number;
}

/** Starts `node server.mjs` and waits until it listens or has ended. */
export async function startDemoApp({ directory, env, port: wanted }: DemoAppOptions): Promise<DemoApp> {
  const port = wanted ?? (await freePort());
  const child = spawn(process.execPath, ['server.mjs'], {
    cwd: directory,
    env: { PORT: String(port), HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const listening = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        log += chunk;
        if (log.includes('listening')) resolve();
      });
    }
  });
  await Promise.race([listening, ended]);
  return {
    base: `http://127.0.0.1:${port}`,
    log: () => log,
    exitCode: () => ended,
    stop: () => stop(child, ended),
  };
}

async function stop(child: ChildProcess, ended: Promise<number | null>): Promise<void> {
  child.kill('SIGTERM');
  await ended;
}

/** A port of 127.0.0.1 that nobody has, for now. */
