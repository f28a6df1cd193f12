import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { askApp } from '../../../controllers/run/steps/commands.ts';
import { type GateOptions, type GateResult, HealthGate } from '../../../lib/app/health-gate.ts';
import type { Address } from '../../../lib/checks/app-connection.ts';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { hasCode } from '../../../lib/errors.ts';
import { deployTo } from '../../contract/platform/deploy-to.ts';
import { FakePlatform } from '../../fakes/fake-platform.ts';
import { closed, listening, vacant } from './servers.ts';

const APP = { domain: 'notes.example.org', recipe: 'notes', composeFiles: ['compose.yml'], env: {}, secrets: {} };
const REVISION = { commit: 'c1', directory: '/nowhere' };
/** No resolver is asked for a label of more than 63 characters. */
const NO_NAME = { host: `${'x'.repeat(64)}.invalid`, port: 443 };
const NO_SIGNAL = new AbortController().signal;

/** Has a certificate of nobody's, as an ingress shows it for names that it does not know. */
async function strangeIngress(): Promise<Server> {
  const root = await mkdtemp(join(tmpdir(), 'ccci-ingress-'));
  const options = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=DEFAULT CERT', '-keyout', 'key', '-out', 'pem'];
  execFileSync('openssl', ['req', '-x509', ...options], { cwd: root, stdio: 'pipe' });
  const [key, cert] = await Promise.all([readFile(join(root, 'key')), readFile(join(root, 'pem'))]);
  await rm(root, { recursive: true });
  return createHttps({ key, cert });
}

describe('the way to a routed app', () => {
  let platform: FakePlatform;
  let nowMs: number;
  let server: Server | undefined;

  const clock: Clock = { ...systemClock, now: () => nowMs, monotonicMs: () => nowMs };

  beforeEach(async () => {
    nowMs = 1_000_000;
    platform = await new FakePlatform({ clock }).open();
    platform.routed = 'https';
    await deployTo(platform, APP, REVISION);
  });
  afterEach(async () => {
    await closed(server);
    server = undefined;
    await platform.close();
  });

  /** Looks as often as a run does, for so many seconds or until there is a verdict; gives it, and the time it took. */
  const watch = async (
    connectTo: Address,
    { seconds, ...look }: Partial<GateOptions> & { seconds: number },
  ): Promise<{ result: GateResult; tookMs: number }> => {
    const gate = new HealthGate(platform, clock, { connectTo });
    const from = nowMs;
    for (;;) {
      const result = await gate.look({
        domain: APP.domain,
        settings: { healthPasses: 1 },
        sinceMs: 1_000_000,
        signal: NO_SIGNAL,
        ...look,
      });
      const tookMs = nowMs - from;
      if (result.state !== 'Waiting' || tookMs >= seconds * 1_000) return { result, tookMs };
      nowMs += 2_000;
    }
  };

  const isToldOff = ({ result, tookMs }: { result: GateResult; tookMs: number }, said: RegExp): void => {
    expect(result).to.include({ state: 'Failed', reason: 'NoIngress' });
    const message = result.state === 'Failed' ? result.message : '';
    expect(message).to.match(said);
    for (const remedy of ['swarm.connectTo', 'app.url', 'port']) expect(message).to.contain(remedy);
    expect(tookMs).to.be.at.most(60_000);
  };

  it('is missing where its name is not found', async () => {
    isToldOff(await watch(NO_NAME, { seconds: 12 }), /name not found/);
  });

  it('is missing where nothing listens', async () => {
    isToldOff(await watch(await vacant(), { seconds: 12 }), /connection refused/);
  });

  it('is missing where the deadline leaves no time for another look', async () => {
    isToldOff(await watch(await vacant(), { seconds: 0, remainingMs: 600 }), /connection refused/);
  });

  it('is missing where what answers has no certificate for it, in the time that one takes', async () => {
    server = await strangeIngress();
    const address = await listening(server);
    expect((await watch(address, { seconds: 30 })).result.state).to.equal('Waiting');
    isToldOff(await watch(address, { seconds: 62 }), /certificate/);
  });

  it('is waited for while it comes up', async () => {
    platform.routed = 'http';
    const address = await vacant();
    expect((await watch(address, { seconds: 6 })).result.state).to.equal('Waiting');
    server = createHttp((_request, response) => response.end('notes'));
    await listening(server, address.port);
    expect((await watch(address, { seconds: 2 })).result.state).to.equal('Up');
  });

  it('is there where the ingress answers for an app that does not', async () => {
    platform.routed = 'http';
    server = createHttp((_request, response) => response.writeHead(502).end());
    expect((await watch(await listening(server), { seconds: 90 })).result.state).to.equal('Waiting');
  });

  it('leads to no app whose routers name other hosts: told as that, with place and remedy, long before the deadline', async () => {
    platform.routed = 'http';
    const because = 'no router names the domain: service app, label x (compose.yml:9:1)';
    platform.behave('c2', { unrouted: because });
    await deployTo(platform, APP, { ...REVISION, commit: 'c2' });
    server = createHttp((_request, response) => response.writeHead(404).end('404 page not found'));
    const address = await listening(server);
    for (const reachedBefore of [false, true]) {
      const { result, tookMs } = await watch(address, { seconds: 60, reachedBefore });
      expect(result).to.include({ state: 'Failed', reason: 'NoRouter' });
      expect(result.state === 'Failed' && result.message)
        .to.contain(because)
        .and.contain('404')
        .and.contain('app.url');
      expect(tookMs).to.be.within(5_000, 30_000);
    }
    const settings = { healthPasses: 1, url: 'http://1.{domain}' };
    expect((await watch(address, { seconds: 60, settings })).result.state, 'another host').to.equal('Waiting');
  });

  it('is what has no certificate for an app whose routers name other hosts', async () => {
    platform.behave('c2', { unrouted: 'no router names the domain' });
    await deployTo(platform, APP, { ...REVISION, commit: 'c2' });
    server = await strangeIngress();
    const { result } = await watch(await listening(server), { seconds: 62 });
    expect(result).to.include({ state: 'Failed', reason: 'NoRouter' });
  });

  it('is named beside an answer of somebody else that may get better', async () => {
    platform.routed = 'http';
    platform.behave('c2', { unrouted: 'no router names the domain' });
    await deployTo(platform, APP, { ...REVISION, commit: 'c2' });
    server = createHttp((_request, response) => response.writeHead(502).end());
    const { result } = await watch(await listening(server), { seconds: 90 });
    expect(result.state === 'Waiting' && result.waitingFor)
      .to.contain('502')
      .and.contain('no router');
  });

  it('is not asked for where the app has a port of its own', async () => {
    platform.routed = undefined;
    expect((await watch(NO_NAME, { seconds: 30 })).result.state).to.equal('Waiting');
    const { endpoints } = await platform.observe(APP, NO_SIGNAL);
    const settings = { healthPasses: 1, url: `http://{domain}:${endpoints[0]?.port}` };
    expect((await watch(await vacant(), { seconds: 30, settings })).result.state).to.equal('Waiting');
  });

  it('that is lost in mid-run is a fault of the infrastructure', async () => {
    const error = await watch(await vacant(), { seconds: 12, reachedBefore: true }).catch((thrown: unknown) => thrown);
    expect(hasCode(error, 'Unreachable')).to.equal(true);
  });

  it('that is lost while a test or hook asks the app is one, too; a port of the app is its own to lose', async () => {
    const connectTo = await vacant();
    const settings = { connection: { connectTo } };
    const services = { platform, clock: systemClock, settings } as unknown as Parameters<typeof askApp>[0]['services'];
    const ask = async (url: string) => {
      const context = { services, applied: { url }, domain: APP.domain, signal: NO_SIGNAL };
      return await askApp(context as Parameters<typeof askApp>[0], '/', { timeoutMs: 2_000 });
    };
    const error = await ask(`https://${APP.domain}`).catch((thrown: unknown) => thrown);
    expect(hasCode(error, 'Unreachable')).to.equal(true);
    expect(await ask(`http://127.0.0.1:${connectTo.port}`)).to.include({ ok: false });
  });

  it('that a new version spoils for itself is waited for like the app', async () => {
    server = await strangeIngress();
    const look = { seconds: 62, reachedBefore: true };
    expect((await watch(await listening(server), look)).result.state).to.equal('Waiting');
  });
});
