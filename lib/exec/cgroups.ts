import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { explainError, systemCode } from '../errors.ts';
import { ownCgroupPlaces } from './cgroup-mount.ts';
import { directoriesBelow, killBelow, killOne, membersBelow, removeBelow, removeEmpty } from './cgroup-tree.ts';

/** Name of the directory of an instance: this and its id. */
const NAME = 'cc-ci.';

const TRY = `${NAME}try-`;
const HOME_TRIES = 5;

/** The way that keeps hold of processes, or why there is none. */
export type FoundCgroups = { cgroups: Cgroups } | { cgroups?: undefined; reason: string };

/**
 * Cgroups (version 2) of what we start. A process is born in the one of its token and cannot leave it, whatever it does
 * to its session, its parents or its environment; only root can move it. The path follows from the token, so that a
 * later controller finds it by looking: `<place>/cc-ci.<instance>/_child/_<id>`.
 */
export class Cgroups {
  /** Where new ones are made. */
  readonly place: string;
  readonly #home: number;
  /** All directories known to hold cgroups of ours. */
  readonly #places: Set<string>;

  private constructor(place: string, home: number) {
    this.place = place;
    this.#home = home;
    this.#places = new Set([place]);
    const own = place.indexOf(`/${NAME}`);
    if (own !== -1) this.#places.add(place.slice(0, own));
  }

  /**
   * Looks for a place where this process may make cgroups and move to and fro; tries it out. Leaves nothing.
   * @param places directories of the hierarchy, that of this process first.
   */
  static find(places: readonly string[] = ownCgroupPlaces()): FoundCgroups {
    let reason = 'cgroup version 2 is not mounted';
    for (const place of places) {
      const fault = faultOf(place, places[0] ?? place);
      if (fault === undefined)
        return { cgroups: new Cgroups(place, openSync(join(places[0] ?? place, 'cgroup.procs'), 'w')) };
      reason = fault;
    }
    return { reason };
  }

  /**
   * Looks through the whole hierarchy for cgroups that controllers of before made at another place; removes what is left
   * of a {@link find} that was killed.
   */
  findPlaces(): void {
    const top = ownCgroupPlaces().at(-1) ?? this.place;
    for (const path of directoriesBelow(top)) {
      const name = basename(path);
      const tried = name.startsWith(TRY) ? name.slice(TRY.length) : undefined;
      if (tried !== undefined && !existsSync(`/proc/${tried}`)) removeEmpty(path);
      else if (name.startsWith(NAME)) this.#places.add(dirname(path));
    }
  }

  /**
   * Makes the cgroup of a token and calls `start`, which has to fork before it returns: the child is born in there.
   * @throws system errors where this process cannot get in; nothing was started then.
   */
  startInside<T>(token: string, start: () => T): T {
    // Opened before: a start may take the last descriptor, and the way back needs none.
    const entrance = openEntrance(pathIn(this.place, token));
    try {
      writeSync(entrance, '0');
      return start();
    } finally {
      this.#goHome();
      closeSync(entrance);
    }
  }

  /**
   * Never throws, for the child is started by then. The kernel may refuse a move (no memory): who is astray is spared by
   * {@link kill}, and goes home the next time.
   */
  #goHome(): void {
    for (let triesLeft = HOME_TRIES; triesLeft > 0; triesLeft -= 1) {
      try {
        writeSync(this.#home, '0');
        return;
      } catch {
        // Once more.
      }
    }
  }

  /** Living processes of all tokens that begin with `prefix` (whole words), but for this one. */
  members(prefix: string): number[] {
    return this.#paths(prefix)
      .flatMap(membersBelow)
      .filter((pid) => pid !== process.pid);
  }

  /** Last words of the tokens right below `prefix` that have a living process. */
  names(prefix: string): string[] {
    const paths = this.#paths(prefix).flatMap((path) => directoriesBelow(path).filter((one) => dirname(one) === path));
    const living = paths.filter((path) => membersBelow(path).length > 0);
    return [...new Set(living.map((path) => basename(path).slice(1)))];
  }

  /** Ends all {@link members} by SIGKILL, those that they fork meanwhile included. Returns before they are gone. */
  kill(prefix: string): void {
    for (const path of this.#paths(prefix)) {
      const members = membersBelow(path);
      if (members.length === 0) continue;
      if (!members.includes(process.pid)) killBelow(path);
      else for (const pid of members) if (pid !== process.pid) killOne(pid);
    }
  }

  /**
   * Removes the cgroups of those tokens that have no member, and what is empty above them. Idempotent.
   * @returns whether none is left, but for that of this process: the kernel frees one a moment after its last member.
   */
  remove(prefix: string): boolean {
    let isGone = true;
    for (const place of this.#places) {
      const path = pathIn(place, prefix);
      const holdsUs = `${this.place}/`.startsWith(`${path}/`);
      isGone = (removeBelow(path) || holdsUs) && isGone;
      const top = pathIn(place, prefix.split('/')[0] ?? '');
      for (let above = dirname(path); above.startsWith(top); above = dirname(above)) {
        if (!removeEmpty(above)) break;
      }
    }
    return isGone;
  }

  /** Lets go of its descriptor. */
  close(): void {
    closeSync(this.#home);
  }

  #paths(prefix: string): string[] {
    return [...this.#places].map((place) => pathIn(place, prefix));
  }
}

/**
 * A word of a token becomes `_word`, for no word may be the name of a file of the kernel's (`cgroup.kill`).
 * @throws TypeError for a token with an empty word or one that leads elsewhere.
 */
function pathIn(place: string, token: string): string {
  const [instance = '', ...words] = token.replace(/\/$/, '').split('/');
  if ([instance, ...words].some((word) => word === '' || word.includes('\n') || word.length > 254))
    throw new TypeError(`no cgroup for the token ${JSON.stringify(token)}`);
  return join(place, `${NAME}${instance}`, ...words.map((word) => `_${word}`));
}

/** Makes a cgroup and opens the file by which one gets in. Somebody may remove an empty one above it meanwhile. */
function openEntrance(path: string, tries = 5): number {
  try {
    mkdirSync(path, { recursive: true });
    return openSync(join(path, 'cgroup.procs'), 'w');
  } catch (error) {
    if (tries === 0 || !['ENOENT', 'ENODEV'].includes(systemCode(error) ?? '')) throw error;
    return openEntrance(path, tries - 1);
  }
}

/** Moves a child in and back, as it will be done; the child does it, so that this process stays where it is. */
function faultOf(place: string, own: string): string | undefined {
  const path = join(place, `${TRY}${process.pid}`);
  try {
    mkdirSync(path);
  } catch (error) {
    return `${place} takes no cgroup (${explainError(error)})`;
  }
  if (!existsSync(join(path, 'cgroup.procs'))) {
    removeEmpty(path);
    return `${place} is no cgroup`;
  }
  const script = 'echo $$ >"$1/cgroup.procs" && echo $$ >"$2/cgroup.procs"';
  const { status } = spawnSync('/bin/sh', ['-c', script, 'sh', path, own], { env: {}, cwd: '/', stdio: 'ignore' });
  removeEmpty(path);
  return status === 0 ? undefined : `processes cannot be moved between ${own} and ${place}`;
}
