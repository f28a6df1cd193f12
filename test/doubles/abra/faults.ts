import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { abraDirectory } from './home.ts';
import type { Output } from './output.ts';

/** A fault that a test asks for; no behaviour of abra. */
export interface Fault {
  /** `Before`: the command does nothing; `After`: it does its work first. Default Before. */
  when?: 'Before' | 'After';
  hang?: boolean;
  exitCode?: number;
  /** Text of a `FATA` line. */
  fatal?: string;
  /** So many bytes of output. */
  flood?: number;
  invalidUtf8?: boolean;
  /** The fault happens this often, then no more. Default: always. */
  times?: number;
}

/** The nearest `double-faults.json` above ABRA_DIR: faults by the words of the command (`app deploy`). */
function faultFile(): string | undefined {
  const directories = [abraDirectory()];
  for (let i = 0; i < 4; i += 1) directories.push(dirname(directories.at(-1) ?? '/'));
  return directories.map((directory) => join(directory, 'double-faults.json')).find((file) => existsSync(file));
}

/** The fault for this command, counted down. */
export function takeFault(command: string): Fault | undefined {
  const file = faultFile();
  if (file === undefined) return undefined;
  const faults = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Fault>;
  const fault = faults[command];
  if (fault === undefined || fault.times === 0) return undefined;
  if (fault.times !== undefined) {
    faults[command] = { ...fault, times: fault.times - 1 };
    writeFileSync(file, JSON.stringify(faults));
  }
  return fault;
}

/** Does what the fault says; gives an exit code where the program is to end. */
export async function suffer(fault: Fault, output: Output): Promise<number | undefined> {
  if (fault.invalidUtf8) output.raw(Buffer.from([0xff, 0xfe, 0x0a, 0xc3, 0x28, 0x0a]));
  const block = Buffer.alloc(65_536, 'noise \n');
  for (let left = fault.flood ?? 0; left > 0; left -= block.length) output.raw(block);
  if (fault.hang) await new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1));
  if (fault.fatal !== undefined) output.fatal(fault.fatal);
  return fault.exitCode ?? (fault.fatal === undefined ? undefined : 1);
}
