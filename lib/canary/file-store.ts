import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { atPart, type BackupPart } from '../app/backup-copy.ts';
import { orElse, orNothing } from '../errors.ts';
import type { TreePlace } from '../fs/beneath.ts';
import { closing } from '../fs/closing.ts';
import type { DirectoryHandle } from '../fs/directory-handle.ts';
import { removeEntry } from '../fs/remove-tree.ts';
import type { Volume } from '../platform/platform.ts';
import { type Answer, CANARY, type CanaryStore } from './canary.ts';

/** So many neighbours are remembered. */
const BESIDE = 64;
const MAX_BYTES = 256;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

export interface FileStoreOptions {
  part: BackupPart;
  volumes: readonly Volume[];
  /** What lay beside the canary when it was planted. */
  beside?: readonly string[];
}

/**
 * A file of its own in a backed-up directory, written and read from outside. An empty directory gets none: whoever is
 * about to make a database there would find it not empty. Its name has no dot before it, so that an app which clears the
 * directory takes it along. Follows no link.
 */
export class FileStore implements CanaryStore {
  readonly #options: FileStoreOptions;
  #beside: readonly string[];

  constructor(options: FileStoreOptions) {
    this.#options = options;
    this.#beside = options.beside ?? [];
  }

  /** Identities of what lies beside the canary, to be kept for a later look. */
  get beside(): readonly string[] {
    return this.#beside;
  }

  /** Identities of what lies beside the canary now, or would. */
  async neighbours(): Promise<string[]> {
    let found: string[] = [];
    await this.#inside(ABSENT, async (directory) => {
      found = (await neighbours(directory)).slice(0, BESIDE);
      return ABSENT;
    });
    return found;
  }

  async plant(token: string): Promise<Answer> {
    return await this.#inside({ state: 'NotKept', why: 'there is no directory' }, async (directory) => {
      const beside = await neighbours(directory);
      if (beside.length === 0) return { state: 'NotKept', why: 'there is nothing yet' };
      await writeCanary(directory, token);
      this.#beside = beside.slice(0, BESIDE);
      return (await readCanary(directory)) === token
        ? FOUND
        : { state: 'Refused', why: 'the file reads back otherwise' };
    });
  }

  async look(token: string): Promise<Answer> {
    return await this.#inside(ABSENT, async (directory) => {
      if ((await readCanary(directory)) === token) return FOUND;
      const now = new Set(await neighbours(directory));
      if (!this.#beside.some((one) => now.has(one))) return ABSENT;
      return { state: 'Removed', why: `the app removed ${CANARY}, a file that it does not know, and kept others` };
    });
  }

  async remove(): Promise<Answer> {
    return await this.#inside(ABSENT, async (directory) => {
      await removeEntry(directory, Buffer.from(CANARY));
      await directory.sync();
      return (await directory.lstat(CANARY)) === undefined ? ABSENT : { state: 'Found', why: '' };
    });
  }

  /** What is in the way is the app's doing: it is refused, never followed. */
  async #inside(absent: Answer, work: (directory: DirectoryHandle) => Promise<Answer>): Promise<Answer> {
    const { part, volumes } = this.#options;
    const inPlace = async ({ directory, name }: TreePlace): Promise<Answer> => {
      if ((await directory.lstat(name))?.isDirectory() !== true) return absent;
      return (await closing(await directory.openDirectory(name), work)) ?? absent;
    };
    const refused = ({ message }: Error): Answer => ({ state: 'Refused', why: message });
    const answer = orElse(atPart(part, volumes, inPlace), ['Refused', 'Conflict'], refused);
    return (await orNothing(answer, 'DataMissing')) ?? absent;
  }
}

const FOUND: Answer = { state: 'Found', why: '' };
const ABSENT: Answer = { state: 'Absent', why: '' };

/** Everything else in the directory, as who can tell whether it is still the same. */
async function neighbours(directory: DirectoryHandle): Promise<string[]> {
  const found: string[] = [];
  for (const name of await directory.entries()) {
    if (name.toString() === CANARY) continue;
    const stats = await directory.lstat(name);
    if (stats !== undefined) found.push(identity(stats));
  }
  return found;
}

/** A file that is made anew under its old name, even with its old number, has another time of birth. */
function identity({ ino, birthtimeNs }: BigIntStats): string {
  return `${ino}@${birthtimeNs}`;
}

/** The owner of the directory owns it too, so that it may do with it what it does with its own. */
async function writeCanary(directory: DirectoryHandle, token: string): Promise<void> {
  await removeEntry(directory, Buffer.from(CANARY));
  const { uid, gid } = await directory.stat();
  const opened = await open(directory.pathOf(CANARY), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  await closing(opened, async (file) => {
    await file.writeFile(`${token}\n`);
    const own = await file.stat();
    if (own.uid !== Number(uid) || own.gid !== Number(gid)) await file.chown(Number(uid), Number(gid));
    await file.sync();
  });
  await directory.sync();
}

async function readCanary(directory: DirectoryHandle): Promise<string | undefined> {
  return await closing(await directory.openFile(CANARY), async (file) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    return buffer.subarray(0, bytesRead).toString().trim();
  });
}
