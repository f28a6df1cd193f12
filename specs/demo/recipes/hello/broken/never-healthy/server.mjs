import { createServer } from 'node:http';

const VERSION = '1.1.0';
const port = Number(process.env.PORT ?? 8080);
const host = process.env.HOST ?? '0.0.0.0';

const server = createServer((_request, response) => {
  response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' });
  response.end('warming up\n');
});
server.listen(port, host, () => console.log(`hello ${VERSION}: listening on ${host}:${port}`));

process.on('SIGTERM', () => {
  console.log('hello: stopping');
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
