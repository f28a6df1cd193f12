import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readUnit, settingOf, wordsOf } from '../../rig/unit-file.ts';
import { commandOf, UnitStandIn } from '../../rig/unit-stand-in.ts';

const SHIPPED = join(import.meta.dirname, '../../../packaging/systemd/cc-ci.service');
const SWARM = join(import.meta.dirname, '../../../packaging/systemd/examples/swarm.conf');

/** Says what it was started with, then what it is told, until it is stopped. */
const PROGRAM = `
trap 'echo reloaded' USR2
trap 'echo stopping; exit 3' TERM
echo "in $PWD, umask $(umask), $GREETING, home $HOME, $*" && touch made && echo ready
while :; do sleep 0.05; done
`;

describe('the stand-in for systemd', () => {
  let directory: string;
  let service: UnitStandIn;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cc-ci-unit-'));
    const unit = join(directory, 'one.service');
    const lines = [
      '[Service]',
      'ExecStart=/usr/bin/program.sh "two words" $HOME',
      'ExecReload=/bin/kill -USR2 $MAINPID',
      'Environment="GREETING=good day"',
      'WorkingDirectory=/var/lib/one',
      'User=nobody',
      'UMask=0027',
    ];
    writeFileSync(unit, lines.join('\n'));
    writeFileSync(join(directory, 'program.sh'), `#!/bin/sh\n${PROGRAM}`, { mode: 0o755 });
    const places = { '/usr/bin': directory, '/var/lib/one': directory };
    service = new UnitStandIn({ unit: readUnit(unit), places, user: 'Own', ready: 'ready' });
  });
  afterEach(async () => {
    await service.dispose();
    rmSync(directory, { recursive: true });
  });

  it('starts the command of the unit in its directory, with its environment and umask, and no other', async () => {
    await service.start();
    expect(service.log).to.include(`in ${directory}, umask 0027, good day, home ${directory}, two words $HOME\n`);
    expect(service.isActive).to.equal(true);
  });

  it('is told to reload and to stop, by the signals of the unit', async () => {
    await service.start();
    service.reload();
    for (const started = performance.now(); !service.log.includes('reloaded') && performance.now() - started < 10_000; )
      await new Promise(setImmediate);
    expect(await service.stop()).to.equal(3);
    expect(service.log).to.match(/reloaded\n(.*\n)*stopping\n$/);
    expect(service.isActive).to.equal(false);
  });

  it('fails with what the service said where that ends at once', async () => {
    writeFileSync(join(directory, 'program.sh'), '#!/bin/sh\necho no such luck\nexit 1\n');
    const failure = await service.start().catch((error: Error) => error.message);
    expect(failure).to.include('no such luck');
  });
});

describe('a unit file', () => {
  it('is laid over by drop-ins: the last value counts, lists grow, an empty value empties', () => {
    const unit = readUnit(SHIPPED, SWARM);
    expect(settingOf(unit, 'Service.User')).to.equal('root');
    expect(unit.get('Service.StateDirectory')).to.deep.equal([]);
    expect(unit.get('Service.ReadWritePaths')?.join(' ')).to.include('/var/lib/cc-ci').and.include('/docker/volumes');
    expect(settingOf(unit, 'Service.KillMode')).to.equal('process');
  });

  it('has words as systemd reads them', () => {
    expect(wordsOf(`a "b c" 'd "e"' f`)).to.deep.equal(['a', 'b c', 'd "e"', 'f']);
  });

  it('that has a line of no sense is refused', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'cc-ci-unit-')), 'one.service');
    try {
      writeFileSync(file, '[Service]\nwhat is this\n');
      expect(() => readUnit(file)).to.throw('what is this');
    } finally {
      rmSync(join(file, '..'), { recursive: true });
    }
  });

  it('of ours is started as its user by the configuration below /etc', () => {
    const command = commandOf({ unit: readUnit(SHIPPED), enter: ['chroot', '/root-of-it'] });
    expect(command.slice(0, 6)).to.deep.equal([
      'chroot',
      '/root-of-it',
      'setpriv',
      '--reuid=cc-ci',
      '--regid=cc-ci',
      '--init-groups',
    ]);
    const start = ['/usr/bin/cc-controller', '--config', '/etc/cc-ci/cc-ci.yaml', '--log-format', 'json'];
    expect(command.slice(-5)).to.deep.equal(start);
    expect(readFileSync(SHIPPED, 'utf8')).not.to.match(/^(PrivateTmp|DynamicUser|PrivateIPC|RemoveIPC)=/m);
  });
});
