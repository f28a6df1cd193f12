import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { AlertFiles } from '../../lib/alerts/alert-files.ts';
import { anAlert } from '../builders/alert.ts';
import { closed, listening } from '../component/app/servers.ts';
import { Bench } from './harness.ts';

describe('alerts of a controller', function () {
  this.timeout(240_000);
  let bench: Bench | undefined;
  let server: Server | undefined;

  afterEach(async () => {
    await bench?.dispose();
    await closed(server);
  });

  it('that lie there at its start, or come later, go to all sinks; ccctl shows them, also while it is down', async () => {
    const received: string[] = [];
    let status = 500;
    server = createServer((request, response) => {
      received.push(`${request.headers['webhook-id']} ${/^v1,/.test(String(request.headers['webhook-signature']))}`);
      response.writeHead(status).end();
    });
    const { host, port } = await listening(server);
    const webhook = { url: `http://${host}:${port}/`, secretFile: 'key' };
    bench = new Bench({ alerts: { sinks: [{ webhook }, { command: ['./notify'] }] } });
    const { root, state } = bench;
    writeFileSync(join(root, 'key'), 'a key\n');
    writeFileSync(join(root, 'notify'), `#!/bin/sh\ncat >> ${join(root, 'notified')}\n`, { mode: 0o755 });
    mkdirSync(state);
    const files = new AlertFiles(state);
    await files.create(anAlert({ id: 'before', facts: { failedSet: 'set-1' } }));
    await bench.start();
    await bench.waitFor('a refusal', () => received.length > 0);
    status = 204;
    const isSeen = async (id: string): Promise<boolean> => (await files.seen()).alerts.some((one) => one.id === id);
    await bench.waitFor('the first alert', () => isSeen('before'));
    expect(new Set(received)).to.deep.equal(new Set(['before true']));
    const notified = readFileSync(join(root, 'notified'), 'utf8');
    expect(
      notified
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { metadata: { name: string } }).metadata.name),
    ).to.deep.equal(['before']);

    expect(await bench.ok('get', 'alerts', '--no-headers')).to.match(
      /^before +Warning +UpgradeRolledBack +ws\/keycloak +Delivered +2\/2 /,
    );
    await bench.stop();
    await files.create(anAlert({ id: 'between' }));
    expect(await bench.ok('get', 'alerts', '-o', 'name')).to.include('alert/between');
    expect(await bench.ok('describe', 'alert/before')).to.include('set-1');
    await bench.start();
    await bench.waitFor('the other alert', () => isSeen('between'));
    expect(await bench.stop()).to.equal(0);
  });

  it('stay listed without sinks; what is in their place, or hangs, stops no controller', async () => {
    bench = new Bench();
    mkdirSync(bench.state);
    await new AlertFiles(bench.state).create(anAlert({ id: 'waits' }));
    await bench.start();
    expect(await bench.ok('get', 'alerts', '--no-headers')).to.match(/^waits .* Pending +- /);
    expect(await bench.stop()).to.equal(0);
    await bench.dispose();

    bench = new Bench({ alerts: { sinks: [{ command: ['sleep', '600'] }] } });
    mkdirSync(bench.state);
    await new AlertFiles(bench.state).create(anAlert({ id: 'hangs' }));
    await bench.start();
    expect(await bench.stop()).to.equal(0);
    await bench.dispose();

    bench = new Bench({ alerts: { sinks: [{ command: ['true'] }] } });
    mkdirSync(bench.state);
    writeFileSync(join(bench.state, 'alerts'), 'no directory');
    await bench.start();
    expect(await bench.stop()).to.equal(0);
  });
});
