import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';

const COLOURS = { DEBU: '63', INFO: '86', WARN: '192', ERRO: '204', FATA: '134' } as const;
type Level = keyof typeof COLOURS;

/** Both streams of the program, as abra's logger uses them. */
export class Output {
  #logs: 1 | 2 = 1;

  /** [M] With `-m` or `-d` the log moves from standard output to standard error. */
  moveLogs(): void {
    this.#logs = 2;
  }

  /** [V] Log lines are level, blank, text, in colours (ANSI) and without a time. */
  log(level: Level, text: string): void {
    this.#write(this.#logs, `\u001b[1;38;5;${COLOURS[level]}m${level}\u001b[0m ${text}\n`);
  }

  /** [V] Fatal errors go where the log goes: to standard output, unless it was moved. */
  fatal(text: string): void {
    this.log('FATA', text);
  }

  info(text: string): void {
    this.log('INFO', text);
  }

  warn(text: string): void {
    this.log('WARN', text);
  }

  print(text: string): void {
    this.#write(1, `${text}\n`);
  }

  json(value: unknown): void {
    this.print(JSON.stringify(value));
  }

  /** Whether the terminal-bound parts of abra work. */
  get onTerminal(): boolean {
    return isatty(0) && isatty(1);
  }

  raw(bytes: Buffer): void {
    this.#write(1, bytes);
  }

  #write(stream: 1 | 2, data: string | Buffer): void {
    const bytes = Buffer.from(data as string);
    for (let at = 0; at < bytes.length; ) at += writeSome(stream, bytes.subarray(at));
  }
}

/** A pipe that is full says EAGAIN when its other end made it non-blocking. */
function writeSome(stream: number, bytes: Buffer): number {
  try {
    return writeSync(stream, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
