import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CommandOptions, CommandResult } from '../../../lib/exec/command.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { acquireLease, releaseLease } from '../../../lib/known-good/lease.ts';
import { discardAsides, emptyTrash, hasTrash, removeAsides } from '../../../lib/snapshot/discard.ts';
import { leavingsOf } from '../../../lib/snapshot/leavings.ts';
import { prepareCopy, withdrawPrepared } from '../../../lib/snapshot/prepare.ts';
import { isPrepared } from '../../../lib/snapshot/prepared.ts';
import { restoreSet } from '../../../lib/snapshot/restore.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { failEachChange } from '../../rig/every-call.ts';

const { signal } = new AbortController();
const LEASE = { holder: 'run', uid: 'u', attempt: 1 };
const fields = { recipe: 'notes', source: 's', version: '1', commit: 'c', domain: 'a.example' };

describe('each call to the file system that fails while sets are made and put back', () => {
  let root: string;
  /** What is below the root before each work. */
  let template: string;
  const at = (name: string): string => join(root, name);
  const app = (name: string): string => at(`app/${name}`);

  /** The programs that copy; nothing has to be synced. */
  const run = async ({ argv, cwd, onOutput }: CommandOptions): Promise<CommandResult> => {
    const [program, ...rest] = argv;
    if (program === 'sync') return { outcome: 'Exited', exitCode: 0, stdout: '', stderr: '' } as CommandResult;
    const done = spawnSync(program, rest, { cwd: realpathSync(cwd), env: { PATH: process.env.PATH, LC_ALL: 'C' } });
    onOutput?.(done.stdout, 'stdout');
    return { outcome: 'Exited', exitCode: done.status, stderr: done.stderr.toString() } as CommandResult;
  };
  const tools = { runner: { run }, env: {}, signal } as never;

  const volumes = () => [{ name: 'data', path: app('volumes/data') }];
  const store = (): KnownGoodStore => new KnownGoodStore({ directory: at('canon') });
  const make = (id: string, parent?: string) =>
    makeSet({
      ...{ id, directory: store().sets.directory, volumes: volumes(), envFile: app('env'), clock: new FakeClock() },
      ...{ secretsDirectory: app('secrets'), assertUndeployed: async () => {}, tools },
      fields: { ...fields, ...(parent === undefined ? {} : { parent }) },
    });
  const restore = () =>
    restoreSet({
      ...{
        set: store().sets.pathOf('g1'),
        operation: { id: 'r', attempt: 1 },
        assertUndeployed: async () => {},
        tools,
      },
      target: {
        ...{ directory: at('app'), envFile: app('env'), secretsDirectory: app('secrets') },
        volumes: async () => volumes(),
      },
    });
  const live = () => ({
    home: { directory: at('app'), envFile: app('env'), secretsDirectory: app('secrets') },
    volumes: volumes(),
  });
  const prepare = async () => {
    await withdrawPrepared(live());
    await emptyTrash(live(), signal);
    await prepareCopy({
      set: store().sets.pathOf('g1'),
      manifest: (await store().pointer())!.manifest,
      live: live(),
      tools,
    });
  };
  /** What the files of the app hold, but for records. */
  const textsOfApp = async (): Promise<string[]> =>
    readdirSync(at('app'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.json') && !entry.name.startsWith('.tmp-'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .sort((one, other) => (one === other ? 0 : one === 'live' ? -1 : 1));
  const fill = (text: string): void => {
    for (const name of ['volumes/data', 'secrets']) mkdirSync(app(name), { recursive: true });
    for (const name of ['volumes/data/file', 'secrets/key', 'env']) writeFileSync(app(name), text);
  };
  const put = (): void => {
    rmSync(root, { recursive: true });
    cpSync(template, root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  };

  beforeEach(async () => {
    [root = '', template = ''] = await Promise.all(
      ['root', 'template'].map(async (name) => await realpath(await mkdtemp(join(tmpdir(), `ccci-${name}-`)))),
    );
    fill('good');
    await make('g1');
    await store().swap('g1', signal);
    fill('live');
  });
  afterEach(async () => {
    for (const directory of [root, template]) await rm(directory, { recursive: true });
  });
  const keep = (): void => {
    rmSync(template, { recursive: true });
    cpSync(root, template, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  };

  it('I1 is told by the making of a set, which leaves no half of one', async () => {
    keep();
    const after = async (): Promise<void> => {
      expect([await store().sets.ids(), await store().pointerId()]).to.deep.equal([
        existsSync(at('canon/generations/g2')) ? ['g1', 'g2'] : ['g1'],
        'g1',
      ]);
    };
    await failEachChange(root, { put, work: () => make('g2', 'g1'), after });
  });

  it('I3 I15 is told by a restore, which loses nothing that was live', async () => {
    // A copy that an earlier one never put in place.
    mkdirSync(app('volumes/.cc-ci~incoming~data~old~1'));
    keep();
    const after = async (line: string): Promise<void> => {
      const texts = readdirSync(at('app'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== 'restore.json' && !entry.name.startsWith('.tmp-'))
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
      expect(
        texts.filter((text) => text === 'live'),
        line,
      ).to.have.length(3);
    };
    await failEachChange(root, { put, work: restore, after });
  });

  it('I15 is told by the preparing of a copy, which is sealed as a whole or not at all', async () => {
    await prepare();
    keep();
    const after = async (line: string): Promise<void> => {
      const manifest = (await store().pointer())!.manifest;
      if (!(await isPrepared(live(), manifest))) await prepare();
      expect(await isPrepared(live(), manifest), line).to.equal(true);
      expect(await textsOfApp(), line).to.deep.equal(['live', 'live', 'live', 'good', 'good', 'good']);
    };
    await failEachChange(root, { put, work: prepare, after });
  }).timeout(60_000);

  it('I3 I15 is told by a restore that takes a prepared copy, which loses nothing that was live', async () => {
    await prepare();
    keep();
    const after = async (line: string): Promise<void> => {
      const found = await textsOfApp();
      expect(
        found.filter((text) => text === 'live'),
        line,
      ).to.have.length(3);
      await restore();
      expect(readFileSync(app('volumes/data/file'), 'utf8'), line).to.equal('good');
    };
    await failEachChange(root, { put, work: restore, after });
  });

  it('is told by the end of a restore, and by a removal of sets', async () => {
    await restore();
    keep();
    await failEachChange(root, { put, work: () => removeAsides(at('app')) });
    const after = async (): Promise<void> => {
      await discardAsides(at('app'));
      await emptyTrash(live(), signal);
      expect([await leavingsOf(live()), await hasTrash(live())]).to.deep.equal(['None', false]);
    };
    await failEachChange(root, { put, work: () => discardAsides(at('app')), after });
    await make('g2', 'g1');
    await store().swap('g2', signal);
    keep();
    await failEachChange(root, { put, work: () => store().collect({ keep: 1, referenced: new Set() }) });
  });

  it('is told by the pointer, by what goes aside, and by the lease', async () => {
    await make('g2', 'g1');
    keep();
    const after = async (): Promise<void> => {
      expect(['g1', 'g2']).to.include(await store().pointerId());
      await store().swap('g2', signal);
      expect([await store().pointerId(), (await store().pointer())?.id]).to.deep.equal(['g2', 'g2']);
    };
    await failEachChange(root, { put, work: () => store().swap('g2', signal), after });
    const parts = [{ name: 'env', live: app('env') }];
    const aside = () => store().asides.keep({ id: 'x', domain: 'd', parts }, tools);
    const afterAside = async (): Promise<void> => {
      await store().asides.keep({ id: 'y', domain: 'd', parts }, tools);
      const [kept, ...others] = await store().asides.list();
      expect([kept?.state, others]).to.deep.equal(['Kept', []]);
      expect(readFileSync(at(`canon/asides/${kept?.id}/env`), 'utf8')).to.equal('live');
    };
    await failEachChange(root, { put, work: aside, after: afterAside });
    const take = () => acquireLease(at('canon'), LEASE, new FakeClock());
    const afterTake = async (): Promise<void> => {
      expect((await take()).holder).to.equal('run');
    };
    await failEachChange(root, { put, work: take, after: afterTake });
    await take();
    keep();
    await failEachChange(root, { put, work: () => releaseLease(at('canon'), LEASE) });
  });
});
