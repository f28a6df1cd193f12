import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { systemClock } from '../../../../lib/clock.ts';
import { CcError } from '../../../../lib/errors.ts';
import { type Log, silentLog } from '../../../../lib/log.ts';
import { DockerEngine } from '../../../../lib/platform/swarm/engine/docker-engine.ts';
import type { EngineEvent } from '../../../../lib/platform/swarm/engine/engine.ts';
import { parseEvent } from '../../../../lib/platform/swarm/engine/events.ts';
import { pullError } from '../../../../lib/platform/swarm/engine/pull.ts';
import { splitReference } from '../../../../lib/platform/swarm/image-reference.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { FakeDockerServer, frame, hangs, says } from './fake-docker-server.ts';

const never = new AbortController().signal;

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'none',
    (error: unknown) => (error instanceof CcError ? error.code : String(error)),
  );
}

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600 && !done(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(done()).to.equal(true);
}

describe('streams of an engine', () => {
  let server: FakeDockerServer;
  let engine: DockerEngine;
  let warnings: string[];

  beforeEach(async () => {
    server = await FakeDockerServer.start();
    warnings = [];
    const log: Log = { ...silentLog, warn: (message) => void warnings.push(message) };
    engine = new DockerEngine({ socketPath: server.socketPath, clock: systemClock, log });
  });

  afterEach(async () => {
    engine.close();
    await server.remove();
  });

  describe('events', () => {
    const created = JSON.stringify({
      Type: 'service',
      Action: 'create',
      Actor: { ID: 'x', Attributes: { name: 's_web' } },
    });

    it('go on after the stream ends, the engine goes away and comes back', async () => {
      let response: ServerResponse | undefined;
      server.answers.set('GET /events', (given) => {
        response = given;
        given.writeHead(200).write(`${created}\n`);
      });
      const events: EngineEvent[] = [];
      const controller = new AbortController();
      const end = engine.events((event) => void events.push(event), controller.signal);
      await until(() => events.length === 1);
      response?.end();
      await until(() => events.length === 2);
      await server.stopListening();
      await server.listen();
      await until(() => events.length === 3);
      controller.abort();
      await end;
      await until(() => server.sockets.size <= 1);
      expect(events[0]).to.deep.equal({ type: 'service', action: 'create', service: 's_web' });
      expect(server.calls.find(({ url }) => url.includes('/events'))?.url).to.include('filters');
    });

    it('survive rubbish, and a listener that throws', async () => {
      server.answers.set('GET /events', (response) => {
        response.writeHead(200).write(`rubbish\n[]\n5\n{"Type":"service"}\n${created}\n${created}\n`);
      });
      const controller = new AbortController();
      let seen = 0;
      const end = engine.events(() => {
        seen += 1;
        if (seen === 1) throw new Error('not taken');
        controller.abort();
      }, controller.signal);
      await end;
      expect(seen).to.equal(2);
    });

    it('wait longer and longer for an engine that is away, and end on abort while they wait', async () => {
      const clock = new FakeClock();
      const waits: unknown[] = [];
      const log: Log = { ...silentLog, warn: (_, fields) => void waits.push(fields?.retryMs) };
      const absent = new DockerEngine({ socketPath: `${server.socketPath}.no`, clock, log });
      const controller = new AbortController();
      const end = absent.events(() => {}, controller.signal);
      for (let tries = 0; tries < 500 && waits.length < 8; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        await clock.advance(1_000);
      }
      controller.abort();
      await end;
      expect(waits.slice(0, 8)).to.deep.equal([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    });

    it('end at once when the signal tripped before', async () => {
      const controller = new AbortController();
      controller.abort();
      await engine.events(() => {}, controller.signal);
      expect(server.calls).to.deep.equal([]);
    });

    const attributes = {
      'com.docker.stack.namespace': 's',
      'com.docker.swarm.service.name': 's_web',
      name: 's_web.1.x',
    };
    const rows = [
      [{ Type: 'container', Action: 'die', Actor: { Attributes: attributes } }, 'die'],
      [
        { Type: 'container', Action: 'health_status: healthy', Actor: { Attributes: attributes } },
        'health_status: healthy',
      ],
      [{ Type: 'container', Action: 'exec_start: /bin/check', Actor: { Attributes: attributes } }, undefined],
      [{ Type: 'network', Action: 'create', Actor: { Attributes: attributes } }, undefined],
    ] as const;
    for (const [event, action] of rows) {
      it(`${event.Type} ${event.Action} is ${action === undefined ? 'passed over' : 'told'}`, () => {
        const expected = { type: 'container', action, stack: 's', service: 's_web' };
        expect(parseEvent(JSON.stringify(event))).to.deep.equal(action === undefined ? undefined : expected);
      });
    }
  });

  describe('T54 pulls', () => {
    const progress = '{"status":"Pulling from a"}\n{"status":"Downloading","progressDetail":{"current":1}}\n';

    it('end with the image', async () => {
      server.answers.set('POST /images/create', says(200, `${progress}{"status":"Status: Downloaded"}\n`));
      server.answers.set('GET /images/reg:5000/a:1/json', says(200, { Id: 'sha256:1', RepoDigests: ['a@sha256:2'] }));
      expect(await engine.pull('reg:5000/a:1', never)).to.deep.equal({ id: 'sha256:1', repoDigests: ['a@sha256:2'] });
      expect(server.calls.find(({ method }) => method === 'POST')?.url).to.match(/fromImage=reg%3A5000%2Fa&tag=1$/);
    });

    it('that end well and leave no image are NotFound', async () => {
      server.answers.set('POST /images/create', says(200, progress));
      expect(await codeOf(engine.pull('a:1', never))).to.equal('NotFound');
    });

    it('read the error in the stream', async () => {
      const error = 'manifest for a:9 not found: manifest unknown: manifest unknown';
      server.answers.set(
        'POST /images/create',
        says(200, `${progress}${JSON.stringify({ errorDetail: { message: error }, error })}\n`),
      );
      expect(await codeOf(engine.pull('a:9', never))).to.equal('NotFound');
    });

    it('that are broken off are Unreachable', async () => {
      server.answers.set('POST /images/create', (response) => {
        response.writeHead(200).write(progress);
        setImmediate(() => response.socket?.destroy());
      });
      expect(await codeOf(engine.pull('a:9', never))).to.equal('Unreachable');
    });

    const answers = [
      [404, 'pull access denied for nope, repository does not exist or may require docker login', 'Misconfigured'],
      [500, 'Get "https://reg.example/v2/": dial tcp: lookup reg.example on 10.0.0.1:53: no such host', 'Unreachable'],
      [500, 'unauthorized: authentication required', 'Misconfigured'],
      [401, 'unauthorized: authentication required', 'Misconfigured'],
      [500, 'no basic auth credentials', 'Misconfigured'],
      [404, 'manifest for a:9 not found: manifest unknown', 'NotFound'],
      [400, 'invalid reference format', 'InvalidInput'],
    ] as const;
    for (const [status, message, code] of answers) {
      it(`${status} ${message.slice(0, 50)} is ${code}`, async () => {
        server.answers.set('POST /images/create', says(status, { message }));
        expect(await codeOf(engine.pull('a:9', never))).to.equal(code);
      });
    }

    const words = [
      ['manifest unknown', 'NotFound'],
      ['no matching manifest for linux/arm64/v8 in the manifest list entries', 'Unsupported'],
      ['denied: requested access to the resource is denied', 'Misconfigured'],
      ['failed to resolve reference "docker.io/a:9": docker.io/a:9: not found', 'NotFound'],
      ['toomanyrequests: You have reached your pull rate limit', 'Unreachable'],
      ['net/http: TLS handshake timeout', 'Unreachable'],
      ['received unexpected HTTP status: 503 Service Unavailable', 'Unreachable'],
      ['unexpected EOF', 'Unreachable'],
      ['failed to register layer: write /x: no space left on device', 'NoSpace'],
      ['something nobody ever said', 'Unreachable'],
    ] as const;
    for (const [said, code] of words) {
      it(`"${said.slice(0, 60)}" is ${code}`, () => expect(pullError('a:9', said).code).to.equal(code));
    }

    it('T100 name the image and the command to try by hand, and never say that it is tried again', () => {
      for (const [said] of words.filter(([, code]) => code !== 'NoSpace')) {
        const { message, remedy } = pullError('reg:5000/a:9', said);
        expect(message).to.include('image reg:5000/a:9');
        expect(remedy).to.include('docker pull reg:5000/a:9').and.not.include('again');
      }
    });

    it('T100 that a deadline cuts off are the registry’s, those that somebody cuts off nobody’s', async () => {
      for (const [reason, code] of [
        [new CcError('DeadlineExceeded', 'late'), 'Unreachable'],
        [new Error('cancelled'), 'Aborted'],
      ] as const) {
        const controller = new AbortController();
        server.answers.set('POST /images/create', (response) => {
          response.writeHead(200).write(progress);
          setImmediate(() => controller.abort(reason));
        });
        expect(await codeOf(engine.pull('a:9', controller.signal))).to.equal(code);
      }
    });

    it('the name of an image says nothing about its registry', () => {
      expect(pullError('timeout:9', 'manifest for timeout:9 not found: manifest unknown').code).to.equal('NotFound');
    });

    const references = [
      ['a', 'a', 'latest'],
      ['a:1', 'a', '1'],
      ['reg:5000/a', 'reg:5000/a', 'latest'],
      ['reg:5000/a:1', 'reg:5000/a', '1'],
      ['a@sha256:ab', 'a', 'sha256:ab'],
      ['reg:5000/a:1@sha256:ab', 'reg:5000/a', 'sha256:ab'],
    ] as const;
    for (const [reference, name, tag] of references) {
      it(`${reference} is ${name} and ${tag}`, () => expect(splitReference(reference)).to.deep.equal({ name, tag }));
    }
  });

  describe('logs', () => {
    const message = (at: string, task: string, text: string): string =>
      `2026-11-21T14:53:45.${at}Z com.docker.swarm.node.id=n,com.docker.swarm.service.id=a,com.docker.swarm.task.id=${task} ${text}`;

    function logs(...frames: Buffer[]): void {
      server.answers.set('GET /services/a/logs', (response) => void response.writeHead(200).end(Buffer.concat(frames)));
    }

    it('are in the order of their time, both streams and all tasks, the tail of the whole', async () => {
      logs(
        frame(1, message('000000003', 't1', 'three\n')),
        frame(2, message('000000001', 't1', 'one\n')),
        frame(1, message('000000002', 't2', 'two, with spaces\n')),
      );
      const lines = await engine.serviceLogs('a', {});
      expect(lines.map(({ taskId, text }) => [taskId, text])).to.deep.equal([
        ['t1', 'one'],
        ['t2', 'two, with spaces'],
        ['t1', 'three'],
      ]);
      expect(lines[0]?.at).to.equal(Date.parse('2026-11-21T14:53:45.000Z'));
      expect((await engine.serviceLogs('a', { tail: 1 })).map(({ text }) => text)).to.deep.equal(['three']);
      expect(server.calls.at(-1)?.url).to.include('tail=1');
    });

    it('a line in several messages is one, another stream between them too', async () => {
      logs(
        frame(1, message('1', 't1', 'begin ')),
        frame(2, message('2', 't1', 'other\n')),
        frame(1, message('3', 't1', 'end\n')),
        frame(1, message('4', 't1', '\n')),
      );
      expect((await engine.serviceLogs('a', {})).map(({ text }) => text)).to.deep.equal(['begin end', 'other', '']);
    });

    it('what the engine says without a time is no line', async () => {
      logs(frame(2, 'warning: incomplete log stream\n'), frame(1, message('1', 't', 'x\n')));
      expect((await engine.serviceLogs('a', {})).map(({ text }) => text)).to.deep.equal(['x']);
    });

    it('T60 that are broken off give what came', async () => {
      server.answers.set('GET /services/a/logs', (response) => {
        response.writeHead(200).write(frame(1, message('1', 't', 'x\n')));
        setTimeout(() => response.socket?.destroy(), 20);
      });
      expect((await engine.serviceLogs('a', {})).map(({ text }) => text)).to.deep.equal(['x']);
      expect(warnings).to.have.length(1);
    });

    it('of a service that is gone, or a driver that cannot be read, are none', async () => {
      expect(await engine.serviceLogs('gone', {})).to.deep.equal([]);
      server.answers.set('GET /_ping', says(200, 'OK'));
      server.answers.set(
        'GET /services/a/logs',
        says(501, { message: 'configured logging driver does not support reading' }),
      );
      expect(await engine.serviceLogs('a', {})).to.deep.equal([]);
      expect(warnings).to.have.length(2);
    });

    it('of an engine that is away are Unreachable, and aborted ones Aborted', async () => {
      server.answers.set('GET /services/a/logs', hangs);
      const controller = new AbortController();
      const call = codeOf(engine.serviceLogs('a', { signal: controller.signal }));
      await until(() => server.count('GET /services/a/logs') === 1);
      controller.abort();
      expect(await call).to.equal('Aborted');
      await server.stopListening();
      expect(await codeOf(engine.serviceLogs('a', {}))).to.equal('Unreachable');
    });
  });

  describe('exec', () => {
    beforeEach(() => {
      server.answers.set('POST /containers/c/exec', says(201, { Id: 'e' }));
      server.answers.set('GET /exec/e/json', says(200, { Running: false, ExitCode: 3, Pid: 0 }));
      server.onUpgrade = (socket) => {
        socket.write(frame(1, 'out'));
        socket.end(frame(2, 'err'));
      };
    });

    it('takes both outputs apart and gives the exit code', async () => {
      const result = await engine.exec('c', ['x', '-y'], {});
      expect(result).to.deep.equal({ exitCode: 3, stdout: 'out', stderr: 'err', outcome: 'Exited' });
      expect(
        JSON.parse(server.calls.find(({ url }) => url.includes('/containers/c/exec'))?.body ?? '{}'),
      ).to.deep.include({
        Cmd: ['x', '-y'],
        AttachStdin: false,
      });
    });

    it('waits for a process whose output ended before it', async () => {
      let asked = 0;
      server.answers.set('GET /exec/e/json', (response, call) => {
        asked += 1;
        says(200, { Running: asked < 4, ExitCode: asked < 4 ? null : 5 })(response, call);
      });
      expect((await engine.exec('c', ['x'], {})).exitCode).to.equal(5);
    });

    it('a container that is gone or stopped is an error', async () => {
      expect(await codeOf(engine.exec('gone', ['x'], {}))).to.equal('NotFound');
      server.answers.set('POST /containers/c/exec', says(409, { message: 'Container c is not running' }));
      expect(await codeOf(engine.exec('c', ['x'], {}))).to.equal('Conflict');
    });

    it('T69 what hangs ends at its time-out, with what it said', async () => {
      server.onUpgrade = (socket) => void socket.write(frame(1, 'began'));
      const result = await engine.exec('c', ['x'], { timeoutMs: 300 });
      expect(result).to.deep.include({ outcome: 'TimedOut', stdout: 'began' });
      expect(result.exitCode).not.to.equal(0);
    });

    it('is aborted before it began, while it begins, and while it runs', async () => {
      const before = AbortSignal.abort();
      expect((await engine.exec('c', ['x'], { signal: before })).outcome).to.equal('Aborted');
      server.onUpgrade = () => {};
      const controller = new AbortController();
      const running = engine.exec('c', ['x'], { signal: controller.signal });
      await until(() => server.count('POST /exec/e/start') === 1);
      controller.abort();
      expect((await running).outcome).to.equal('Aborted');
      server.answers.set('POST /containers/c/exec', hangs);
      const beginning = new AbortController();
      const call = engine.exec('c', ['x'], { signal: beginning.signal });
      beginning.abort();
      expect((await call).outcome).to.equal('Aborted');
    });

    it('an engine that goes away meanwhile is Unreachable', async () => {
      server.onUpgrade = () => {};
      const call = codeOf(engine.exec('c', ['x'], {}));
      await until(() => server.count('POST /exec/e/start') === 1);
      await server.stopListening();
      expect(await call).to.equal('Unreachable');
    });
  });
});
