import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a server listens; a free port of 127.0.0.1 by default. */
export async function listening(server: Server, port = 0): Promise<{ host: string; port: number }> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** Ends it with all its connections; one that does not listen is closed already. */
export function closed(server: Server | undefined): Promise<void> {
  server?.closeAllConnections();
  return new Promise((resolve) => (server?.listening ? server.close(() => resolve()) : resolve()));
}

/** An address where nothing listens. */
export async function vacant(): Promise<{ host: string; port: number }> {
  const server = createServer();
  const address = await listening(server);
  await closed(server);
  return address;
}
