import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { SourceCredential } from '../api/index.ts';
import { sha256 } from '../digest.ts';
import type { CommandRunner } from '../exec/command.ts';
import { namesIn } from '../fs/exists.ts';
import { joinInside } from '../fs/join-inside.ts';
import { Git } from '../recipe/git.ts';
import { RecipeMirror } from '../recipe/mirror.ts';
import { type MirrorContents, mirrorContents, packMirror, removeMirror } from '../recipe/mirror-upkeep.ts';
import { parseSource, type RecipeSource, type UrlCredentials } from '../recipe/source.ts';
import { openAccess, type SourceAccess, secretsOf } from '../recipe/source-access.ts';

export interface MirrorsOptions {
  stateDirectory: string;
  instanceId: string;
  runner: CommandRunner;
  /** PATH of the git children. */
  path: string;
  /** Users and passwords of sources; default: none. */
  sourceCredentials?: readonly SourceCredential[];
}

/** As {@link mirrorName} makes them. */
const NAME = /^.+-[0-9a-f]{8}\.git$/;

/**
 * Name of the directory of a source's mirror: the same with and without a password in the URL. Pure.
 * @throws CcError `Misconfigured` as {@link Mirrors.of}.
 */
export function mirrorName(recipe: string, source: string): string {
  return placeOf(recipe, source).name;
}

function placeOf(recipe: string, source: string) {
  const { location, credentials, kind } = parseSource(source);
  const identity = kind === 'LocalPath' ? source : location;
  return { name: `${recipe}-${sha256(identity).slice(0, 8)}.git`, identity, credentials };
}

/** The bare mirrors of this instance: one per source, `recipes/<recipe>-<hash8(source)>.git`. */
export class Mirrors {
  readonly #options: MirrorsOptions;
  readonly #open = new Map<string, RecipeMirror>();
  /** What URLs held, by the source without it; in memory only. */
  readonly #credentials = new Map<string, UrlCredentials>();
  readonly #secrets = new Set<string>();
  #sourceCredentials: readonly SourceCredential[];

  constructor(options: MirrorsOptions) {
    this.#options = options;
    this.#sourceCredentials = options.sourceCredentials ?? [];
  }

  /** From the next fetch on. */
  useCredentials(sourceCredentials: readonly SourceCredential[]): void {
    this.#sourceCredentials = sourceCredentials;
  }

  /**
   * The mirror of a source, the same object with and without a password in the URL, so that its writes are serial.
   * @throws CcError `Misconfigured` for a source that is neither a git URL nor an absolute path.
   */
  of(recipe: string, source: string): RecipeMirror {
    const { name, identity, credentials } = placeOf(recipe, source);
    if (credentials !== undefined) this.#learn(identity, credentials);
    const known = this.#open.get(name);
    if (known) return known;
    const { instanceId, runner, path } = this.#options;
    const mirror = new RecipeMirror({
      directory: this.#directoryOf(name),
      source: identity,
      runner,
      path,
      token: () => `${instanceId}/child/${randomUUID()}`,
      access: (of) => this.#access(of),
    });
    this.#open.set(name, mirror);
    return mirror;
  }

  /** Names of the directories of all mirrors that are there: those of {@link mirrorName}. */
  async names(): Promise<string[]> {
    return (await namesIn(join(this.#options.stateDirectory, 'recipes'))).filter((name) => NAME.test(name)).toSorted();
  }

  /** What the mirror of that name holds; undefined where there is none. @throws CcError as `RecipeMirror.contents`. */
  async contents(name: string, signal: AbortSignal): Promise<MirrorContents | undefined> {
    return await mirrorContents(this.#gitOf(name), signal);
  }

  /** Packs the mirror of that name anew. @throws CcError as `RecipeMirror.pack`. */
  async pack(name: string, signal: AbortSignal): Promise<void> {
    const open = this.#open.get(name);
    await (open === undefined ? packMirror(this.#gitOf(name), signal) : open.pack(signal));
  }

  /** Removes the mirror of that name; its next fetch makes it anew. Absent is success. */
  async remove(name: string): Promise<void> {
    const open = this.#open.get(name);
    await (open === undefined ? removeMirror(this.#directoryOf(name)) : open.remove());
  }

  /** Every password that was used so far, for masking. */
  secretValues(): string[] {
    return [...this.#secrets];
  }

  #directoryOf(name: string): string {
    return joinInside(this.#options.stateDirectory, 'recipes', name);
  }

  #gitOf(name: string): Git {
    const { instanceId, runner, path } = this.#options;
    return new Git(this.#directoryOf(name), { runner, path, token: () => `${instanceId}/child/${randomUUID()}` });
  }

  #learn(identity: string, credentials: UrlCredentials): void {
    this.#credentials.set(identity, credentials);
    for (const secret of secretsOf(credentials.password)) this.#secrets.add(secret);
  }

  async #access(source: RecipeSource): Promise<SourceAccess> {
    const credentials = this.#credentials.get(source.location);
    const access = await openAccess({ ...source, ...(credentials && { credentials }) }, this.#sourceCredentials);
    for (const secret of access.secrets) this.#secrets.add(secret);
    return access;
  }
}
