/** The controller under test, started with or without a fault. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Point } from '../matrix/point.ts';
import { CONFIG, PLACE } from './place.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PROGRAM = join(ROOT, 'dist', 'cc-controller.js');
const STARTED = 'controller started';

export interface Shim {
  /** The library that counts and fails. */
  library: string;
  /** Gets one line for each call. */
  trace: string;
  /** Gets the recording for power cuts. */
  record?: string;
}

export interface Ending {
  code: number | undefined;
  signal: string | undefined;
}

/** One process of the controller. */
export class Controller {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #before: number;

  /** Starts it; its output goes to the end of `log`. With `fault`, that happens to it. */
  constructor(log: string, fault?: { shim: Shim; point: Point }) {
    this.#log = log;
    const output = openSync(log, 'a');
    this.#before = readFileSync(log).length;
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, '--log-level', 'debug'], {
      cwd: PLACE,
      env: {
        PATH: process.env.PATH,
        LANG: 'C.UTF-8',
        HOME: join(PLACE, 'home'),
        CC_CI_CONFIG: CONFIG,
        ...variables(fault),
      },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.pid = this.#child.pid ?? -1;
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
    });
  }

  /** Whether it got so far that it reconciles. */
  get hasStarted(): boolean {
    return readFileSync(this.#log).subarray(this.#before).includes(STARTED);
  }

  /** SIGTERM; SIGKILL where that takes too long. */
  async stop(limitMs = 30_000): Promise<Ending> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), limitMs);
    try {
      return await this.ended;
    } finally {
      clearTimeout(late);
    }
  }
}

function variables(fault: { shim: Shim; point: Point } | undefined): Record<string, string> {
  if (fault === undefined) return {};
  const { shim, point } = fault;
  return {
    LD_PRELOAD: shim.library,
    FAULT_ROOT: PLACE,
    FAULT_TRACE: shim.trace,
    FAULT_MODE: point.mode,
    FAULT_SITE: point.site ?? '',
    FAULT_OCCURRENCE: String(point.occurrence),
    FAULT_TIMES: String(point.times),
    ...(shim.record === undefined ? {} : { FAULT_RECORD: shim.record }),
  };
}
