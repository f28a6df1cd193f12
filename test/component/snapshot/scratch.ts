import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandRunner } from '../../../lib/exec/command.ts';
import type { Coreutils } from '../../../lib/fs/coreutils.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import type { ManifestFields } from '../../../lib/snapshot/manifest.ts';
import type { RestoreTarget } from '../../../lib/snapshot/restore.ts';
import type { VolumePath } from '../../../lib/snapshot/set.ts';

/** PATH of the children of these tests. */
export const childEnv = { PATH: process.env.PATH ?? '/usr/bin:/bin' };

/** Real coreutils, with a signal that is never tripped unless given. */
export function realTools(signal: AbortSignal = new AbortController().signal): Coreutils {
  return { runner: commandRunner, env: childEnv, signal };
}

/** A directory below the system's temporary one. */
export function makeScratch(): { path: string; remove: () => Promise<void> } {
  const path = mkdtempSync(join(tmpdir(), 'cc-ci-snapshot-'));
  return { path, remove: () => removeTree(path) };
}

export const fields: ManifestFields = {
  recipe: 'notes',
  source: 'https://git.example/notes.git',
  version: '1.1.0+1.1.0',
  commit: '0123456789abcdef0123456789abcdef01234567',
  run: { name: 'notes-1', uid: 'uid-1' },
  domain: 'warm-canon-notes.ci.localhost',
};

/** An app as the process platform lays it out, in `apps/<domain>`. */
export class ScratchApp {
  readonly directory: string;
  readonly envFile: string;
  readonly secretsDirectory: string;

  constructor(root: string) {
    this.directory = join(root, 'apps', 'a.example');
    this.envFile = join(this.directory, 'env');
    this.secretsDirectory = join(this.directory, 'secrets');
    mkdirSync(join(this.directory, 'volumes'), { recursive: true });
  }

  volumePath(name: string): string {
    return join(this.directory, 'volumes', name);
  }

  volume(name: string): VolumePath {
    return { name, path: this.volumePath(name) };
  }

  /** Writes the whole app in the named condition: one file a part that says so. */
  fill(condition: string, volumes: readonly string[] = ['data', 'db']): void {
    mkdirSync(this.secretsDirectory, { recursive: true });
    for (const name of volumes) {
      mkdirSync(join(this.volumePath(name), 'inner'), { recursive: true });
      writeFileSync(join(this.volumePath(name), 'inner', 'file'), `${condition} ${name}`);
      writeFileSync(join(this.volumePath(name), 'big'), Buffer.alloc(300_000, condition));
    }
    writeFileSync(join(this.secretsDirectory, 'key'), `${condition} secret`, { mode: 0o600 });
    writeFileSync(this.envFile, `CONDITION=${condition}\n`, { mode: 0o600 });
  }

  /** The condition of every part, as a reader of the files sees it. */
  conditions(volumes: readonly string[] = ['data', 'db']): string[] {
    const parts = volumes.map((name) => join(this.volumePath(name), 'inner', 'file'));
    return [...parts, join(this.secretsDirectory, 'key'), this.envFile].map((path) => {
      const text = readFileSync(path, 'utf8');
      return text.replace('CONDITION=', '').trim().split(' ')[0] ?? '';
    });
  }

  /** As a platform does it: volumes are the directories that are not hidden; missing ones are created empty. */
  target(listed: () => readonly string[]): RestoreTarget {
    return {
      directory: this.directory,
      envFile: this.envFile,
      secretsDirectory: this.secretsDirectory,
      volumes: async (names) => {
        const all = [...new Set([...names, ...listed()])];
        for (const name of names) mkdirSync(this.volumePath(name), { recursive: true });
        return all.map((name) => this.volume(name));
      },
    };
  }
}

/** What another program sees of a tree: every attribute but those of sockets. Independent of the code under test. */
export function describeTree(root: string): string[] {
  const find = (...expression: string[]): string[] =>
    execFileSync('find', ['.', ...expression], { cwd: root, env: { ...childEnv, LC_ALL: 'C' } })
      .toString('latin1')
      .split('\0')
      .filter((line) => line !== '')
      .sort();
  return [
    ...find('(', '-type', 'd', '-o', '-type', 'p', ')', '-printf', '%p|%y|%m|%U|%G\\0'),
    ...find('-type', 'f', '-printf', '%p|%y|%m|%U|%G|%s|%n|%T@\\0'),
    ...find('-type', 'l', '-printf', '%p|%y|%U|%G|%l|%T@\\0'),
    ...find('-type', 'f', '-exec', 'sha256sum', '-z', '--', '{}', '+'),
  ];
}
