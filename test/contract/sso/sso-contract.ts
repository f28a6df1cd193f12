import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { marksOf } from '../../../lib/sso/ownership.ts';
import type { SsoClaim, SsoCredentials, SsoProvider, SsoSite } from '../../../lib/sso/provider.ts';
import { realmName } from '../../../lib/sso/realm-name.ts';
import type { Gate } from '../../doubles/gate.ts';
import { codeOf } from '../../rig/code-of.ts';
import { askForm, discover, signInByCode } from './code-flow.ts';
import { type SsoServer, SsoSubject } from './sso-subject.ts';

const INSTANCE = 'instance-one';
const OTHER = 'instance-two';
const APP = 'http://127.0.0.1:20001/app';

const never = new AbortController().signal;

/** A claim of a run of its own. */
export function claimOf(recipe = 'notes', attempt = 1): SsoClaim {
  const run = randomUUID();
  return { realm: realmName(recipe, run, attempt), run, attempt, appUrl: APP };
}

/** What every kind of provider promises; faults have a suite of their own. */
export function ssoContract(kind: string, start: () => Promise<SsoServer>): void {
  describe(`sign-on contract: ${kind}`, () => {
    let subject: SsoSubject;
    let server: SsoServer;
    let gate: Gate;
    let site: SsoSite;
    let provider: SsoProvider;

    before(async function () {
      this.timeout(120_000);
      server = await start();
      subject = await SsoSubject.open(server);
      ({ gate, site } = subject);
    });
    beforeEach(() => {
      provider = server.adapter(INSTANCE);
      gate.heal();
    });
    afterEach(() => server.clear());
    after(async () => {
      await subject?.close();
    });

    const create = (claim: SsoClaim): Promise<SsoCredentials> => provider.create(site, claim, never);
    const verify = (credentials: SsoCredentials): Promise<void> => provider.verify(site, credentials, never);
    const list = async (): Promise<string[]> => (await provider.list(site, never)).map(({ realm }) => realm);
    const outcome = async (call: Promise<unknown>): Promise<string> => codeOf(call);
    const OK = 'no error: undefined';

    it('is ready', async () => {
      expect(await provider.isReady(site, never)).to.equal(true);
    });

    it('WC1b creates a realm in which its user signs in at once, and removes it', async () => {
      const claim = claimOf();
      const credentials = await create(claim);
      expect(credentials).to.include({
        url: gate.url,
        realm: claim.realm,
        issuer: `${gate.url}/realms/${claim.realm}`,
      });
      await verify(credentials);
      const { appUrl: _, ...own } = claim;
      expect(await provider.list(site, never)).to.deep.equal([own]);
      expect(await provider.remove(site, claim, never)).to.equal('Removed');
      expect(await server.realms()).to.deep.equal(['master']);
      expect(await outcome(verify(credentials))).to.equal('DataMissing');
    });

    it('signs in by the authorisation code flow with PKCE, with a token that its published keys prove', async () => {
      const credentials = await create(claimOf());
      const redirectUri = `${APP}/signed-in`;
      const { place, state, tokens, again } = await signInByCode(credentials, redirectUri);
      expect(`${place.origin}${place.pathname}`).to.equal(redirectUri);
      expect(place.searchParams.get('state')).to.equal(state);
      expect(tokens.status).to.equal(200);
      const keys = await (
        await fetch((await discover(credentials)).jwks_uri, { headers: { connection: 'close' } })
      ).json();
      const expected = { issuer: credentials.issuer, audience: credentials.clientId };
      const { payload } = await jwtVerify(tokens.id_token!, createLocalJWKSet(keys as JSONWebKeySet), expected);
      expect(payload).to.include({ preferred_username: credentials.user });
      expect(payload.exp! - payload.iat!, 'seconds').to.equal(60);
      expect(again, 'a code is good once').to.include({ status: 400, error: 'invalid_grant' });
    });

    it('takes no code from who cannot prove the challenge, and gives none to another place', async () => {
      const credentials = await create(claimOf());
      const { tokens } = await signInByCode(credentials, APP, { verifier: 'v'.repeat(43) });
      expect(tokens).to.include({ status: 400, error: 'invalid_grant' });
      expect(await askForm(credentials, 'https://elsewhere.example.org/')).to.equal(400);
      expect(await askForm(credentials, `${APP}/deep/place?and=more`)).to.equal(200);
    });

    it('leads back to any port of the loopback address, where none was named', async () => {
      const credentials = await provider.create(site, { ...claimOf(), appUrl: 'http://127.0.0.1' }, never);
      for (const redirectUri of ['http://127.0.0.1:20017/oauth/callback', 'http://127.0.0.1:29999/'])
        expect((await signInByCode(credentials, redirectUri)).tokens.status, redirectUri).to.equal(200);
      for (const elsewhere of [
        'http://127.0.0.1.example.org/',
        'http://127.0.0.1@example.org/',
        'https://127.0.0.1:20017/',
      ])
        expect(await askForm(credentials, elsewhere), elsewhere).to.equal(400);
    });

    it('names realms that are called like ours and are not, and no others', async () => {
      await create(claimOf());
      await server.plant('notes-ffffff', {});
      await server.plant('wiki-0a1b2c', marksOf(claimOf('wiki'), OTHER));
      await server.plant('customers', {});
      expect(await provider.listAlike(site, never)).to.deep.equal(['notes-ffffff', 'wiki-0a1b2c']);
    });

    it('signs in an app that knows no PKCE', async () => {
      const credentials = await create(claimOf());
      expect((await signInByCode(credentials, APP, { plain: true })).tokens.status).to.equal(200);
    });

    it('WC1c two runs of one recipe get realms and tokens of their own', async () => {
      const claims = [claimOf(), claimOf()];
      const [one, other] = await Promise.all(claims.map(create));
      expect(await list()).to.deep.equal(claims.map(({ realm }) => realm).sort());
      await Promise.all([verify(one!), verify(other!)]);
      const { issuer, realm } = other!;
      expect(await outcome(verify({ ...one!, issuer, realm }))).to.equal('Conflict');
      expect(await outcome(verify({ ...one!, password: other!.password }))).to.equal('Conflict');
      expect(await outcome(verify({ ...one!, clientSecret: other!.clientSecret }))).to.equal('Conflict');
      expect(await provider.remove(site, claims[0]!, never)).to.equal('Removed');
      await verify(other!);
    });

    it('I8 a create that is done again gives credentials that work, and the ones before do not', async () => {
      const claim = claimOf();
      const before = await create(claim);
      const after = await server.adapter(INSTANCE).create(site, claim, never);
      await verify(after);
      expect(await outcome(verify(before))).to.equal('Conflict');
      expect(await list()).to.deep.equal([claim.realm]);
    });

    it('I8 a realm whose creation was never told is found, and made again', async () => {
      const claim = claimOf();
      void gate.fail({ conduct: 'ResetAfter', on: server.calls.create, times: 1 });
      expect(await outcome(create(claim))).to.equal('Unreachable');
      expect(await list()).to.deep.equal([claim.realm]);
      await verify(await create(claim));
      expect(await provider.remove(site, claim, never)).to.equal('Removed');
    });

    it('a removal that was never told is success when done again; absent is success', async () => {
      const claim = claimOf();
      await create(claim);
      void gate.fail({ conduct: 'ResetAfter', on: server.calls.remove, times: 1 });
      expect(await outcome(provider.remove(site, claim, never))).to.equal('Unreachable');
      expect(await provider.remove(site, claim, never)).to.equal('Absent');
      expect(await provider.remove(site, claimOf(), never)).to.equal('Absent');
    });

    const claim = claimOf();
    const strangers: [string, Record<string, string>][] = [
      ['nobody’s', {}],
      ['another instance’s', marksOf(claim, OTHER)],
      ['another run’s', marksOf({ ...claim, run: randomUUID() }, INSTANCE)],
      ['another attempt’s', marksOf({ ...claim, attempt: 2 }, INSTANCE)],
      ['one with marks that somebody changed', { ...marksOf(claim, INSTANCE), 'cc-ci.attempt': '1e0' }],
    ];
    for (const [whose, attributes] of strangers) {
      it(`I17 a realm of that name that is ${whose} is neither used nor removed`, async () => {
        await server.plant(claim.realm, attributes);
        expect(await outcome(create(claim))).to.equal('Conflict');
        expect(await provider.remove(site, claim, never)).to.equal('NotOurs');
        expect(await server.realms()).to.have.members(['master', claim.realm]);
      });
    }

    it('I17 lists what carries our instance, whatever else looks like it', async () => {
      const own = claimOf();
      await create(own);
      await server.plant('notes-aaaaaa', {});
      await server.plant('notes-bbbbbb', marksOf(claimOf(), OTHER));
      await server.plant('customers', marksOf(claimOf(), INSTANCE));
      expect(await list()).to.deep.equal([own.realm]);
      expect(await server.adapter(OTHER).list(site, never)).to.have.length(1);
    });

    it('T82 refuses every name but those of runs before it asks anything', async () => {
      for (const realm of [
        'master',
        'Master',
        'customers',
        '',
        '../master',
        'a/../../b-0a1b2c',
        'notes-0a1b2c/',
        '%2e-0a1b2c',
      ]) {
        const wrong = { ...claimOf(), realm };
        expect(await outcome(create(wrong)), realm).to.equal('Refused');
        expect(await outcome(provider.remove(site, wrong, never)), realm).to.equal('Refused');
      }
      expect(gate.seen).to.deep.equal([]);
    });

    it('refuses a place of an app that is none before it asks anything', async () => {
      for (const appUrl of ['', 'notes.example.org', 'javascript:alert(1)', 'https://u:p@notes.example.org']) {
        expect(await outcome(create({ ...claimOf(), appUrl })), appUrl).to.equal('Misconfigured');
      }
      expect(gate.seen).to.deep.equal([]);
      await create({ ...claimOf(), appUrl: 'https://notes.example.org/' });
    });

    it('notices that the credentials were changed, and that the provider calls itself otherwise', async () => {
      const credentials = await create(claimOf());
      expect(await outcome(verify({ ...credentials, password: 'changed' }))).to.equal('Conflict');
      expect(await outcome(verify({ ...credentials, clientId: 'another' }))).to.equal('Conflict');
      const local = credentials.issuer.replace('127.0.0.1', 'localhost');
      const reached = { ...site, url: credentials.url.replace('127.0.0.1', 'localhost') };
      expect(await outcome(provider.verify(reached, { ...credentials, issuer: local }, never))).to.equal(OK);
      expect(await outcome(verify({ ...credentials, issuer: `${credentials.issuer}/` }))).not.to.equal(OK);
    });

    it('reaches a provider at the address that it is told, by the name of its URL', async () => {
      const claim = claimOf();
      const named = { ...site, url: `http://sso.example.org:${gate.port}`, connectTo: { host: '127.0.0.1' } };
      const ported = { ...site, url: 'http://sso.example.org', connectTo: { host: '127.0.0.1', port: gate.port } };
      for (const reached of [named, ported]) {
        const credentials = await provider.create(reached, claim, never);
        expect(credentials.issuer).to.equal(`${reached.url}/realms/${claim.realm}`);
        await provider.verify(reached, credentials, never);
        expect(await provider.remove(reached, claim, never)).to.equal('Removed');
      }
    });
  });
}
