import type { Clock } from '../../../clock.ts';
import { exhaustionOf } from '../../../errors.ts';
import { type Child, type ChildEnd, killGroup, type OutputName, shellCode, startChild } from '../../../exec/child.ts';
import type { Enclosure } from '../../../exec/processes.ts';

export interface CommandGroupOptions {
  command: readonly string[];
  directory: string;
  environment: Readonly<Record<string, string>>;
  /** Takes both streams; without it the output is dropped. */
  onOutput?: (chunk: Buffer, stream: OutputName) => void;
  /** Holds what the command leaves behind; without it only its process group is ended. */
  enclosure?: Enclosure;
}

export interface CommandEnd {
  /** 128 + signal number where a signal ended it, 127 where it could not be started. */
  exitCode: number;
  message?: string;
  /** It never ran, because this machine ran out of descriptors, processes or memory: no fault of the command. */
  exhausted?: true;
}

/** How long the output of an ended command is waited for, milliseconds; a stray child may hold it open for ever. */
const DRAIN_MS = 500;

/** A command in a session and process group of its own. */
export class CommandGroup {
  readonly #child: Child;
  /** Resolves when the command has ended and the rest of its group is killed; never rejects. */
  readonly ended: Promise<CommandEnd>;

  /** @throws CcError `Unreachable` as {@link Enclosure.start}. */
  constructor(options: CommandGroupOptions, clock: Clock) {
    const { command, directory, environment, onOutput, enclosure } = options;
    const child = { argv: command, cwd: directory, env: environment, output: onOutput ? 'pipe' : 'ignore' } as const;
    this.#child = enclosure ? enclosure.start(child, onOutput) : startChild(child, onOutput);
    this.ended = this.#waitForEnd(command[0] ?? '', { clock, enclosure });
  }

  /** Undefined where the program could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Signals the whole group; one that is gone is success. */
  signal(signal: NodeJS.Signals): void {
    if (this.pid !== undefined) killGroup(this.pid, signal);
  }

  async #waitForEnd(
    program: string,
    { clock, enclosure }: { clock: Clock; enclosure: Enclosure | undefined },
  ): Promise<CommandEnd> {
    const end = await this.#child.ended;
    this.signal('SIGKILL');
    // What cannot be ended now is found by the next listing: a service goes on without it.
    await enclosure?.endAll().catch(() => {});
    const drained = new AbortController();
    await Promise.race([this.#child.closed, clock.sleep(DRAIN_MS, drained.signal).catch(() => {})]);
    drained.abort();
    this.#child.detach();
    return commandEnd(program, end);
  }
}

function commandEnd(program: string, end: ChildEnd): CommandEnd {
  const exitCode = shellCode(end);
  switch (end.how) {
    case 'Exited':
      return { exitCode };
    case 'Signalled':
      return { exitCode, message: `ended by ${end.signal}` };
    case 'NotStarted': {
      const exhausted = exhaustionOf(end.error) === undefined ? {} : { exhausted: true as const };
      return { exitCode, message: `cannot run ${program}: ${end.error.message}`, ...exhausted };
    }
  }
}
