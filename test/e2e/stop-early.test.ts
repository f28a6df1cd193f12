import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Bench } from './harness.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/cc-controller', import.meta.url));

describe('a controller that is asked to stop while it starts', function () {
  this.timeout(120_000);
  let bench: Bench;
  let engine: Server;
  let child: ChildProcess;
  let connections: Socket[];

  beforeEach(() => {
    bench = new Bench();
    connections = [];
  });
  afterEach(async () => {
    child.kill('SIGKILL');
    for (const connection of connections) connection.destroy();
    engine.close();
    await bench.dispose();
  });

  it('ends at once and in order, though an engine does not answer', async () => {
    const socket = join(bench.root, 'engine.sock');
    engine = createServer((connection) => connections.push(connection));
    engine.listen(socket);
    await once(engine, 'listening');
    const directories = ['--spec-directory', bench.specs, '--state-directory', bench.state];
    child = spawn(PROGRAM, ['--platform', 'swarm', '--swarm-socket', socket, ...directories], {
      cwd: bench.root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const output of [child.stdout, child.stderr]) output?.on('data', (data) => (said += data));
    await once(engine, 'connection');
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code, said).to.equal(0);
    expect(said).to.contain('stopped before it had started');
  });
});
