import { CcError } from '../errors.ts';

/** What the rule of a router says; what is joined has at least two parts. */
export type RouteExpression =
  | { of: 'Any' | 'All'; parts: readonly RouteExpression[] }
  | { of: 'Not'; part: RouteExpression }
  | RouteMatcher;

/** A matcher of Traefik, its name in lower case. */
export interface RouteMatcher {
  of: 'Matcher';
  name: string;
  values: readonly string[];
}

const LONGEST = 4096;
const DEEPEST = 16;
/** The ingress reads rules as Go expressions: what of these is not here (escapes, comments, runes) cannot be read. */
const TOKEN = /[ \t]+|&&|\|\||[!(),]|[A-Za-z]+|`[^`]*`|"[^"\\]*"/y;
const PRINTABLE = /^[\x20-\x7e]*$/;

/** Reads a rule. Pure. @throws CcError `InvalidInput` for one that cannot be read; its message is said of the rule. */
export function readRoute(rule: string): RouteExpression {
  return new RouteReader(tokensOf(rule)).read();
}

/** Of a rule that is not taken; `what` is said of it. */
export function refusal(what: string): CcError {
  return new CcError('InvalidInput', what);
}

function tokensOf(rule: string): string[] {
  if (rule.length > LONGEST) throw refusal(`must not be longer than ${LONGEST} characters`);
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < rule.length) {
    const at = TOKEN.lastIndex;
    const [token] = TOKEN.exec(rule) ?? [];
    if (token === undefined || !PRINTABLE.test(token.replaceAll('\t', ' ')))
      throw refusal(`cannot be read at character ${at + 1}`);
    if (!/^[ \t]/.test(token)) tokens.push(token);
  }
  return tokens;
}

/** Reads `||`, `&&`, `!`, brackets and matchers. */
class RouteReader {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  read(): RouteExpression {
    const expression = this.#any();
    if (this.#at < this.#tokens.length) throw this.#unexpected();
    return expression;
  }

  #any(): RouteExpression {
    return this.#joined('Any', '||', () => this.#joined('All', '&&', () => this.#one()));
  }

  #joined(of: 'Any' | 'All', sign: string, next: () => RouteExpression): RouteExpression {
    const first = next();
    const others: RouteExpression[] = [];
    while (this.#take(sign)) others.push(next());
    return others.length === 0 ? first : { of, parts: [first, ...others] };
  }

  #one(): RouteExpression {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw refusal('is nested too deeply');
    const expression = this.#part();
    this.#depth -= 1;
    return expression;
  }

  #part(): RouteExpression {
    if (this.#take('!')) return { of: 'Not', part: this.#one() };
    if (!this.#take('(')) return this.#matcher();
    const expression = this.#any();
    this.#need(')');
    return expression;
  }

  #matcher(): RouteMatcher {
    const name = this.#next(/^[a-z]+$/i).toLowerCase();
    const values: string[] = [];
    this.#need('(');
    do values.push(this.#next(/^[`"]/).slice(1, -1));
    while (this.#take(','));
    this.#need(')');
    return { of: 'Matcher', name, values };
  }

  #next(wanted: RegExp): string {
    const token = this.#tokens[this.#at] ?? '';
    if (!wanted.test(token)) throw this.#unexpected();
    this.#at += 1;
    return token;
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
