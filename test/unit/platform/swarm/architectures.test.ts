import { expect } from 'chai';
import { systemClock } from '../../../../lib/clock.ts';
import { silentLog } from '../../../../lib/log.ts';
import { architecturesOf } from '../../../../lib/platform/swarm/engine/architectures.ts';
import { DockerEngine } from '../../../../lib/platform/swarm/engine/docker-engine.ts';
import { FakeDockerServer, says, VERSION } from './fake-docker-server.ts';

const never = new AbortController().signal;

describe('T54 the architectures of images that a host runs', () => {
  const rows: [own: string, emulators: string[], runs: string[], why: string][] = [
    ['amd64', [], ['amd64', '386'], 'its own, and that of 32 bits'],
    ['arm64', ['register', 'status'], ['arm64', 'arm'], 'what else is in that directory is no emulator'],
    ['riscv64', [], ['riscv64'], 'one that has no brother'],
    ['amd64', ['qemu-aarch64', 'qemu-s390x'], ['amd64', '386', 'arm64', 's390x'], 'what qemu registers'],
    ['amd64', ['aarch64-linux', 'qemu-arm'], ['amd64', '386', 'arm64', 'arm'], 'what NixOS registers'],
    ['amd64', ['constructor', 'python3.11', 'jar'], ['amd64', '386'], 'emulators of other things'],
  ];
  for (const [own, emulators, runs, why] of rows) {
    it(`${own} with [${emulators}] runs ${runs}: ${why}`, () => {
      expect(architecturesOf(own, emulators)).to.deep.equal(runs);
    });
  }
});

describe('T54 what an engine says of architectures', () => {
  let server: FakeDockerServer;
  let engine: DockerEngine;

  beforeEach(async () => {
    server = await FakeDockerServer.start();
    engine = new DockerEngine({ socketPath: server.socketPath, clock: systemClock, log: silentLog });
  });
  afterEach(async () => {
    engine.close();
    await server.remove();
  });

  it('its own is the first of those that it runs', async () => {
    server.answers.set('GET /version', says(200, { ...VERSION, Arch: 's390x' }));
    expect((await engine.architectures(never))[0]).to.equal('s390x');
  });

  it('one that does not say its own runs we know not what', async () => {
    expect(await engine.architectures(never)).to.deep.equal([]);
  });

  it('that of an image is read; one that has none is of any', async () => {
    server.answers.set('GET /images/a:1/json', says(200, { Id: 'sha256:1', RepoDigests: null, Architecture: 'arm64' }));
    server.answers.set('GET /images/a:2/json', says(200, { Id: 'sha256:2', RepoDigests: null, Architecture: '' }));
    expect(await engine.image('a:1', never)).to.include({ architecture: 'arm64' });
    expect(await engine.image('a:2', never)).not.to.have.property('architecture');
  });
});
