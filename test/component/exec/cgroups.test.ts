import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { ownCgroupPlaces } from '../../../lib/exec/cgroup-mount.ts';
import { Cgroups } from '../../../lib/exec/cgroups.ts';
import { type Child, startChild } from '../../../lib/exec/child.ts';
import { endProcesses } from '../../../lib/exec/processes.ts';

describe('cgroups', () => {
  let instance: string;
  let cgroups: Cgroups;

  before(function () {
    const found = Cgroups.find().cgroups;
    if (found === undefined) this.skip();
    cgroups = found;
  });
  after(() => cgroups?.close());
  beforeEach(() => {
    instance = `test-${randomBytes(4).toString('hex')}`;
  });
  afterEach(async () => {
    await endProcesses({ prefix: `${instance}/`, cgroups, graceMs: 0, clock: systemClock });
    expect(existsSync(join(cgroups.place, `cc-ci.${instance}`))).to.equal(false);
  });

  const start = (id: string, by: Cgroups = cgroups): Child =>
    by.startInside(`${instance}/${id}`, () =>
      startChild({ argv: ['/bin/sleep', '600'], cwd: '/', env: {}, output: 'ignore' }),
    );

  it('a child is born in the cgroup of its token, and this process is where it was', () => {
    const { pid } = start('child/a');
    start('child/b');
    expect(cgroups.members(`${instance}/child/a`)).to.deep.equal([pid]);
    expect(cgroups.members(`${instance}/child/`))
      .to.have.lengthOf(2)
      .and.not.include(process.pid);
    expect(cgroups.names(`${instance}/child/`)).to.have.members(['a', 'b']);
    expect(ownCgroupPlaces()[0]).to.equal(cgroups.place);
  });

  it('I18 a later controller finds it by looking', async () => {
    const { pid, ended } = start('child/a');
    const later = Cgroups.find().cgroups;
    expect(later?.members(`${instance}/`)).to.deep.equal([pid]);
    later?.kill(`${instance}/child/`);
    expect(await ended).to.include({ how: 'Signalled' });
    later?.close();
  });

  it('I18 a controller that runs in another cgroup finds those of one before', async () => {
    const other = join(cgroups.place, `other-${instance}`);
    mkdirSync(other);
    try {
      // Moves to and fro between here and there, as a controller that was started by another hand would.
      const elsewhere = Cgroups.find([cgroups.place, other]).cgroups;
      const below = Cgroups.find([other]).cgroups;
      expect(below?.place).to.equal(other);
      mkdirSync(join(other, `cc-ci.${instance}`, '_child'), { recursive: true });
      elsewhere?.findPlaces();
      elsewhere?.remove(`${instance}/`);
      expect(existsSync(join(other, `cc-ci.${instance}`))).to.equal(false);
      elsewhere?.close();
      below?.close();
    } finally {
      rmdirSync(other);
    }
  });

  it('what a killed look for a place left is removed, what a living one makes is not', () => {
    const [dead, living] = [2 ** 30, process.pid].map((pid) => join(cgroups.place, `cc-ci.try-${pid}`)) as [
      string,
      string,
    ];
    for (const path of [dead, living]) mkdirSync(path);
    cgroups.findPlaces();
    expect([existsSync(dead), existsSync(living)]).to.deep.equal([false, true]);
    rmdirSync(living);
  });

  it('one with a member stays until the member has ended', async () => {
    const { pid, ended } = start('service/x');
    cgroups.remove(`${instance}/`);
    expect(cgroups.members(`${instance}/service/x`)).to.deep.equal([pid]);
    cgroups.kill(`${instance}/`);
    await ended;
    cgroups.remove(`${instance}/`);
    expect(existsSync(join(cgroups.place, `cc-ci.${instance}`))).to.equal(false);
  });

  it('words of a token that are names of the kernel, or lead elsewhere, do neither', () => {
    const { pid } = start('service/cgroup.kill/../cpu.stat');
    expect(cgroups.members(`${instance}/service/cgroup.kill/`)).to.deep.equal([pid]);
  });

  it('a start that fails leaves this process where it was', () => {
    const fail = () => {
      throw new Error('not today');
    };
    expect(() => cgroups.startInside(`${instance}/child/a`, fail)).to.throw('not today');
    expect(ownCgroupPlaces()[0]).to.equal(cgroups.place);
  });

  it('a place where none can be made is none, and says why', () => {
    const plain = mkdtempSync(join(tmpdir(), 'ccci-no-cgroup-'));
    try {
      const found = Cgroups.find([plain]);
      expect(found.cgroups).to.equal(undefined);
      expect(Cgroups.find([join(plain, 'absent')])).to.have.property('reason');
    } finally {
      rmdirSync(plain);
    }
  });
});
