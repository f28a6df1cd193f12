import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Coreutils } from '../../../lib/fs/coreutils.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import { removeAsides } from '../../../lib/snapshot/discard.ts';
import { leavingsOf, removeLitter } from '../../../lib/snapshot/leavings.ts';
import { readManifest } from '../../../lib/snapshot/manifest.ts';
import { type RestoreSetOptions, restoreSet } from '../../../lib/snapshot/restore.ts';
import {
  type RestoreJournal,
  readRestoreJournal,
  restoreUnfinished,
  writeRestoreJournal,
} from '../../../lib/snapshot/restore-journal.ts';
import { type MakeSetOptions, makeSet } from '../../../lib/snapshot/set.ts';
import { SetStore } from '../../../lib/snapshot/set-store.ts';
import { freeAsidePath, safeName, siblingsOf } from '../../../lib/snapshot/sibling-names.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { codeOf } from '../../rig/code-of.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { fields, makeScratch, realTools, ScratchApp } from './scratch.ts';

const APP = 'apps/a.example';
const DATA = `${APP}/volumes/data`;

describe('what sets do on the disk', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let root: string;
  let app: ScratchApp;
  let calls: FileCalls;
  const modeOf = (path: string): string => (statSync(join(root, path)).mode & 0o777).toString(8);

  /** Programs stand among the calls by their name and their last argument. */
  const tools = (): Coreutils => {
    const real = realTools();
    const run: Coreutils['runner']['run'] = (options) => {
      const place = (options.argv.at(-1) ?? '').replace(`${root}/`, '');
      calls.lines.push(`run ${options.argv[0]} ${place}`);
      return real.runner.run(options);
    };
    return { ...real, runner: { run } as Coreutils['runner'] };
  };
  /** The lines that give a name, or make durable; from the first that is `from` on. */
  const protocol = (from: string): string[] => {
    const lines = calls.take().filter((line) => /^(?:sync|rename|run|link) /.test(line));
    return lines.slice(lines.indexOf(from));
  };

  const making = (changes: Partial<MakeSetOptions> = {}): MakeSetOptions => ({
    ...{ id: 'op-1', directory: join(root, 'sets'), volumes: [app.volume('data')], envFile: app.envFile },
    ...{ secretsDirectory: app.secretsDirectory, fields, assertUndeployed: async () => {}, clock: new FakeClock() },
    tools: tools(),
    ...changes,
  });
  const restoring = (changes: Partial<RestoreSetOptions> = {}): RestoreSetOptions => ({
    ...{ set: join(root, 'sets/op-1'), target: app.target(() => ['data']), assertUndeployed: async () => {} },
    ...{ operation: { id: 'r', attempt: 1 }, tools: tools() },
    ...changes,
  });

  beforeEach(async () => {
    scratch = makeScratch();
    root = await realpath(scratch.path);
    app = new ScratchApp(root);
    app.fill('good', ['data']);
    calls = await FileCalls.on(root);
  });
  afterEach(async () => {
    calls.stop();
    await scratch.remove();
  });

  it('I1 a set is copied, synced, described durably, and has its name last', async () => {
    const steps: string[] = [];
    const asserted: string[] = [];
    const assertUndeployed = async (): Promise<void> => void asserted.push(steps.at(-1) ?? '');
    await makeSet(making({ onStep: (step) => steps.push(step), assertUndeployed }));
    expect(steps).to.deep.equal(['Assert', 'Copy', 'Sync', 'Manifest', 'Rename']);
    expect(asserted).to.deep.equal(['Assert', 'Sync']);
    const temp = 'sets/.tmp-op-1';
    const lines = protocol('run sync sets/.tmp-op-1');
    expect(lines).to.deep.equal([
      `run sync ${temp}`,
      `sync ${temp}/.tmp-manifest.json`,
      `rename ${temp}/.tmp-manifest.json → ${temp}/manifest.json`,
      `sync ${temp}`,
      `rename ${temp} → sets/op-1`,
      'sync sets',
    ]);
    expect([modeOf('sets/op-1/manifest.json'), modeOf('sets/op-1/volumes')]).to.deep.equal(['600', '700']);
    await makeSet(making());
    expect(calls.take()).to.deep.equal(['sync sets']);
  });

  it('what a set says of itself is what it holds', async () => {
    writeFileSync(join(app.secretsDirectory, 'another'), 'x');
    const made = await makeSet(making({ volumes: [app.volume('data')] }));
    expect(await readManifest(join(root, 'sets/op-1'))).to.deep.equal(made);
    const bytes = 300_000 + 'good data'.length;
    expect(made).to.deep.include({ ...fields, format: 1, id: 'op-1', createdTime: '2030-01-01T00:00:00.000Z', bytes });
    expect(made.volumes).to.have.length(1);
    expect(made.volumes[0]).to.deep.include({ name: 'data', files: 2, bytes, skipped: [] });
    expect(made.secrets?.names).to.deep.equal(['another', 'key']);
    expect(made.env?.digest).to.match(/^sha256:/);
  });

  it('I15 live data goes aside, then its copy has its name, each durably, and the journal goes before', async () => {
    await makeSet(making());
    app.fill('live', ['data']);
    calls.take();
    const revisions: string[] = [];
    await restoreSet(restoring({ setRevision: async ({ id }) => void revisions.push(`${id} ${await state()}`) }));
    const lines = protocol(`sync ${APP}/.tmp-restore.json`);
    const journal = [
      `sync ${APP}/.tmp-restore.json`,
      `rename ${APP}/.tmp-restore.json → ${APP}/restore.json`,
      `sync ${APP}`,
    ];
    const copied = (live: string, name: string) => {
      const [beside, directory] = [live.slice(0, -name.length), live.slice(0, -name.length - 1)];
      const incoming = `${beside}.cc-ci~incoming~${name}~r~1`;
      const cleared = [`sync ${directory}`, ...(name === 'env' ? [`sync ${directory}`] : [])];
      // A tree is copied as it is, a file beside its place first.
      const copying =
        name === 'env'
          ? [`run sh ${incoming}.tmp`, `rename ${incoming}.tmp/env → ${incoming}`, `sync ${directory}`]
          : [`run sh ${incoming}`];
      return [...cleared, ...copying, `run sync ${incoming}`];
    };
    const swapped = (live: string, name: string) => {
      const beside = live.slice(0, -name.length);
      const directory = beside.slice(0, -1);
      return [
        `rename ${live} → ${beside}.cc-ci~aside~${name}~r~1`,
        ...[`rename ${beside}.cc-ci~incoming~${name}~r~1 → ${live}`, `sync ${directory}`],
      ];
    };
    const parts = [
      [DATA, 'data'],
      [`${APP}/secrets`, 'secrets'],
      [`${APP}/env`, 'env'],
    ] as const;
    expect(lines).to.deep.equal([
      ...journal,
      ...parts.flatMap(([live, name]) => copied(live, name)),
      ...parts.flatMap(([live, name]) => [...swapped(live, name), ...journal]),
      ...journal,
    ]);
    expect(modeOf(`${APP}/restore.json`)).to.equal('600');
    expect(revisions).to.deep.equal(['op-1 Restoring']);
    expect([await state(), app.conditions(['data'])]).to.deep.equal(['Restored', ['good', 'good', 'good']]);
    await removeAsides(app.directory);
    expect(await siblingsOf(app.volumePath('data'), 'aside', 'incoming')).to.deep.equal([]);
    expect(existsSync(join(app.directory, 'restore.json'))).to.equal(false);
    await removeAsides(app.directory);
  });

  const state = async (): Promise<string | undefined> => (await readRestoreJournal(app.directory))?.state;

  it('the removal of a set takes its name first, durably', async () => {
    await makeSet(making());
    const sets = new SetStore({ directory: join(root, 'sets') });
    calls.take();
    await sets.remove('op-1');
    const lines = protocol('rename sets/op-1 → sets/.trash-op-1');
    expect(lines.slice(0, 2)).to.deep.equal(['rename sets/op-1 → sets/.trash-op-1', 'sync sets']);
    expect(await sets.ids()).to.deep.equal([]);
    expect(await sets.hasLitter()).to.equal(false);
    expect(await codeOf(sets.remove('../x'))).to.equal('InvalidInput');
  });

  it('what crashes left goes, but for what an operation still needs', async () => {
    const sets = new SetStore({ directory: join(root, 'sets') });
    expect(await sets.hasLitter()).to.equal(false);
    for (const name of ['.tmp-a', '.tmp-b', '.trash-a', 'c']) mkdirSync(join(root, 'sets', name), { recursive: true });
    await sets.sweep(new Set(['a']));
    expect([existsSync(join(root, 'sets/.tmp-a')), existsSync(join(root, 'sets/.tmp-b'))]).to.deep.equal([true, false]);
    expect([existsSync(join(root, 'sets/.trash-a')), await sets.ids()]).to.deep.equal([false, ['c']]);
    expect(await sets.hasLitter()).to.equal(true);
    await sets.sweep();
    expect(await sets.hasLitter()).to.equal(false);
  });

  it('I15 no aside takes the place of another', async () => {
    const operation = { id: 'r', attempt: 2 };
    const names: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const path = await freeAsidePath(app.volumePath('data'), operation);
      names.push(path.split('~').slice(-3).join(' '));
      mkdirSync(path);
    }
    expect(names).to.deep.equal(['data r 2', 'data r 2.2', 'data r 2.3']);
    mkdirSync(join(app.directory, 'volumes/.cc-ci~aside~data-2~r~2'));
    expect(await siblingsOf(app.volumePath('data'), 'aside')).to.have.length(3);
  });

  describe('the journal of a restore', () => {
    const journal = (changes: Partial<RestoreJournal> = {}): RestoreJournal => ({
      ...{ format: 1, operation: { id: 'r', attempt: 2 }, set: '/s', manifestDigest: 'd', state: 'Restoring' },
      parts: [],
      ...changes,
    });

    it('tells whose restore has not ended, for as long as that is so', async () => {
      expect(await restoreUnfinished(app.directory)).to.equal(undefined);
      await writeRestoreJournal(app.directory, journal());
      expect(await restoreUnfinished(app.directory)).to.deep.equal({ id: 'r', attempt: 2 });
      expect(await codeOf(removeAsides(app.directory))).to.equal('Refused');
      await writeRestoreJournal(app.directory, journal({ state: 'Restored' }));
      expect(await restoreUnfinished(app.directory)).to.equal(undefined);
    });

    for (const text of [
      '',
      '{}',
      'null',
      '{"format":2,"parts":[],"operation":{"id":"r"}}',
      '{"format":1,"parts":[]}',
    ]) {
      it(`T84 that holds ${JSON.stringify(text)} is damaged: nobody knows whether it has ended`, async () => {
        writeFileSync(join(app.directory, 'restore.json'), text);
        expect(await codeOf(readRestoreJournal(app.directory))).to.equal('Damaged');
        expect(await restoreUnfinished(app.directory)).to.deep.equal({ id: 'unknown', attempt: 0 });
      });
    }

    it('T81 that the system cannot read now is neither', async () => {
      await writeRestoreJournal(app.directory, journal());
      for (const read of [readRestoreJournal, restoreUnfinished, removeAsides]) {
        calls.failNext(/^readFile .*restore.json/, 'EMFILE');
        expect(await codeOf(read(app.directory)), read.name).to.equal('EMFILE');
      }
    });
  });

  for (const [what, code, act] of [
    ['a manifest without a place for a volume', 'DataMissing', () => restoreSet(restoring({ target: noPlaces() }))],
    ['another id', 'Damaged', () => restoreSet(restoring({ set: renamed() }))],
    ['a set that is gone', 'DataMissing', () => restoreSet(restoring({ set: join(root, 'sets/none') }))],
    [
      'an operation that is no name',
      'InvalidInput',
      () => restoreSet(restoring({ operation: { id: '../x', attempt: 1 } })),
    ],
    ['a set without a manifest', 'Damaged', () => makeSet(making({ id: unfinished() }))],
    ['an id that is no name', 'InvalidInput', () => makeSet(making({ id: '.x' }))],
    ['a volume that is gone', 'DataMissing', () => makeSet(making({ id: 'op-2', volumes: [app.volume('none')] }))],
  ] as const) {
    it(`${what} is ${code}, and nothing live was touched`, async () => {
      await makeSet(making());
      app.fill('live', ['data']);
      expect(await codeOf(act())).to.equal(code);
      expect(app.conditions(['data'])).to.deep.equal(['live', 'live', 'live']);
    });
  }
  const noPlaces = (): RestoreSetOptions['target'] => ({ ...app.target(() => []), volumes: async () => [] });
  const renamed = (): string => {
    const manifest = readFileSync(join(root, 'sets/op-1/manifest.json'));
    mkdirSync(join(root, 'sets/op-9'));
    writeFileSync(join(root, 'sets/op-9/manifest.json'), manifest);
    return join(root, 'sets/op-9');
  };
  const unfinished = (): string => {
    mkdirSync(join(root, 'sets/op-3'));
    return 'op-3';
  };

  it('a manifest says which of its fields is missing, or that it is not its own', async () => {
    await makeSet(making());
    const path = join(root, 'sets/op-1/manifest.json');
    const text = readFileSync(path, 'utf8');
    const whole = JSON.parse(text) as Record<string, unknown>;
    const reordered = Object.fromEntries(Object.entries(whole).reverse());
    writeFileSync(path, JSON.stringify(reordered));
    expect((await readManifest(join(root, 'sets/op-1')))?.id).to.equal('op-1');
    const [volume] = whole.volumes as object[];
    for (const change of [
      ...Object.keys(whole)
        .filter((key) => !['run', 'bytes', 'env', 'secrets'].includes(key))
        .map((key) => ({ [key]: null })),
      ...['run', 'bytes', 'env', 'secrets'].map((key) => ({ [key]: undefined })),
      ...['name', 'digest', 'files', 'bytes'].map((key) => ({ volumes: [{ ...volume, [key]: null }] })),
      ...[{ format: 2 }, { version: 'other' }, { more: 1 }],
    ]) {
      writeFileSync(path, JSON.stringify({ ...whole, ...change }));
      expect(await codeOf(readManifest(join(root, 'sets/op-1'))), JSON.stringify(change)).to.equal('Damaged');
    }
    rmSync(path);
    expect(await readManifest(join(root, 'sets/op-1'))).to.equal(undefined);
  });

  it('T82 a name of ours is one file name of at most 200 characters', () => {
    for (const name of ['a', 'A.b_c-9', '0', 'x'.repeat(200)]) expect(safeName('id', name)).to.equal(name);
    for (const name of ['', '.a', '-a', '_a', 'a/b', 'a b', '..', 'ü', 'x'.repeat(201)]) {
      expect(() => safeName('id', name), name)
        .to.throw()
        .with.property('code', 'InvalidInput');
    }
  });

  it('I15 a set that reads differently while it is copied is damaged, the copy is gone, and takes the place of nothing', async () => {
    await makeSet(making());
    app.fill('live', ['data']);
    const spoiling = tools();
    const file = join(root, 'sets/op-1/volumes/data/inner/file');
    const run: Coreutils['runner']['run'] = async (options) => {
      if (options.argv[0] === 'sh') writeFileSync(file, 'evil data');
      return await spoiling.runner.run(options);
    };
    const spoilt = { ...spoiling, runner: { run } as Coreutils['runner'] };
    expect(await codeOf(restoreSet(restoring({ tools: spoilt })))).to.equal('Damaged');
    expect(app.conditions(['data'])).to.deep.equal(['live', 'live', 'live']);
    expect(await siblingsOf(app.volumePath('data'), 'aside', 'incoming')).to.deep.equal([]);
    writeFileSync(file, 'good data');
    await restoreSet(restoring());
    expect(app.conditions(['data'])).to.deep.equal(['good', 'good', 'good']);
  });

  it('what operations left beside live data is litter and goes, but not beside a restore that has not ended', async () => {
    const live = { home: app, volumes: [app.volume('data')] };
    const left = ['aside', 'incoming'].map((sort) => `volumes/.cc-ci~${sort}~data~x`);
    left.push('.cc-ci~incoming~env~x~1', '.cc-ci~aside~secrets~x~1');
    const put = (): void => {
      for (const name of left) mkdirSync(join(app.directory, name), { recursive: true });
    };
    const there = (): string[] => left.filter((name) => existsSync(join(app.directory, name)));
    expect(await leavingsOf(live)).to.equal('None');
    for (const name of left) {
      mkdirSync(join(app.directory, name));
      expect(await leavingsOf(live), name).to.equal('Litter');
      await removeLitter(live);
      expect([there(), await leavingsOf(live)], name).to.deep.equal([[], 'None']);
    }
    put();
    writeFileSync(join(app.directory, 'restore.json'), '{');
    expect(await leavingsOf(live)).to.equal('Unfinished');
    await removeLitter(live);
    expect(there()).to.deep.equal(left);
    mkdirSync(join(app.directory, 'volumes/.cc-ci~other~data~x'));
    rmSync(join(app.directory, 'restore.json'));
    await removeLitter(live);
    expect([there(), await leavingsOf(live)]).to.deep.equal([[], 'None']);
    expect(existsSync(join(app.directory, 'volumes/.cc-ci~other~data~x'))).to.equal(true);
  });

  it('T64 what fails leaves no part of a set', async () => {
    for (const line of [/^mkdir sets/, /^sync sets\/.tmp-op-1\/.tmp-manifest/, /^rename sets\/.tmp-op-1 →/]) {
      calls.failNext(line, 'ENOSPC');
      expect(await codeOf(makeSet(making()))).to.equal('NoSpace');
      expect(existsSync(join(root, 'sets/op-1')) || existsSync(join(root, 'sets/.tmp-op-1'))).to.equal(false);
    }
    await makeSet(making());
    await removeTree(join(root, 'sets'));
  });
});
