import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { acquireOwnerLock } from '../../../lib/store/owner-lock.ts';
import { codeOf } from '../../rig/code-of.ts';
import { failEachCall } from '../../rig/every-call.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { contentOf, Place } from './place.ts';

const A = { 'canonical-notes.yaml': 'a\n', 'canonical-notes.ci/bin/login': '#!/bin/sh\n' };
const B = { 'canonical-notes.yaml': 'b\n', 'sweep-weekly.yaml': 'w\n' };

describe('materialise', () => {
  let place: Place;
  beforeEach(() => {
    place = new Place();
  });
  afterEach(() => place.close());

  it('makes a writable copy below the state directory, which a link in the spec directory names', async () => {
    const done = await place.make(place.source('a', A));
    expect(done).to.include({ result: 'Swapped', files: 2 });
    expect(place.shown()).to.deep.equal(A);
    expect(done.generation).to.equal(join(place.state, 'materialised/nix', place.inForce()));
    const modes = Object.keys(A).map((path) => statSync(join(place.link, path)).mode & 0o777);
    expect(modes).to.deep.equal([0o644, 0o755]);
  });

  it('does nothing where the same files are in force', async () => {
    const source = place.source('a', A);
    await place.make(source);
    const before = place.inForce();
    const calls = await FileCalls.on(place.root);
    try {
      expect(await place.make(source)).to.include({ result: 'Unchanged' });
      expect(calls.take().filter((line) => !line.startsWith('mkdir'))).to.deep.equal([]);
    } finally {
      calls.stop();
    }
    expect(place.inForce()).to.equal(before);
  });

  it('swaps to the next set and back, and carries status files over for specs that stay', async () => {
    await place.make(place.source('a', A));
    writeFileSync(join(place.link, 'canonical-notes.yaml.status.yaml'), 'status: {}\n');
    await place.make(place.source('b', B));
    expect(place.shown()).to.deep.equal({ ...B, 'canonical-notes.yaml.status.yaml': 'status: {}\n' });
    writeFileSync(join(place.link, 'sweep-weekly.yaml.status.yaml'), 'status: {}\n');
    await place.make(place.source('a', A));
    expect(place.shown()).to.deep.equal({ ...A, 'canonical-notes.yaml.status.yaml': 'status: {}\n' });
    expect(place.generations()).to.have.length(3);
  });

  it('comes into force by one rename, after all of it is on the disk', async () => {
    await place.make(place.source('a', A));
    const calls = await FileCalls.on(place.root);
    try {
      await place.make(place.source('b', B));
    } finally {
      calls.stop();
    }
    const lines = calls.take();
    const swap = lines.findIndex((line) => line.startsWith('rename specs/.tmp-nix → specs/nix'));
    const named = lines.findIndex((line) => /^rename state\/materialised\/nix\/\.tmp-0002/.test(line));
    expect(named).to.be.greaterThan(0);
    expect(swap).to.be.greaterThan(named);
    const synced = (path: string): number => lines.findIndex((line) => line.startsWith('sync') && line.endsWith(path));
    for (const path of Object.keys(B)) expect(synced(path), path).to.be.within(0, named);
    expect(lines.slice(swap + 1)).to.deep.equal(['sync specs']);
    expect(lines.filter((line) => /^(unlink|rm|rmdir) specs/.test(line))).to.deep.equal([]);
  });

  it('keeps so many generations, the one in force among them', async () => {
    for (const text of ['1', '2', '3', '4']) await place.make(place.source(text, { 'a.yaml': text }), { keep: 2 });
    expect(place.generations().map((name) => Number(name.slice(0, 4)))).to.deep.equal([3, 4]);
    expect(place.shown()).to.deep.equal({ 'a.yaml': '4' });
  });

  it('puts back what somebody changed behind the link, and says where the change is', async () => {
    const source = place.source('a', A);
    await place.make(source);
    writeFileSync(join(place.link, 'canonical-notes.yaml'), 'edited\n');
    writeFileSync(join(place.link, 'dropped.yaml'), 'dropped\n');
    const done = await place.make(source, { keep: 1 });
    expect(place.shown()).to.deep.equal(A);
    expect(contentOf(done.edited ?? '')).to.include({
      'canonical-notes.yaml': 'edited\n',
      'dropped.yaml': 'dropped\n',
    });
    expect(await place.make(place.source('b', B))).not.to.have.property('edited');
  });

  it('goes on where somebody left behind the link what no set holds, and keeps that', async () => {
    await place.make(place.source('a', A));
    symlinkSync('nowhere', join(place.link, 'dangling.yaml'));
    const done = await place.make(place.source('b', B), { keep: 1 });
    expect(place.shown()).to.deep.equal(B);
    expect(readlinkSync(join(done.edited ?? '', 'dangling.yaml'))).to.equal('nowhere');
  });

  it('takes an empty set: the link names an empty directory', async () => {
    await place.make(place.source('a', A));
    expect(await place.make(place.source('none', {}))).to.include({ result: 'Swapped', files: 0 });
    expect(place.shown()).to.deep.equal({});
  });

  it('leaves what people dropped beside the link alone', async () => {
    writeFileSync(join(place.specs, 'mine.yaml'), 'mine\n');
    await place.make(place.source('a', A));
    await place.make(place.source('b', B));
    expect(readFileSync(join(place.specs, 'mine.yaml'), 'utf8')).to.equal('mine\n');
  });

  it('copies what links of the source name, and passes over what a controller writes', async () => {
    const source = place.source('a', { 'a.yaml': 'a', 'a.yaml.status.yaml': 's', 'a.ci/x.status.yaml': 'own' });
    const shared = place.source('shared', { 'bin/tool': 'tool' });
    symlinkSync(join(shared, 'bin'), join(source, 'a.ci/bin'));
    await place.make(source);
    expect(place.shown()).to.deep.equal({ 'a.ci/bin/tool': 'tool', 'a.ci/x.status.yaml': 'own', 'a.yaml': 'a' });
    rmSync(shared, { recursive: true });
    expect(readFileSync(join(place.link, 'a.ci/bin/tool'), 'utf8')).to.equal('tool');
  });

  const refusals: [why: string, code: string, prepare: (place: Place, source: string) => unknown][] = [
    ['a source that is not there', 'NotFound', ({ root }) => join(root, 'absent')],
    ['a source that is a file', 'NotFound', (_, source) => join(source, 'sweep-weekly.yaml')],
    ['a link to nothing in the source', 'InvalidInput', (_, source) => symlinkSync('/absent', join(source, 'x.yaml'))],
    ['a link that leads back', 'InvalidInput', (_, source) => symlinkSync('.', join(source, 'loop'))],
    ['the spec directory itself', 'InvalidInput', ({ specs }) => specs],
    ['a source that holds the spec directory', 'InvalidInput', ({ root }) => root],
    ['a spec directory that is not there', 'NotFound', ({ specs }) => rmSync(specs, { recursive: true })],
  ];
  for (const [why, code, prepare] of refusals) {
    it(`refuses ${why}, and changes nothing`, async () => {
      const source = place.source('b', B);
      const named = prepare(place, source);
      expect(await codeOf(place.make(typeof named === 'string' ? named : source))).to.equal(code);
      expect(existsSync(place.link)).to.equal(false);
      expect(existsSync(join(place.state, 'materialised/nix/0001'))).to.equal(false);
    });
  }

  it("refuses a name that is somebody else's: a directory, a file, a link elsewhere", async () => {
    const source = place.source('a', A);
    mkdirSync(place.link);
    expect(await codeOf(place.make(source))).to.equal('Refused');
    rmSync(place.link, { recursive: true });
    writeFileSync(place.link, '');
    expect(await codeOf(place.make(source))).to.equal('Refused');
    unlinkSync(place.link);
    symlinkSync(source, place.link);
    expect(await codeOf(place.make(source))).to.equal('Refused');
    expect(place.generations()).to.deep.equal([]);
  });

  it('refuses a state directory of another user: what root writes there the controller could not change', async () => {
    const uid = statSync(place.state).uid;
    expect(await codeOf(place.make(place.source('a', A), { euid: uid + 1 }))).to.equal('Refused');
    expect(existsSync(join(place.state, 'materialised'))).to.equal(false);
    expect(await place.make(place.source('a', A), { euid: uid })).to.include({ result: 'Swapped' });
  });

  it('waits for nobody: a second one at the same time is refused', async () => {
    const source = place.source('a', A);
    await place.make(source);
    const lock = acquireOwnerLock(join(place.state, 'materialised/nix/lock'), { pid: 1, since: 'now' });
    try {
      expect(await codeOf(place.make(source))).to.equal('Conflict');
      expect(await place.make(place.source('b', B), { link: 'other' })).to.include({ result: 'Swapped' });
    } finally {
      lock.release();
    }
  });

  it('makes a generation anew that was lost with the state directory', async () => {
    const source = place.source('a', A);
    await place.make(source);
    rmSync(join(place.state, 'materialised'), { recursive: true });
    expect(await place.make(source)).to.include({ result: 'Swapped' });
    expect(place.shown()).to.deep.equal(A);
  });

  it('tells every failure as it is, with the old set or the new one in force, and none in part', async () => {
    const [a, b] = [place.source('a', A), place.source('b', B)];
    await place.make(a);
    let tries = 0;
    await failEachCall(place.root, {
      put: () => {},
      work: () => place.make(tries++ % 2 === 0 ? b : a, { keep: 2 }),
      after: async () => {
        expect(place.shown()).to.satisfy((shown: object) => [A, B].some((set) => isSame(set, shown)));
      },
    });
    await place.make(b, { keep: 2 });
    expect(place.leavings()).to.deep.equal([]);
  }).timeout(60_000);
});

function isSame(set: Readonly<Record<string, string>>, shown: object): boolean {
  return JSON.stringify(Object.entries(set).sort()) === JSON.stringify(Object.entries(shown).sort());
}
