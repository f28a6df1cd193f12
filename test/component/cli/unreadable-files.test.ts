import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { CliBench } from './cli-bench.ts';

const KEY = { kind: 'Run', name: 'x' } as const;

describe('files that bear the name of a spec and say nothing', () => {
  let bench: CliBench;

  beforeEach(async () => {
    bench = await CliBench.open();
    await bench.run('x');
    await bench.store.sync();
  });

  afterEach(() => bench.close());

  const at = (name: string): string => join(bench.specs, name);
  const KINDS: readonly [string, (path: string) => Promise<unknown>, RegExp][] = [
    ['a dangling link', (path) => symlink('nowhere', path), /link to what is not there/],
    ['a directory', (path) => mkdir(path), /is a directory/],
    ['a pipe', async (path) => execFileSync('mkfifo', [path]), /no regular file/],
  ];
  for (const [what, make, said] of KINDS) {
    it(`${what} is named by get, validate, doctor and the log, and holds up nothing else`, async () => {
      await make(at('odd.yaml'));
      await bench.run('y');
      await bench.store.sync();
      expect(bench.store.get({ kind: 'Run', name: 'y' }), 'the others are served').to.not.equal(undefined);
      expect((await bench.ctl(['get', 'runs'])).err)
        .to.match(/odd\.yaml/)
        .and.match(said);
      expect((await bench.ctl(['get', 'runs', '-o', 'wide'])).out).to.match(/odd\.yaml .*Unreadable/);
      const valid = await bench.ctl(['validate', bench.specs]);
      expect([valid.code, valid.err]).to.deep.equal([1, '2 of 3 files valid\n']);
      expect(valid.out)
        .to.match(/odd\.yaml/)
        .and.match(said);
      const { out } = await bench.ctl(['doctor']);
      expect(out).to.match(/spec files +Failed +cannot be read: .*odd\.yaml/);
      await rm(at('odd.yaml'), { recursive: true });
      await bench.store.sync();
      expect((await bench.ctl(['get', 'runs'])).err).to.equal('');
    });

    it(`${what} in place of an object's file deletes nothing, and is told with the object`, async () => {
      await rm(at('x.yaml'));
      await make(at('x.yaml'));
      for (let round = 0; round < 3; round += 1) await bench.store.sync();
      expect(bench.store.get(KEY)).to.not.have.property('deletion');
      expect((await bench.ctl(['get', 'runs'])).err).to.match(/x\.yaml: .*Run\/x goes on by its last valid spec/);
    });
  }

  it('doctor does not take a spec directory that vanished for one that is to be made', async () => {
    const { state, specs } = bench;
    const instance = { instanceId: 'instance-1', format: 1, platform: 'Process', engineId: 'e', specDirectory: specs };
    await writeFile(join(state, 'instance.json'), JSON.stringify(instance));
    expect((await bench.ctl(['doctor'])).out).to.match(/spec directory +Ok/);
    await rename(specs, `${specs}-away`);
    const { code, out } = await bench.ctl(['doctor']);
    expect(code).to.equal(1);
    expect(out).to.match(/spec directory +Failed +\S+ is gone; deletions are held/);
    await rename(`${specs}-away`, specs);
    await rm(join(specs, '.cc-ci-instance'));
    await rm(at('x.yaml'));
    await bench.store.sync();
    expect((await bench.ctl(['doctor'])).out).to.match(/spec directory +Failed +MarkerMissing/);
  });
});
