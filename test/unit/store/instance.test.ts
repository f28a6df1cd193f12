import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type ErrorCode, hasCode } from '../../../lib/errors.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { type InstanceOptions, openInstance, readInstance } from '../../../lib/store/instance.ts';
import { loseRecord } from '../../rig/record-places.ts';

describe('openInstance', () => {
  let root: string;
  let state: string;
  let specs: string;
  let ids = 0;
  const open = (overrides: Partial<InstanceOptions> = {}) =>
    openInstance({
      stateDirectory: state,
      specDirectory: specs,
      platform: 'Process',
      newId: () => `id-${++ids}`,
      foreignSpecs: 'Refuse',
      ...overrides,
    });
  const marker = () => readFile(join(specs, '.cc-ci-instance'), 'utf8').catch(() => 'absent');
  const refuses = async (code: ErrorCode, overrides: Partial<InstanceOptions>) => {
    const before = await readFile(join(state, 'instance.json'), 'utf8').catch(() => 'absent');
    const markerBefore = await marker();
    const error = await open(overrides).catch((caught: unknown) => caught);
    expect(hasCode(error, code), String(error)).to.equal(true);
    expect(await readFile(join(state, 'instance.json'), 'utf8').catch(() => 'absent')).to.equal(before);
    expect(await marker()).to.equal(markerBefore);
  };
  const otherState = async () => {
    const other = join(root, 'other');
    await mkdir(other);
    return other;
  };
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-instance-'));
    [state, specs] = [join(root, 'state'), join(root, 'specs')];
    await mkdir(state);
    await mkdir(specs);
    ids = 0;
  });
  afterEach(() => rm(root, { recursive: true }));

  it('binds at first start and stays', async () => {
    const first = await open();
    expect(first).to.include({ instanceId: 'id-1', engineId: 'id-1', platform: 'Process', specDirectory: specs });
    expect(await open()).to.deep.equal(first);
    expect(await marker()).to.equal('id-1\n');
    expect(await readInstance(state)).to.deep.equal(first);
  });

  it('keeps what it writes out of git, unless a person has an ignore file, or does not want this one', async () => {
    await open();
    const file = join(specs, '.gitignore');
    const lines = (await readFile(file, 'utf8')).split('\n');
    expect(lines).to.include.members(['*.status.yaml', '.cc-ci-instance', '.cc-ci-lock*', '.tmp-*']);
    await rm(file);
    await open();
    expect(await readFile(file, 'utf8').catch(() => 'absent')).to.equal('absent');
    await writeFile(file, 'mine\n');
    await open({ foreignSpecs: 'Adopt', stateDirectory: await otherState() });
    expect(await readFile(file, 'utf8')).to.equal('mine\n');
  });

  it('I17 refuses another platform and another engine, without any effect', async () => {
    await open({ platform: 'Swarm', engineId: 'engine-1' });
    await refuses('Refused', { platform: 'Process' });
    await refuses('Refused', { platform: 'Swarm', engineId: 'engine-2' });
    await refuses('Refused', { platform: 'Abra', engineId: 'engine-1' });
  });

  it('refuses a newer format, without any effect', async () => {
    await new RecordFiles(state).write(join(state, 'instance.json'), { ...(await open()), format: 99 });
    await refuses('Unsupported', {});
  });

  it('refuses the spec directory of another instance, at first start too, until it is adopted', async () => {
    await open();
    state = join(root, 'state2');
    await mkdir(state);
    await refuses('Conflict', {});
    const adopted = await open({ foreignSpecs: 'Adopt' });
    expect(await marker()).to.equal(`${adopted.instanceId}\n`);
  });

  it('I7 does not put a lost marker back by itself', async () => {
    await open();
    await rm(join(specs, '.cc-ci-instance'));
    await open();
    expect(await marker()).to.equal('absent');
  });

  it('remembers an adopted directory', async () => {
    await open();
    const other = join(root, 'other');
    await mkdir(other);
    specs = other;
    expect((await open({ foreignSpecs: 'Adopt' })).specDirectory).to.equal(other);
    expect(await marker()).to.equal('id-1\n');
  });

  for (const [what, damage] of [
    ['lost', (path: string) => rm(path)],
    ['empty', (path: string) => writeFile(path, '')],
    ['garbled', (path: string) => writeFile(path, '{"instanceId":')],
  ] as const) {
    it(`T84 goes on where the file is ${what}: its copy says the same`, async () => {
      const first = await open();
      await damage(join(state, 'instance.json'));
      expect(await open()).to.deep.equal(first);
      expect(JSON.parse(await readFile(join(state, 'instance.json'), 'utf8'))).to.deep.include({ ...first });
    });
  }

  it('T84 makes up no other id where the file is lost at both places and the directory is in use', async () => {
    await open();
    loseRecord(state, 'instance.json');
    await mkdir(join(state, 'claims'));
    await writeFile(join(state, 'claims', 'a.example.org.json'), '{}');
    for (const foreignSpecs of ['Refuse', 'Adopt'] as const) await refuses('Damaged', { foreignSpecs });
  });
});
