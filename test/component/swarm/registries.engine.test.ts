import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { CcError, type ErrorCode } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { DockerEngine } from '../../../lib/platform/swarm/engine/docker-engine.ts';
import { testSocket } from '../../rig/test-engine.ts';

/** What a registry answers when it is asked for a manifest, and what becomes of it by the words of a real engine. */
const ROWS: readonly [what: string, status: number, error: string, code: ErrorCode][] = [
  ['has no such tag', 404, 'MANIFEST_UNKNOWN', 'NotFound'],
  ['has no such repository', 404, 'NAME_UNKNOWN', 'NotFound'],
  ['asks for a login', 401, 'UNAUTHORIZED', 'Misconfigured'],
  ['denies it', 403, 'DENIED', 'Misconfigured'],
  ['asks for patience', 429, 'TOOMANYREQUESTS', 'Unreachable'],
  ['is broken', 503, 'UNAVAILABLE', 'Unreachable'],
];

describe('T100 a real engine and a registry that', () => {
  let registry: Server;
  let engine: DockerEngine;
  const never = new AbortController().signal;

  before(async () => {
    registry = createServer((request, response) => {
      const [, status = '200', error = ''] = /^\/v2\/(\d+)\/([a-z_]+)\//.exec(request.url ?? '') ?? [];
      const errors = [{ code: error.toUpperCase(), message: error, detail: {} }];
      response.setHeader('docker-distribution-api-version', 'registry/2.0');
      if (status === '401') response.setHeader('www-authenticate', 'Basic realm="registry"');
      response.writeHead(Number(status), { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    engine = new DockerEngine({ socketPath: testSocket(), clock: systemClock, log: silentLog });
  });
  after(async () => {
    engine.close();
    registry.closeAllConnections();
    await new Promise((resolve) => registry.close(resolve));
  });

  const pull = (host: string, path: string): Promise<unknown> =>
    engine.pull(`${host}/${path}`, never).catch((error: unknown) => error);

  for (const [what, status, error, code] of ROWS) {
    it(`${what}: ${code}, with the command to try by hand`, async () => {
      const image = `${status}/${error.toLowerCase()}/x:1`;
      const host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
      const caught = await pull(host, image);
      expect(caught).to.be.instanceOf(CcError).with.property('code', code);
      expect((caught as CcError).remedy).to.include(`docker pull ${host}/${image}`);
    });
  }

  it('is not there: Unreachable, with the command to try by hand', async () => {
    const caught = await pull('127.0.0.1:1', 'none/x:1');
    expect(caught).to.be.instanceOf(CcError).with.property('code', 'Unreachable');
    expect((caught as CcError).remedy).to.include('docker pull 127.0.0.1:1/none/x:1');
  });
});
