import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type Asked, type Handler, serve } from '../../doubles/oidc/http.ts';

const ALGORITHM = 'ES256';

/** What it does otherwise than a provider should. */
export interface Lie {
  /** Laid over the claims of the identity token. */
  claims?: JWTPayload;
  /** `Foreign`: signed by a key that was never published; `None`: unsigned. */
  signature?: 'Foreign' | 'None';
  /** No identity token at all. */
  token?: 'Missing';
  /** What it calls itself in its discovery document. */
  issuer?: string;
}

type Key = Awaited<ReturnType<typeof generateKeyPair>>;

/** A provider of which every answer can be a lie. It asks nobody for a password: any code is good. */
export class HostileProvider {
  lie: Lie = {};
  /** Of the attempt that is under way. */
  nonce = '';
  readonly clientId = 'portal-0a1b2c';
  readonly issuer: string;
  readonly #close: () => Promise<void>;
  readonly #own: Key;
  readonly #foreign: Key;

  private constructor(keys: readonly [Key, Key], server: { port: number; close: () => Promise<void> }) {
    [this.#own, this.#foreign] = keys;
    this.issuer = `http://127.0.0.1:${server.port}`;
    this.#close = server.close;
  }

  static async start(): Promise<HostileProvider> {
    let provider: HostileProvider | undefined;
    const handler: Handler = (asked) => provider?.answer(asked);
    const keys = await Promise.all([generateKeyPair(ALGORITHM), generateKeyPair(ALGORITHM)]);
    provider = new HostileProvider(keys, await serve([handler]));
    return provider;
  }

  async answer({ path }: Asked): Promise<Awaited<ReturnType<Handler>>> {
    switch (path.at(-1)) {
      case 'openid-configuration':
        return { status: 200, json: this.#discovery() };
      case 'certs':
        return { status: 200, json: { keys: [{ ...(await exportJWK(this.#own.publicKey)), alg: ALGORITHM }] } };
      case 'token':
        return { status: 200, json: await this.#tokens() };
      default:
        return undefined;
    }
  }

  async stop(): Promise<void> {
    await this.#close();
  }

  #discovery(): object {
    return {
      issuer: this.lie.issuer ?? this.issuer,
      authorization_endpoint: `${this.issuer}/auth`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/certs`,
      id_token_signing_alg_values_supported: [ALGORITHM],
    };
  }

  /** A token of that lie. */
  async token({ signature, claims: lied }: Lie): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const names = { iss: this.issuer, aud: this.clientId, sub: 'mallory', preferred_username: 'mallory' };
    const claims = { ...names, iat: now, exp: now + 60, nonce: this.nonce, ...lied };
    if (signature === 'None') return unsigned(claims);
    const { privateKey } = signature === 'Foreign' ? this.#foreign : this.#own;
    return await new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM }).sign(privateKey);
  }

  async #tokens(): Promise<object> {
    const identity = await this.token(this.lie);
    return { access_token: 'x', token_type: 'Bearer', ...(this.lie.token !== 'Missing' && { id_token: identity }) };
  }
}

function unsigned(claims: JWTPayload): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}
