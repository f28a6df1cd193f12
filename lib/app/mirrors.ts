import { randomUUID } from 'node:crypto';
import type { SourceCredential } from '../api/index.ts';
import { sha256 } from '../digest.ts';
import type { CommandRunner } from '../exec/command.ts';
import { joinInside } from '../fs/join-inside.ts';
import { RecipeMirror } from '../recipe/mirror.ts';
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

/** The bare mirrors of this instance: one per source, `recipes/<recipe>-<hash8(source)>.git`. */
export class Mirrors {
  readonly #options: MirrorsOptions;
  readonly #open = new Map<string, RecipeMirror>();
  /** What URLs held, by the source without it; in memory only. */
  readonly #credentials = new Map<string, UrlCredentials>();
  readonly #secrets = new Set<string>();

  constructor(options: MirrorsOptions) {
    this.#options = options;
  }

  /**
   * The mirror of a source, the same object with and without a password in the URL, so that its writes are serial.
   * @throws CcError `Misconfigured` for a source that is neither a git URL nor an absolute path.
   */
  of(recipe: string, source: string): RecipeMirror {
    const { location, credentials, kind } = parseSource(source);
    const identity = kind === 'LocalPath' ? source : location;
    if (credentials !== undefined) this.#learn(identity, credentials);
    const hash = sha256(identity).slice(0, 8);
    const name = `${recipe}-${hash}.git`;
    const known = this.#open.get(name);
    if (known) return known;
    const { stateDirectory, instanceId, runner, path } = this.#options;
    const mirror = new RecipeMirror({
      directory: joinInside(stateDirectory, 'recipes', name),
      source: identity,
      runner,
      path,
      token: () => `${instanceId}/child/${randomUUID()}`,
      access: (of) => this.#access(of),
    });
    this.#open.set(name, mirror);
    return mirror;
  }

  /** Every password that was used so far, for masking. */
  secretValues(): string[] {
    return [...this.#secrets];
  }

  #learn(identity: string, credentials: UrlCredentials): void {
    this.#credentials.set(identity, credentials);
    for (const secret of secretsOf(credentials.password)) this.#secrets.add(secret);
  }

  async #access(source: RecipeSource): Promise<SourceAccess> {
    const { sourceCredentials = [] } = this.#options;
    const credentials = this.#credentials.get(source.location);
    const access = await openAccess({ ...source, ...(credentials && { credentials }) }, sourceCredentials);
    for (const secret of access.secrets) this.#secrets.add(secret);
    return access;
  }
}
