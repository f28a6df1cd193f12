import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export interface Client {
  id: string;
  secret: string;
  /** The last character may be a `*`. */
  redirectUris: readonly string[];
}

export interface User {
  name: string;
  password: string;
  email: string;
}

/** What a code stands for until it is redeemed, once. */
export interface Grant {
  redirectUri: string;
  challenge: string | undefined;
  nonce: string | undefined;
}

export interface Realm {
  name: string;
  attributes: Record<string, string>;
  client: Client | undefined;
  user: User | undefined;
  grants: Map<string, Grant>;
}

export type RealmDraft = Omit<Realm, 'grants'>;

/** All that the double knows; realms are kept in a file, where there is one. */
export class Realms {
  readonly admin: { user: string; password: string };
  readonly #file: string | undefined;
  readonly #realms = new Map<string, Realm>();
  readonly #tokens = new Set<string>();

  constructor(admin: { user: string; password: string }, file?: string) {
    this.admin = admin;
    this.#file = file;
    const kept = file !== undefined && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RealmDraft[]) : [];
    for (const draft of kept) this.create(draft);
    this.create({ name: 'master', attributes: {}, client: undefined, user: undefined });
  }

  /** False where there is one of that name. */
  create(draft: RealmDraft): boolean {
    if (this.#realms.has(draft.name)) return false;
    this.#realms.set(draft.name, { ...draft, grants: new Map() });
    this.#keep();
    return true;
  }

  find(name: string | undefined): Realm | undefined {
    return this.#realms.get(name ?? '');
  }

  remove(name: string): boolean {
    const isRemoved = this.#realms.delete(name);
    this.#keep();
    return isRemoved;
  }

  names(): string[] {
    return [...this.#realms.keys()];
  }

  /** A token of the admin's; undefined for another name or password. */
  signIn(user: string | null, password: string | null): string | undefined {
    if (user !== this.admin.user || password !== this.admin.password) return undefined;
    const token = randomBytes(16).toString('hex');
    this.#tokens.add(token);
    return token;
  }

  isAdmin(token: string | null | undefined): boolean {
    return this.#tokens.has(token ?? '');
  }

  /** What every token does at its time. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  #keep(): void {
    if (this.#file === undefined) return;
    const drafts = [...this.#realms.values()].map(({ grants: _, ...draft }) => draft);
    writeFileSync(`${this.#file}.new`, JSON.stringify(drafts));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
