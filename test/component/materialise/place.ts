import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Materialised, materialise } from '../../../lib/materialise/materialise.ts';

const OWNER = { pid: process.pid, since: '2026-01-01T00:00:00.000Z' };

/** Sources, a spec directory and a state directory below a directory of their own. */
export class Place {
  readonly root = mkdtempSync(join(tmpdir(), 'cc-ci-materialise-'));
  readonly specs = join(this.root, 'specs');
  readonly state = join(this.root, 'state');
  readonly link = join(this.specs, 'nix');

  constructor() {
    mkdirSync(this.specs);
    mkdirSync(this.state);
  }

  /** A source of these files, by path; those below `bin` may be executed, and nobody may write any of them. */
  source(name: string, files: Readonly<Record<string, string>>): string {
    const source = join(this.root, name);
    mkdirSync(source, { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(source, path)), { recursive: true });
      writeFileSync(join(source, path), text);
      chmodSync(join(source, path), path.includes('bin/') ? 0o555 : 0o444);
    }
    return source;
  }

  make(source: string, more: { keep?: number; link?: string; euid?: number } = {}): Promise<Materialised> {
    const { keep = 3, link = 'nix', euid } = more;
    const directories = { source, specDirectory: this.specs, stateDirectory: this.state };
    return materialise({ ...directories, link, keep, owner: OWNER, euid });
  }

  /** What the spec directory shows behind the link. */
  shown(): Record<string, string> {
    return contentOf(this.link);
  }

  /** The name of the generation in force. */
  inForce(): string {
    return readlinkSync(this.link).split('/').at(-1) ?? '';
  }

  generations(): string[] {
    return readdirSync(join(this.state, 'materialised/nix')).filter((name) => /^\d/.test(name));
  }

  /** Everything that a killed one might leave. */
  leavings(): string[] {
    const names = [...readdirSync(this.specs), ...readdirSync(join(this.state, 'materialised/nix'))];
    return names.filter((name) => name.startsWith('.tmp-'));
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Files below a directory, by path. */
export function contentOf(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.sort().map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]));
}
