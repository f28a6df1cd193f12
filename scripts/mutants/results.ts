import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Verdict } from './judge.ts';
import type { Mutant } from './mutant.ts';
import type { Room } from './rooms.ts';

export interface Result extends Mutant, Verdict {
  room: Room;
}

/** A survivor that may live. */
export interface Argued {
  id: string;
  file: string;
  /** What is written there, and what takes its place. */
  from: string;
  to: string;
  why: string;
}

/** The commit, and a digest of what is changed since. */
export function stateOf(project: string): string {
  const git = (...args: string[]): string => spawnSync('git', args, { cwd: project }).stdout.toString('utf8').trim();
  const commit = git('rev-parse', '--short=10', 'HEAD');
  const changes = git('diff', 'HEAD', '--', 'lib', 'controllers', 'test');
  return changes === '' ? commit : `${commit}+${createHash('sha256').update(changes).digest('hex').slice(0, 6)}`;
}

/** What is known of mutants, one line of JSON each. */
export class Results {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
  }

  read(): Result[] {
    let text = '';
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch {
      return [];
    }
    // The last line may be a part.
    return text.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as Result] : []));
  }

  add(result: Result): void {
    appendFileSync(this.#path, `${JSON.stringify(result)}\n`);
  }
}

/** The survivors that were argued. */
export function arguedIn(directory: string): Argued[] {
  return JSON.parse(readFileSync(join(directory, 'survivors.json'), 'utf8')) as Argued[];
}

/** One line: how many were noticed, and of how many survivors a reason is known. Pure. */
export function figure(room: string, results: readonly Result[], argued: readonly Argued[]): string {
  const noticed = results.filter(({ outcome }) => outcome === 'Noticed').length;
  const known = new Set(argued.map(({ id }) => id));
  const told = results.filter(({ outcome, id }) => outcome === 'Survived' && known.has(id)).length;
  const share = results.length === 0 ? 0 : Math.round((100 * noticed) / results.length);
  return `${room}: ${noticed} of ${results.length} noticed (${share} %), ${told} of ${results.length - noticed} survivors argued`;
}

/** A survivor as a person reads it. Pure. */
export function survivorLine({ id, file, line, kind, from, to, notRun = 0 }: Result): string {
  const short = (text: string): string => (text.length > 160 ? `${text.slice(0, 157)}…` : text).replaceAll('\n', ' ');
  const left = notRun > 0 ? ` (${notRun} covering test files were not run)` : '';
  return `${id} ${file}:${line} ${kind}: ${short(from) || 'nothing'} → ${short(to) || 'nothing'}${left}`;
}
