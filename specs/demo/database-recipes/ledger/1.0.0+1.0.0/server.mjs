import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { promisify } from 'node:util';

const VERSION = '1.0.0';
const run = promisify(execFile);
const port = Number(process.env.PORT ?? 8080);
const host = process.env.HOST ?? '0.0.0.0';
const env = { ...process.env, PGPASSWORD: readFileSync(process.env.PGPASSWORD_FILE, 'utf8').trim() };

/** Asks the database by its own client, so that this needs no package. */
async function ask(statement) {
  const words = ['--no-align', '--tuples-only', '--set=ON_ERROR_STOP=1', '--command', statement];
  return (await run('psql', words, { env })).stdout.trim();
}

const PREPARE = 'SET client_min_messages = error; CREATE TABLE IF NOT EXISTS entries (text text NOT NULL);';

const server = createServer(async (_, response) => {
  try {
    const count = (await ask(`${PREPARE} SELECT count(*) FROM entries;`)).split('\n').at(-1);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><meta charset="utf-8"><title>ledger</title>
<h1>ledger</h1><p>This is ledger ${VERSION}. It holds ${count} entries.</p>\n`);
  } catch (error) {
    response.writeHead(503, { 'content-type': 'text/plain' });
    response.end(`${error.stderr || error.message}\n`);
  }
});
server.listen(port, host, () => console.log(`ledger ${VERSION}: listening on ${host}:${port}`));
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
