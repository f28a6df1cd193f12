import { createServer } from 'node:http';
import * as store from './store.mjs';

const VERSION = '2.0.0';
const port = Number(process.env.PORT ?? 8080);
const host = process.env.HOST ?? '0.0.0.0';
const title = process.env.TITLE || 'notes';

const escape = (text) => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);

function page() {
  return `<!doctype html><meta charset="utf-8"><title>${escape(title)}</title>
<h1>${escape(title)}</h1><p>This is notes ${VERSION}.</p>
<form method="post" action="/api/notes"><input name="text" placeholder="A note"><button>Keep</button></form>\n`;
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function textOf(request, body) {
  const json = (request.headers['content-type'] ?? '').includes('json');
  return json ? JSON.parse(body).text : new URLSearchParams(body).get('text');
}

const routes = {
  'GET /': () => [200, page(), { 'content-type': 'text/html; charset=utf-8', 'set-cookie': session() }],
  'GET /healthz': () => [200, 'ok\n'],
  'GET /api/version': () => [200, { version: VERSION, format: store.FORMAT }],
  'GET /api/notes': (request) => {
    const wanted = new URL(request.url, 'http://localhost').searchParams.get('q') ?? '';
    return [200, store.read().filter((note) => store.textOf(note).toLowerCase().includes(wanted.toLowerCase()))];
  },
  'POST /api/notes': async (request) => {
    const text = textOf(request, await bodyOf(request));
    if (typeof text !== 'string' || text === '') return [400, { error: 'a note needs a text' }];
    store.add(text);
    return [201, { kept: text }];
  },
  'DELETE /api/notes': () => {
    store.write([]);
    return [204, ''];
  },
};

function session() {
  const id = Math.random().toString(36).slice(2);
  return `session=${id}.${store.sign(id)}; HttpOnly; SameSite=Lax`;
}

async function answer() {
  return [503, 'warming up\n'];
}

export async function answerOnceWarm(request) {
  const route = routes[`${request.method} ${new URL(request.url, 'http://localhost').pathname}`];
  if (!route) return [404, { error: 'no such page' }];
  try {
    return await route(request);
  } catch (error) {
    console.log(`notes: ${request.method} ${request.url} failed: ${error.message}`);
    return [500, { error: error.message }];
  }
}

store.open();
const server = createServer(async (request, response) => {
  const [status, body, headers = {}] = await answer(request);
  const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json', ...headers });
  response.end(text);
});
server.listen(port, host, () => console.log(`notes ${VERSION}: listening on ${host}:${port}`));

process.on('SIGTERM', () => {
  console.log('notes: stopping');
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
