import { rm, writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { CcError, type ErrorCode } from '../../../lib/errors.ts';
import { faultRule } from '../../../lib/run-record/fault-rules.ts';
import type { SsoClaim, SsoCredentials, SsoProvider, SsoSite } from '../../../lib/sso/provider.ts';
import type { Conduct, Gate } from '../../doubles/gate.ts';
import { codeOf } from '../../rig/code-of.ts';
import { until } from '../platform/platform-contract.ts';
import { claimOf } from './sso-contract.ts';
import { ADMIN, type SsoCalls, type SsoServer, SsoSubject } from './sso-subject.ts';

const INSTANCE = 'instance-one';
/** So long is waited for who never answers. */
const HASTY_MS = 200;

/** What each failure of a provider means, at any of its answers. */
const MEANINGS: readonly (readonly [Conduct, ErrorCode])[] = [
  ['Hang', 'Unreachable'],
  ['Reset', 'Unreachable'],
  ['Cut', 'Unreachable'],
  ['Garbage', 'Unreachable'],
  ['Empty', 'Unreachable'],
  ['Null', 'Unreachable'],
  ['Endless', 'Unreachable'],
  ['Compressed', 'Unreachable'],
  ['Echo', 'Unreachable'],
  ['Redirect', 'Misconfigured'],
  [{ status: 429 }, 'Unreachable'],
  [{ status: 500 }, 'Unreachable'],
  [{ status: 503 }, 'Unreachable'],
  [{ status: 403 }, 'Misconfigured'],
];

const BLAMES = { Unreachable: 'Infra', Conflict: 'Infra', DataMissing: 'Infra', Misconfigured: 'Configuration' };

type Act = 'create' | 'verify' | 'remove' | 'list';

/** What every kind of provider does where the one that it speaks to fails. */
export function ssoFaultContract(kind: string, start: () => Promise<SsoServer>): void {
  describe(`sign-on contract, faults: ${kind}`, () => {
    const never = new AbortController().signal;
    let subject: SsoSubject;
    let server: SsoServer;
    let gate: Gate;
    let site: SsoSite;
    let claim: SsoClaim;
    let credentials: SsoCredentials;

    before(async function () {
      this.timeout(120_000);
      server = await start();
      subject = await SsoSubject.open(server);
      ({ gate, site } = subject);
    });
    beforeEach(async () => {
      gate.heal();
      claim = claimOf();
      credentials = await server.adapter(INSTANCE).create(site, claim, never);
      gate.heal();
    });
    afterEach(() => server.clear());
    after(async () => {
      await subject?.close();
    });

    const acts: Record<Act, (provider: SsoProvider, at: SsoSite, signal: AbortSignal) => Promise<unknown>> = {
      create: (provider, at, signal) => provider.create(at, claimOf(), signal),
      verify: (provider, at, signal) => provider.verify(at, credentials, signal),
      remove: (provider, at, signal) => provider.remove(at, claim, signal),
      list: (provider, at, signal) => provider.list(at, signal),
    };
    const ACTS = Object.keys(acts) as Act[];

    /** The code; whose fault it is follows from it, and no word of what was sent or said stands in the error. */
    async function failureOf(work: Promise<unknown>): Promise<string> {
      const error: unknown = await work.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof CcError)) return `no error of ours: ${inspect(error)}`;
      if (error.code in BLAMES) expect(faultRule(error.code).blame).to.equal(BLAMES[error.code as 'Conflict']);
      const { clientSecret, password } = credentials;
      expectNoWord(error, [
        ...gate.bodies.flatMap(wordsOf),
        clientSecret,
        password,
        ADMIN.password,
        'Back soon</html>',
      ]);
      return error.code;
    }

    const act = (name: Act, callMs?: number, at = site): Promise<unknown> =>
      acts[name](server.adapter(INSTANCE, callMs), at, never);
    /** Hangs are waited for as short as possible, everything else as long as it takes. */
    const boundOf = (conduct: Conduct): number | undefined => (conduct === 'Hang' ? HASTY_MS : undefined);

    for (const [conduct, code] of MEANINGS) {
      const words = typeof conduct === 'string' ? conduct : JSON.stringify(conduct);
      it(`${words} at every answer: ${code}, and not ready`, async () => {
        void gate.fail({ conduct });
        for (const name of ACTS) expect(await failureOf(act(name, boundOf(conduct))), name).to.equal(code);
        expect(await server.adapter(INSTANCE, HASTY_MS).isReady(site, never)).to.equal(false);
      });

      for (const call of ['create', 'look', 'remove', 'list'] satisfies (keyof SsoCalls)[]) {
        it(`${words} at the answer to ${call}: ${code}, and the realm stays`, async () => {
          void gate.fail({ conduct, on: server.calls[call] });
          const name = call === 'look' ? 'remove' : call;
          expect(await failureOf(act(name, boundOf(conduct)))).to.equal(code);
          gate.heal();
          expect(await server.realms()).to.include(claim.realm);
        });
      }
    }

    it('T69 a proxy without a route, or with an old answer, is believed about nothing', async () => {
      void gate.fail({ conduct: 'NotFound', on: server.calls.look });
      expect(await failureOf(act('remove'))).to.equal('Unreachable');
      expect(await failureOf(act('create'))).to.equal('Unreachable');
      gate.heal();
      void gate.fail({ conduct: 'Another', on: server.calls.look });
      expect(await failureOf(act('remove'))).to.equal('Unreachable');
      gate.heal();
      void gate.fail({ conduct: 'NotFound', on: server.calls.remove });
      expect(await failureOf(act('remove'))).to.equal('Unreachable');
      gate.heal();
      void gate.fail({ conduct: 'NotFound', on: server.calls.signIn });
      expect(await failureOf(act('list'))).to.equal('Misconfigured');
    });

    it('leaves no connection open, however a call ends', async () => {
      for (const name of ACTS) await act(name);
      void gate.fail({ conduct: { status: 500 } });
      for (const name of ACTS) await failureOf(act(name));
      await until(
        () => gate.connections(),
        (count) => count === 0,
      );
    });

    it('nobody listens: Unreachable, and not ready', async () => {
      const closed = { ...site, url: 'http://127.0.0.1:1' };
      for (const name of ['create', 'remove', 'list'] satisfies Act[])
        expect(await failureOf(act(name, undefined, closed)), name).to.equal('Unreachable');
      expect(await server.adapter(INSTANCE).isReady(closed, never)).to.equal(false);
    });

    it('a URL that is none: Misconfigured, and not ready', async () => {
      for (const url of ['', 'sso.example.org', 'ftp://sso.example.org', 'http://admin:pass@127.0.0.1']) {
        const wrong = { ...site, url };
        for (const name of ['create', 'remove', 'list'] satisfies Act[])
          expect(await failureOf(act(name, undefined, wrong)), `${name} ${url}`).to.equal('Misconfigured');
        expect(await server.adapter(INSTANCE).isReady(wrong, never)).to.equal(false);
      }
    });

    it('a slow start is not ready, and then it is', async () => {
      const provider = server.adapter(INSTANCE);
      void gate.fail({ conduct: { status: 503 }, times: 2 });
      const looks = [];
      for (let look = 0; look < 3; look += 1) looks.push(await provider.isReady(site, never));
      expect(looks).to.deep.equal([false, false, true]);
    });

    it('a realm that somebody makes in the same moment: Conflict', async () => {
      void gate.fail({ conduct: { status: 409 }, on: server.calls.create });
      expect(await failureOf(act('create'))).to.equal('Conflict');
    });

    it('a token that is not taken any more is renewed once, in the middle of an operation', async () => {
      for (const call of ['look', 'create'] satisfies (keyof SsoCalls)[]) {
        gate.heal();
        void gate.fail({ conduct: { status: 401 }, on: server.calls[call], times: 1 });
        const made = claimOf();
        const fresh = await server.adapter(INSTANCE).create(site, made, never);
        expect(
          gate.seen.filter((line) => server.calls.signIn.test(line)),
          call,
        ).to.have.length(2);
        await server.adapter(INSTANCE).verify(site, fresh, never);
      }
    });

    it('a token that is never taken is not renewed for ever', async () => {
      void gate.fail({ conduct: { status: 401 }, on: server.calls.look });
      expect(await failureOf(act('remove'))).to.equal('Unreachable');
      expect(gate.seen.filter((line) => server.calls.signIn.test(line))).to.have.length(2);
    });

    describe('the admin’s password', () => {
      const write = (text: string): Promise<void> => writeFile(site.adminPasswordFile, text);
      afterEach(() => write(ADMIN.password));
      const codes = async (): Promise<string[]> => {
        const found = [];
        for (const name of ['create', 'remove', 'list'] satisfies Act[]) found.push(await failureOf(act(name)));
        return [...new Set(found)];
      };

      it('wrong: Misconfigured', async () => {
        await write('wrong-password-of-the-admin');
        expect(await codes()).to.deep.equal(['Misconfigured']);
      });

      it('is read on each call, and what ends its line is no part of it', async () => {
        await write('wrong-password-of-the-admin');
        const provider = server.adapter(INSTANCE);
        expect(await codeOf(provider.list(site, never))).to.equal('Misconfigured');
        await write(`${ADMIN.password}\n`);
        expect(await provider.list(site, never)).to.have.length(1);
      });

      it('absent, empty, too long: Misconfigured, and nobody is asked', async () => {
        gate.heal();
        for (const text of ['', '\n', 'x'.repeat(10_000)]) {
          await write(text);
          expect(await codes(), `${text.length} characters`).to.deep.equal(['Misconfigured']);
        }
        await rm(site.adminPasswordFile);
        expect(await codes()).to.deep.equal(['Misconfigured']);
        expect(gate.seen).to.deep.equal([]);
      });
    });

    for (const name of ACTS) {
      it(`${name}: a signal that trips before asks nothing, one that trips in the middle ends it: Aborted`, async () => {
        const provider = server.adapter(INSTANCE);
        expect(await codeOf(acts[name](provider, site, AbortSignal.abort()))).to.equal('Aborted');
        expect(gate.seen).to.deep.equal([]);
        const controller = new AbortController();
        const struck = gate.fail({ conduct: 'Hang' });
        const work = codeOf(acts[name](provider, site, controller.signal));
        await struck;
        controller.abort(new Error('why'));
        expect(await work).to.equal('Aborted');
      });
    }

    it('isReady: a signal that trips in the middle ends it: Aborted', async () => {
      const controller = new AbortController();
      const struck = gate.fail({ conduct: 'Hang' });
      const work = codeOf(server.adapter(INSTANCE).isReady(site, controller.signal));
      await struck;
      controller.abort();
      expect(await work).to.equal('Aborted');
    });
  });
}

/** What stands in a form or in JSON, but for the names of realms and addresses, which errors may name. */
function wordsOf(body: string): string[] {
  const values = body.startsWith('{') ? [body] : [...new URLSearchParams(body).values()];
  return values.flatMap((value) => value.split(/(?:user-)?notes-[0-9a-f]{6}|http:\/\/127\.0\.0\.1:\d+/));
}

/** So many characters in a row of a secret, or of what was sent or said, are no chance. */
const WINDOW = 12;

function expectNoWord(error: CcError, words: readonly string[]): void {
  const text = inspect(error, { depth: 20, maxStringLength: null, showHidden: true });
  for (const word of words) {
    for (let at = 0; at + WINDOW <= word.length; at += 1) {
      const part = word.slice(at, at + WINDOW);
      if (text.includes(part)) expect.fail(`“${part}” in ${text}`);
    }
  }
}
