import { createServer } from 'node:http';

const VERSION = '1.1.0';
const port = Number(process.env.PORT ?? 8080);
const host = process.env.HOST ?? '0.0.0.0';
const greeting = process.env.GREETING || 'hello';

const pages = { '/': `${greeting} from ${VERSION}\n`, '/healthz': 'ok\n' };

const server = createServer((request, response) => {
  const text = pages[new URL(request.url, 'http://localhost').pathname];
  response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text ?? 'no such page\n');
});
server.listen(port, host, () => console.log(`hello ${VERSION}: listening on ${host}:${port}`));

process.on('SIGTERM', () => {
  console.log('hello: stopping');
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
