import { expect } from 'chai';
import type { SsoCredentials } from '../../../lib/sso/provider.ts';
import { verifySignOn } from '../../../lib/sso/sign-on.ts';
import { type Answer, type Asked, serve } from '../../doubles/oidc/http.ts';
import { codeOf } from '../../rig/code-of.ts';

const never = new AbortController().signal;
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenOf = (claims: unknown): string => `${part({ alg: 'none' })}.${part(claims)}.signature`;

/** What a provider may say, well-meant or not; what is not told here is right. */
interface Sayings {
  discovery?: Record<string, unknown>;
  tokens?: Record<string, unknown>;
  /** Instead of the tokens. */
  refusal?: Answer;
}

describe('verifySignOn', () => {
  let port: number;
  let close: () => Promise<void>;
  let sayings: Sayings;
  let sent: Asked[];

  before(async () => {
    ({ port, close } = await serve([answer]));
  });
  beforeEach(() => {
    sayings = {};
    sent = [];
  });
  after(() => close());

  const issuer = (): string => `http://127.0.0.1:${port}/realms/notes-0a1b2c`;
  const credentials = (): SsoCredentials => ({
    url: `http://127.0.0.1:${port}`,
    realm: 'notes-0a1b2c',
    issuer: issuer(),
    clientId: 'notes',
    clientSecret: 'secret of the client & more=?',
    user: 'üser',
    password: 'p4ss+word %20&"é',
  });

  function answer(asked: Asked): Answer {
    sent.push(asked);
    const { discovery, tokens, refusal } = sayings;
    if (asked.path.at(-1) === 'openid-configuration')
      return { status: 200, json: { issuer: issuer(), token_endpoint: `${issuer()}/token`, ...discovery } };
    const claims = { iss: issuer(), aud: 'notes' };
    return refusal ?? { status: 200, json: { access_token: 'opaque', id_token: tokenOf(claims), ...tokens } };
  }

  const site = () => ({ url: `http://127.0.0.1:${port}`, adminUser: '', adminPasswordFile: '' });
  const outcome = (): Promise<string> => codeOf(verifySignOn(site(), credentials(), never));
  const OK = 'no error: undefined';

  it('sends what signing in takes, as a form, to the place that is published', async () => {
    expect(await outcome()).to.equal(OK);
    const { clientId, clientSecret, user, password } = credentials();
    expect(Object.fromEntries(sent[1]!.form)).to.deep.equal({
      grant_type: 'password',
      scope: 'openid',
      client_id: clientId,
      client_secret: clientSecret,
      username: user,
      password,
    });
    expect(sent).to.have.length(2);
  });

  it('takes a token that is for several', async () => {
    sayings = { tokens: { id_token: tokenOf({ iss: issuer(), aud: ['account', 'notes'] }) } };
    expect(await outcome()).to.equal(OK);
  });

  const rows: [string, () => Sayings, string][] = [
    ['another issuer', () => ({ discovery: { issuer: `${issuer()}/` } }), 'Misconfigured'],
    ['no issuer', () => ({ discovery: { issuer: undefined } }), 'Misconfigured'],
    [
      'an identity of another issuer',
      () => ({ tokens: { id_token: tokenOf({ iss: 'x', aud: 'notes' }) } }),
      'Misconfigured',
    ],
    [
      'an identity for another client',
      () => ({ tokens: { id_token: tokenOf({ iss: issuer(), aud: 'x' }) } }),
      'Conflict',
    ],
    ['an identity for nobody', () => ({ tokens: { id_token: tokenOf({ iss: issuer() }) } }), 'Conflict'],
    ['no identity', () => ({ tokens: { id_token: undefined } }), 'Unreachable'],
    ['an identity that is none', () => ({ tokens: { id_token: 'a.%%%.c' } }), 'Unreachable'],
    ['an identity that is a list', () => ({ tokens: { id_token: tokenOf([]) } }), 'Unreachable'],
    ['no access token', () => ({ tokens: { access_token: '' } }), 'Unreachable'],
    ['a wrong password', () => ({ refusal: { status: 401, json: { error: 'invalid_grant' } } }), 'Conflict'],
    [
      'a wrong password, as others say it',
      () => ({ refusal: { status: 400, json: { error: 'invalid_grant' } } }),
      'Conflict',
    ],
    ['a client that is gone', () => ({ refusal: { status: 401, json: { error: 'invalid_client' } } }), 'Conflict'],
    [
      'a grant that is not allowed',
      () => ({ refusal: { status: 400, json: { error: 'unauthorized_client' } } }),
      'Conflict',
    ],
    [
      'a request that it does not understand',
      () => ({ refusal: { status: 400, json: { error: 'x' } } }),
      'Misconfigured',
    ],
    ['a proxy’s sign-in', () => ({ refusal: { status: 401, html: '<p>who?</p>' } }), 'Unreachable'],
  ];
  for (const [what, says, code] of rows) {
    it(`${what}: ${code}`, async () => {
      sayings = says();
      expect(await outcome()).to.equal(code);
    });
  }

  it('I10 sends no password to anybody but who was asked', async () => {
    const places = [
      'http://127.0.0.1:1/token',
      'https://127.0.0.1/token',
      '//elsewhere.example.org',
      'file:///etc/passwd',
      '',
      7,
    ];
    for (const token_endpoint of [...places, `http://user:pass@127.0.0.1:${port}/token`]) {
      sayings = { discovery: { token_endpoint } };
      expect(await outcome(), String(token_endpoint)).to.equal('Misconfigured');
    }
    expect(sent.filter(({ method }) => method === 'POST')).to.deep.equal([]);
  });
});
