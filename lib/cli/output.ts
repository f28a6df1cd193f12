import { fstatSync, writeSync } from 'node:fs';
import { systemCode } from '../errors.ts';
import type { TextOutput } from './environment.ts';

const DESCRIPTORS = { stdout: 1, stderr: 2 } as const;
/** Major number of devices that are no terminal, `/dev/null` among them (Linux, devices.txt). */
const MEMORY_DEVICES = 1;
const RETRY_MS = 5;

/** The streams of `process`, which are not made before they are asked for. */
type Streams = Pick<NodeJS.Process, 'stdout' | 'stderr'>;
/** Called where the reader has gone away (`ccctl get | head`), which is no fault. */
type OnGone = () => void;

/** An output of the process. */
export function outputTo(streams: Streams, name: 'stdout' | 'stderr', onGone: OnGone): TextOutput {
  const descriptor = DESCRIPTORS[name];
  return mayBeTerminal(descriptor) ? streamOutput(streams[name], onGone) : plainFile(descriptor, onGone);
}

/** Files and pipes are none; what is one, the stream knows. */
function mayBeTerminal(descriptor: number): boolean {
  const found = fstatSync(descriptor);
  return found.isCharacterDevice() && major(found.rdev) !== MEMORY_DEVICES;
}

/** As the C library takes it from a device number (makedev(3)), below 2^20. */
function major(device: number): number {
  return (device >> 8) & 0xfff;
}

/** Written at once: the stream of Node for it does so too, and is a fifth of the start of a command. */
function plainFile(descriptor: number, onGone: OnGone): TextOutput {
  const write = (text: string): void => {
    try {
      writeAll(descriptor, Buffer.from(text));
    } catch (error) {
      ifGone(error, onGone);
    }
  };
  return { write, isTty: false, columns: undefined };
}

/** @throws system errors, but for a pipe that is full and whose other users do not want to wait: it is waited for. */
function writeAll(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

function streamOutput(stream: NodeJS.WriteStream, onGone: OnGone): TextOutput {
  stream.on('error', (error) => ifGone(error, onGone));
  return {
    write: (text) => void stream.write(text),
    isTty: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
  };
}

/** @throws the error, where it is another. */
function ifGone(error: unknown, onGone: OnGone): void {
  if (systemCode(error) !== 'EPIPE') throw error;
  onGone();
}
