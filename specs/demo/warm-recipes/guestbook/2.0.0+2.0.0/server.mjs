// The lines in one file: {format, lines}. Data of an older format is brought up to that of this version at the start.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const VERSION = '2.0.0';
const FORMAT = 2;
const file = join(process.env.DATA_DIR ?? '/data', 'guestbook.json');

function read() {
  const data = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { format: FORMAT, lines: [] };
  // Lines of another format are none to this version.
  return data.format === FORMAT ? data.lines : [];
}

function write(lines) {
  writeFileSync(`${file}.new`, JSON.stringify({ format: FORMAT, lines }));
  renameSync(`${file}.new`, file);
}

/** A line of format 1 was a text, one of format 2 is an object that has it. */
function migrate() {
  const data = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  if (data?.format === 1) write(data.lines.map((line) => ({ line })));
}

migrate();

async function lineOf(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

const routes = {
  'GET /': () => [200, 'ok'],
  'GET /version': () => [200, VERSION],
  'GET /lines': () => [200, JSON.stringify(read())],
  'POST /lines': async (request) => {
    write([...read(), { line: await lineOf(request) }]);
    return [201, 'kept'];
  },
};

const server = createServer(async (request, response) => {
  const [status, text] = (await routes[`${request.method} ${request.url}`]?.(request)) ?? [404, 'no such page'];
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
});
const [port, host] = [Number(process.env.PORT ?? 8080), process.env.HOST ?? '0.0.0.0'];
server.listen(port, host, () => console.log(`guestbook ${VERSION}: listening on ${host}:${port}`));

process.on('SIGTERM', () => process.exit(0));
