import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { childEnv } from './scratch.ts';

/** Whether this process may give files away. */
export const isRoot = process.getuid?.() === 0;

/** Names that break readers that think of lines, of options or of UTF-8. */
export const ODD_NAMES = [
  Buffer.from('new\nline'),
  Buffer.from('-rf'),
  Buffer.from('--help'),
  Buffer.from([0x66, 0xff, 0xfe, 0x80]),
  Buffer.from(' leading and trailing '),
  Buffer.from('quote\'"`$(x)\\'),
  Buffer.from('é'),
  Buffer.from('e\u0301'),
  Buffer.from('*'),
  Buffer.from('x'.repeat(255)),
];

/** Fills `root`, which must exist, with everything that a volume may hold but sockets. */
export function makeOddTree(root: string): void {
  const at = (name: string): string => join(root, name);
  for (const name of ODD_NAMES) fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), name);
  fs.writeFileSync(at('zero'), '');
  fs.mkdirSync(at('empty/deeper/still'), { recursive: true });
  fs.writeFileSync(at('binary'), Buffer.from([...Array(256).keys()]));
  fs.writeFileSync(at('hard-1'), 'linked');
  fs.linkSync(at('hard-1'), at('empty/hard-2'));
  fs.symlinkSync('loop', at('loop'));
  fs.symlinkSync('/nowhere/at/all', at('dangling'));
  fs.symlinkSync('empty', at('to-directory'));
  const sparse = fs.openSync(at('sparse'), 'w');
  fs.writeSync(sparse, 'end', 4 * 1024 * 1024);
  fs.closeSync(sparse);
  execFileSync('mkfifo', ['-m', '640', at('fifo')], { env: childEnv });
  fs.writeFileSync(at('old'), 'old');
  fs.utimesSync(at('old'), 1_000_000, 1_000_000);
  setModes(at);
}

function setModes(at: (name: string) => string): void {
  fs.mkdirSync(at('sticky'));
  fs.writeFileSync(at('closed'), 'closed');
  fs.writeFileSync(at('setuid'), 'setuid');
  fs.writeFileSync(at('given'), 'given');
  if (isRoot) fs.chownSync(at('given'), 1234, 5678);
  if (isRoot) fs.chownSync(at('setuid'), 1234, 5678);
  if (isRoot) fs.lchownSync(at('dangling'), 1234, 5678);
  fs.chmodSync(at('sticky'), 0o3777);
  fs.chmodSync(at('setuid'), 0o6755);
  // Only root may read what nobody may.
  fs.chmodSync(at('closed'), isRoot ? 0o000 : 0o400);
  fs.mkdirSync(at('read-only'));
  fs.writeFileSync(at('read-only/file'), 'x');
  fs.chmodSync(at('read-only'), 0o500);
}

/** A socket at `path`, open until the server is closed. */
export function makeSocket(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}

/** Closes it; Node removes the file, so a killed server's socket is imitated by renaming it first. */
export function closeSocket(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
