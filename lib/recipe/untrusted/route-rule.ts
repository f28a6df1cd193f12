import { CcError, hasCode } from '../../errors.ts';
import { isOwnHostPattern } from './host-pattern.ts';
import { isOwnHost, type Owner } from './owner.ts';

const LONGEST = 4096;
const DEEPEST = 16;
/** Matchers of Traefik 2 and 3 that narrow a route and name no host, in lower case. */
const NARROWING = new Set([
  'path',
  'pathprefix',
  'pathregexp',
  'method',
  'header',
  'headers',
  'headerregexp',
  'headersregexp',
  'query',
  'queryregexp',
  'clientip',
]);
/** The ingress reads rules as Go expressions: what of these is not here (escapes, comments, runes) is refused. */
const TOKEN = /[ \t]+|&&|\|\||[!(),]|[A-Za-z]+|`[^`]*`|"[^"\\]*"/y;
const PRINTABLE = /^[\x20-\x7e]*$/;

/**
 * Why a rule of an HTTP router may match requests to hosts that are not the app's, or names such a host; undefined: it
 * matches the app's own alone, as Traefik 2 and as Traefik 3 read it. Pure.
 */
export function routeFault(rule: string, owner: Owner): string | undefined {
  try {
    const bound = new RouteReader(tokensOf(rule), owner).read();
    return bound ? undefined : 'must name a host in every alternative (a path alone matches every app)';
  } catch (error) {
    if (hasCode(error, 'InvalidInput')) return error.message;
    throw error;
  }
}

function tokensOf(rule: string): string[] {
  if (rule.length > LONGEST) throw refusal(`must not be longer than ${LONGEST} characters`);
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < rule.length) {
    const at = TOKEN.lastIndex;
    const [token] = TOKEN.exec(rule) ?? [];
    if (token === undefined || !PRINTABLE.test(token.replaceAll('\t', ' '))) {
      throw refusal(`cannot be read at character ${at + 1}`);
    }
    if (!/^[ \t]/.test(token)) tokens.push(token);
  }
  return tokens;
}

/** Reads `||`, `&&`, `!`, brackets and matchers; each reading gives whether the part is bound to the app's hosts. */
class RouteReader {
  readonly #tokens: readonly string[];
  readonly #owner: Owner;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[], owner: Owner) {
    this.#tokens = tokens;
    this.#owner = owner;
  }

  read(): boolean {
    const bound = this.#either();
    if (this.#at < this.#tokens.length) throw this.#unexpected();
    return bound;
  }

  #either(): boolean {
    let bound = this.#both();
    while (this.#take('||')) bound = this.#both() && bound;
    return bound;
  }

  #both(): boolean {
    let bound = this.#one();
    while (this.#take('&&')) bound = this.#one() || bound;
    return bound;
  }

  #one(): boolean {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw refusal('is nested too deeply');
    const bound = this.#part();
    this.#depth -= 1;
    return bound;
  }

  #part(): boolean {
    if (this.#take('!')) {
      this.#one();
      return false;
    }
    if (this.#take('(')) {
      const bound = this.#either();
      this.#need(')');
      return bound;
    }
    return this.#matcher();
  }

  #matcher(): boolean {
    const name = this.#tokens[this.#at]?.toLowerCase() ?? '';
    if (!/^[a-z]+$/.test(name)) throw this.#unexpected();
    this.#at += 1;
    const values = this.#values();
    switch (name) {
      case 'host':
      case 'hostheader':
        this.#assertOwn(values, (host) => isOwnHost(host.toLowerCase(), this.#owner));
        return true;
      case 'hostregexp':
        this.#assertOwn(values, (pattern) => isOwnHostPattern(pattern, this.#owner));
        return true;
      default:
        if (NARROWING.has(name)) return false;
        throw refusal(`must not use ${name}`);
    }
  }

  #assertOwn(values: readonly string[], isOwn: (value: string) => boolean): void {
    const foreign = values.find((value) => !isOwn(value));
    if (foreign === undefined) return;
    throw refusal(`must be for ${this.#owner.domain} and below, not ${JSON.stringify(foreign)}`);
  }

  #values(): string[] {
    this.#need('(');
    const values = [this.#value()];
    while (this.#take(',')) values.push(this.#value());
    this.#need(')');
    return values;
  }

  #value(): string {
    const token = this.#tokens[this.#at] ?? '';
    if (!/^[`"]/.test(token)) throw this.#unexpected();
    this.#at += 1;
    return token.slice(1, -1);
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #need(token: string): void {
    if (!this.#take(token)) throw this.#unexpected();
  }

  #unexpected(): CcError {
    const token = this.#tokens[this.#at];
    return refusal(token === undefined ? 'ends too early' : `cannot be read at ${JSON.stringify(token)}`);
  }
}

function refusal(rule: string): CcError {
  return new CcError('InvalidInput', rule);
}
