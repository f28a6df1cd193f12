import { createServer } from 'node:http';
import { Kept } from './kept.mjs';
import * as signOn from './sign-on.mjs';

const VERSION = '1.0.0';
const port = Number(process.env.PORT ?? 8080);
const host = process.env.HOST ?? '0.0.0.0';
const publicUrl = process.env.PUBLIC_URL || `https://${process.env.DOMAIN}`;
const HTML = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'" };

/** Sign-ins that were begun, and people who are signed in: each by the cookie of a browser. */
const attempts = new Kept({ lifeMs: 10 * 60_000, limit: 1_000 });
const sessions = new Kept({ lifeMs: 60 * 60_000, limit: 10_000 });

const escape = (text) => String(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
const page = (body) => `<!doctype html><meta charset="utf-8"><title>portal</title><h1>portal</h1>${body}\n`;

function cookie(request, name) {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([key]) => key === name)?.[1];
}

function setCookie(name, value, seconds) {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
  return `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}

function home(request) {
  const person = sessions.find(cookie(request, 'portal_session'));
  if (person) {
    const who = `<p id="who">Signed in as <b>${escape(person.name)}</b></p>`;
    return [200, page(`${who}<form method="post" action="/sign-out"><button>Sign out</button></form>`), HTML];
  }
  const way = signOn.isConfigured ? '<p><a href="/sign-in">Sign in</a></p>' : '<p>Nobody can sign in here yet.</p>';
  return [200, page(`<p>This is portal ${VERSION}.</p>${way}`), HTML];
}

async function beginSignIn() {
  if (!signOn.isConfigured) return [404, page('<p>Nobody can sign in here yet.</p>'), HTML];
  const { place, attempt } = await signOn.begin(publicUrl);
  return [302, '', { location: place, 'set-cookie': setCookie('portal_attempt', attempts.keep(attempt), 600) }];
}

/** An attempt is good for one answer: the second one, right or wrong, finds none. */
async function endSignIn(request) {
  const attempt = attempts.take(cookie(request, 'portal_attempt'));
  if (!attempt) throw new signOn.Refused('NO_SUCH_ATTEMPT');
  const person = await signOn.end(publicUrl, attempt, new URL(request.url, publicUrl).search);
  const cookies = [setCookie('portal_attempt', '', 0), setCookie('portal_session', sessions.keep(person), 3600)];
  return [303, '', { location: '/', 'set-cookie': cookies }];
}

function signOut(request) {
  sessions.take(cookie(request, 'portal_session'));
  return [303, '', { location: '/', 'set-cookie': setCookie('portal_session', '', 0) }];
}

/** For programs: whom a token of the same issuer, given to this portal, stands for. */
async function me(request) {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  if (scheme !== 'Bearer' || !token) return [401, { error: 'a bearer token is missing' }];
  return [200, await signOn.personOf(token)];
}

const routes = {
  'GET /': home,
  'GET /healthz': () => [200, 'ok\n'],
  'GET /sign-in': beginSignIn,
  'GET /callback': endSignIn,
  'POST /sign-out': signOut,
  'GET /api/me': me,
};

async function answer(request) {
  const route = routes[`${request.method} ${request.url.split('?')[0]}`];
  if (!route) return [404, { error: 'no such page' }];
  try {
    return await route(request);
  } catch (error) {
    const refused = error instanceof signOn.Refused;
    console.log(`portal: ${request.method} ${request.url.split('?')[0]}: ${error.message}`);
    const said = refused ? 'You are not signed in' : 'The sign-on does not answer';
    const status = refused ? (request.url.startsWith('/api/') ? 401 : 403) : 502;
    return [status, page(`<p id="refused">${said}: ${escape(error.message)}</p>`), HTML];
  }
}

const server = createServer(async (request, response) => {
  const [status, body, headers = {}] = await answer(request);
  const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers }).end(text);
});
server.listen(port, host, () => console.log(`portal ${VERSION}: listening on ${host}:${port}`));

process.on('SIGTERM', () => {
  console.log('portal: stopping');
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
