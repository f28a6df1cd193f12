import { chmod } from 'node:fs/promises';
import { expect } from 'chai';
import { systemClock } from '../../../../lib/clock.ts';
import { CcError, type ErrorCode } from '../../../../lib/errors.ts';
import { silentLog } from '../../../../lib/log.ts';
import { DockerEngine } from '../../../../lib/platform/swarm/engine/docker-engine.ts';
import { answerError, connectionError } from '../../../../lib/platform/swarm/engine/errors.ts';
import { enginePath } from '../../../../lib/platform/swarm/engine/path.ts';
import { negotiateVersion } from '../../../../lib/platform/swarm/engine/version.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { breaksOff, FakeDockerServer, hangs, says, VERSION } from './fake-docker-server.ts';

const never = new AbortController().signal;

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | 'none'> {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (error instanceof CcError) return error.code;
    throw error;
  }
}

/** Lets a fake clock run until the work settles. */
async function advanceUntilSettled<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let settled = false;
  const end = work.finally(() => {
    settled = true;
  });
  end.catch(() => {});
  for (let tries = 0; tries < 2_000 && !settled; tries += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(100);
  }
  return await end;
}

describe('calls of an engine', () => {
  let server: FakeDockerServer;
  let clock: FakeClock;
  let engine: DockerEngine;

  beforeEach(async () => {
    server = await FakeDockerServer.start();
    clock = new FakeClock();
    engine = new DockerEngine({ socketPath: server.socketPath, clock, log: silentLog });
  });

  afterEach(async () => {
    engine.close();
    await server.remove();
  });

  describe('version', () => {
    const rows = [
      ['1.41', '1.12', '1.41', 'the engine is older than this code'],
      ['1.52', '1.24', '1.47', 'this code is older than the engine'],
      ['1.60', '1.50', '1.50', 'the engine speaks nothing that old any more'],
      ['1.9', undefined, '1.9', 'numbers, not decimals'],
    ] as const;
    for (const [ApiVersion, MinAPIVersion, spoken, why] of rows) {
      it(`${ApiVersion} and no older than ${MinAPIVersion} gives ${spoken}: ${why}`, () => {
        expect(negotiateVersion({ Version: '1', ApiVersion, MinAPIVersion }).apiVersion).to.equal(spoken);
      });
    }

    it('is asked once, without a version, however many calls begin at once', async () => {
      server.answers.set('GET /services', says(200, []));
      await Promise.all(Array.from({ length: 20 }, () => engine.services(never)));
      expect(server.calls.filter(({ url }) => url.startsWith('/version'))).to.have.length(1);
      expect(server.calls.filter(({ url }) => url.startsWith('/v1.41/services?'))).to.have.length(20);
    });

    it('is asked again after the engine was away', async () => {
      server.answers.set('GET /services', says(200, []));
      await engine.services(never);
      await server.stopListening();
      expect(await codeOf(engine.services(never))).to.equal('Unreachable');
      server.answers.set('GET /version', says(200, { ...VERSION, ApiVersion: '1.44' }));
      await server.listen();
      await engine.services(never);
      expect(server.calls.at(-1)?.url).to.match(/^\/v1\.44\/services/);
    });

    it('a caller that goes away does not take the answer from the others', async () => {
      server.answers.set('GET /services', says(200, []));
      const gone = new AbortController();
      const first = codeOf(engine.services(gone.signal));
      const second = codeOf(engine.services(never));
      gone.abort();
      expect([await first, await second]).to.deep.equal(['Aborted', 'none']);
    });

    for (const answer of ['', 'hello', '[]', '{"Version":"1"}', '{"Version":"1","ApiVersion":"x"}', 'null']) {
      it(`${JSON.stringify(answer)} is no version`, async () => {
        server.answers.set('GET /version', says(200, answer));
        expect(await codeOf(engine.services(never))).to.equal('Unreachable');
      });
    }
  });

  describe('an engine that does not answer', () => {
    it('is Unreachable after the deadline, and holds no socket then', async () => {
      server.answers.set('GET /services', hangs);
      expect(await codeOf(advanceUntilSettled(clock, engine.services(never)))).to.equal('Unreachable');
      await until(() => server.sockets.size <= 1);
    });

    it('is Unreachable too where it hangs in the middle of its answer', async () => {
      server.answers.set('GET /services', (response) => void response.writeHead(200).write('[{"ID":'));
      expect(await codeOf(advanceUntilSettled(clock, engine.services(never)))).to.equal('Unreachable');
    });

    it('or does not even say its version', async () => {
      server.answers.set('GET /version', hangs);
      expect(await codeOf(advanceUntilSettled(clock, engine.services(never)))).to.equal('Unreachable');
    });

    it('can be left by abort at once', async () => {
      server.answers.set('GET /services', hangs);
      const controller = new AbortController();
      const call = codeOf(engine.services(controller.signal));
      await until(() => server.count('GET /services') === 1);
      controller.abort();
      expect(await call).to.equal('Aborted');
      await until(() => server.sockets.size <= 1);
      expect(await codeOf(engine.services(controller.signal))).to.equal('Aborted');
    });

    it('breaks off: at once, in the middle of the answer and in the middle of an error', async () => {
      server.answers.set('GET /services', breaksOff);
      expect(await codeOf(engine.services(never))).to.equal('Unreachable');
      for (const status of [200, 404]) {
        server.answers.set('GET /services', (response) => {
          response.writeHead(status, { 'Content-Length': '100' });
          response.write('[');
          setImmediate(() => response.socket?.destroy());
        });
        expect(await codeOf(engine.services(never))).to.equal('Unreachable');
      }
    });

    it('is not there, or not for us', async () => {
      const absent = new DockerEngine({ socketPath: `${server.socketPath}.no`, clock, log: silentLog });
      expect(await codeOf(absent.identity(never))).to.equal('Unreachable');
      await chmod(server.socketPath, 0o600);
      const denied = connectionError(Object.assign(new Error('connect EACCES'), { code: 'EACCES' }), '/run/d.sock');
      expect(denied.code).to.equal('Unreachable');
      expect(denied.remedy).to.include('group').and.to.include('/run/d.sock');
    });
  });

  describe('answers', () => {
    for (const answer of ['', 'no json', '{}', '[5]', '[{}]', '[{"ID":"x","Spec":{"Name":"x","Mode":{}}}]', '"x"']) {
      it(`${JSON.stringify(answer)} is no list of services`, async () => {
        server.answers.set('GET /services', says(200, answer));
        expect(await codeOf(engine.services(never))).to.equal(answer === '' ? 'none' : 'Unreachable');
      });
    }

    it('T69 without end are left', async () => {
      server.answers.set('GET /services', (response) => {
        const piece = Buffer.alloc(4 * 1024 * 1024, ' ');
        const more = (): void => {
          if (!response.destroyed) response.write(piece, more);
        };
        more();
      });
      expect(await codeOf(engine.services(never))).to.equal('Unreachable');
      await until(() => server.sockets.size === 0);
    });

    const rows: readonly (readonly [number, string, ErrorCode, string])[] = [
      [500, 'boom', 'Unreachable', 'tried again'],
      [503, 'This node is not a swarm manager. Use "docker swarm init"', 'Unreachable', 'no manager'],
      [400, 'bad parameter', 'InvalidInput', 'we asked wrongly'],
      [404, 'service x not found', 'NotFound', 'absent'],
      [409, 'name conflicts with an existing object', 'Conflict', 'taken'],
      [500, 'rpc error: code = Unknown desc = update out of sequence', 'Conflict', 'a stale update is a 500'],
      [500, 'write /x: no space left on device', 'NoSpace', 'the disk is full'],
      [409, 'mkdir /x: no space left on device', 'NoSpace', 'whatever the status'],
      [301, '', 'Unreachable', 'no answer of an engine'],
    ];
    for (const [status, message, code, why] of rows) {
      it(`${status} ${message.slice(0, 40)} is ${code}: ${why}`, () => {
        expect(answerError({ method: 'POST', path: '/x', status, message }, '/s').code).to.equal(code);
      });
    }

    it('T92 stopping what does not run, or is gone, is success; removing what runs is Conflict', async () => {
      server.answers.set('POST /containers/a/stop', says(304, ''));
      server.answers.set('POST /containers/b/stop', says(404, { message: 'no such container' }));
      server.answers.set('DELETE /containers/a', says(409, { message: 'you cannot remove a running container' }));
      await engine.stopContainer('a', never);
      await engine.stopContainer('b', never);
      expect(await codeOf(engine.removeContainer('a', never))).to.equal('Conflict');
    });

    it('what refuses a removal is Conflict, what is gone already is success', async () => {
      server.answers.set(
        'DELETE /secrets/a',
        says(400, { message: "secret 'a' is in use by the following service: b" }),
      );
      server.answers.set('DELETE /networks/a', says(403, { message: 'network a has active endpoints' }));
      server.answers.set('DELETE /volumes/a', says(409, { message: 'volume is in use' }));
      expect(await codeOf(engine.removeSecret('a', never))).to.equal('Conflict');
      expect(await codeOf(engine.removeNetwork('a', never))).to.equal('Conflict');
      expect(await codeOf(engine.removeVolume('a', never))).to.equal('Conflict');
      await engine.removeConfig('gone', never);
    });

    it('the remedy of a node outside a swarm is to make one', () => {
      const error = answerError(
        { method: 'GET', path: '/x', status: 503, message: 'This node is not a swarm manager.' },
        '/s',
      );
      expect(error.remedy).to.include('docker swarm init');
    });
  });

  describe('updates', () => {
    const service = { ID: 'a', Version: { Index: 7 }, Spec: { Name: 'a', Mode: { Replicated: { Replicas: 1 } } } };

    it('a stale one is made again from what is there now', async () => {
      let index = 7;
      server.answers.set('GET /services/a', (response, call) =>
        says(200, { ...service, Version: { Index: index++ } })(response, call),
      );
      server.answers.set('POST /services/a/update', (response, call) =>
        call.url.includes('version=9')
          ? says(200, {})(response, call)
          : says(500, { message: 'rpc error: update out of sequence' })(response, call),
      );
      await engine.scale('a', 0, never);
      expect(JSON.parse(server.calls.at(-1)?.body ?? '')).to.deep.equal({
        Name: 'a',
        Mode: { Replicated: { Replicas: 0 } },
      });
    });

    it('a nudge sends the spec as it is', async () => {
      server.answers.set('GET /services/a', says(200, service));
      server.answers.set('POST /services/a/update', says(200, {}));
      await engine.nudge('a', never);
      expect(server.calls.at(-1)?.url).to.include('version=7');
      expect(JSON.parse(server.calls.at(-1)?.body ?? '')).to.deep.equal(service.Spec);
    });

    it('is Conflict the third time, and nothing at all where nothing changes', async () => {
      server.answers.set('GET /services/a', says(200, service));
      server.answers.set('POST /services/a/update', says(500, { message: 'update out of sequence' }));
      await engine.scale('a', 1, never);
      expect(server.count('POST /services/a/update')).to.equal(0);
      expect(await codeOf(engine.scale('a', 0, never))).to.equal('Conflict');
      expect(server.count('POST /services/a/update')).to.equal(3);
    });
  });

  it('hundreds of calls at once take six sockets, and keep three', async () => {
    const list = says(200, []);
    for (const path of ['services', 'tasks', 'containers/json']) server.answers.set(`GET /${path}`, list);
    await Promise.all(Array.from({ length: 200 }, () => engine.stack('s', never)));
    expect(server.mostSockets).to.be.within(1, 6);
    await until(() => server.sockets.size <= 3);
  });

  it('the environment does not lead to another engine', async () => {
    const before = process.env.DOCKER_HOST;
    process.env.DOCKER_HOST = 'tcp://127.0.0.1:1';
    try {
      const here = new DockerEngine({ socketPath: server.socketPath, clock: systemClock, log: silentLog });
      server.answers.set('GET /services', says(200, []));
      expect(await here.services(never)).to.deep.equal([]);
      here.close();
    } finally {
      if (before === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = before;
    }
  });

  it('names stay within their path', () => {
    expect(enginePath`/images/${'reg:5000/a/b:1@sha256:ab'}/json`).to.equal('/images/reg:5000/a/b:1@sha256:ab/json');
    expect(enginePath`/volumes/${'a?b#c d'}`).to.equal('/volumes/a%3Fb%23c%20d');
    for (const wrong of ['', '..', '../../info', 'a/./b', '/etc', 'a//b']) {
      expect(() => enginePath`/volumes/${wrong}`)
        .to.throw(CcError)
        .with.property('code', 'InvalidInput');
    }
  });
});

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !done(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(done()).to.equal(true);
}
