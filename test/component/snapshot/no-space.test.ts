import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { type CommandRunner, commandRunner } from '../../../lib/exec/command.ts';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { emptyTrash } from '../../../lib/snapshot/discard.ts';
import { prepareCopy, withdrawPrepared } from '../../../lib/snapshot/prepare.ts';
import { isPrepared, readPrepared } from '../../../lib/snapshot/prepared.ts';
import { restoreSet } from '../../../lib/snapshot/restore.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { describeTree, fields, makeScratch, realTools, ScratchApp } from './scratch.ts';
import { mountSmall, resizeSmall, unmount } from './small-file-system.ts';

const never = new AbortController().signal;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof CcError ? error.code : String(error);
  }
  return 'none';
}

describe('T64 disk full', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let app: ScratchApp;
  let canonical: string;

  beforeEach(() => {
    scratch = makeScratch();
    app = new ScratchApp(scratch.path);
    app.fill('good');
    canonical = join(scratch.path, 'canonical');
  });
  afterEach(() => scratch.remove());

  async function promote(store: KnownGoodStore, id: string, runner: CommandRunner = commandRunner): Promise<void> {
    await makeSet({
      id,
      directory: store.sets.directory,
      volumes: [app.volume('data'), app.volume('db')],
      envFile: app.envFile,
      secretsDirectory: app.secretsDirectory,
      fields,
      assertUndeployed: async () => {},
      clock: systemClock,
      tools: { ...realTools(), runner },
    });
    await store.swap(id, never);
  }

  async function checkNothingChanged(store: KnownGoodStore, before: string[]): Promise<void> {
    expect((await store.pointer())?.id).to.equal('gen-0');
    expect((await store.sets.verify('gen-0', never)).state).to.equal('Intact');
    for (const id of fs.readdirSync(store.sets.directory)) {
      expect((await store.sets.verify(id, never)).state, id).to.equal('Intact');
    }
    expect(describeTree(app.directory)).to.deep.equal(before);
  }

  it('T64 at any child process: the old pointer stands and nothing is left', async () => {
    const store = new KnownGoodStore({ directory: canonical });
    await promote(store, 'gen-0');
    const before = describeTree(app.directory);
    for (let broken = 1; broken <= 5; broken += 1) {
      let calls = 0;
      const runner: CommandRunner = {
        run: async (command) => {
          calls += 1;
          const isBroken = calls === broken;
          const result = await commandRunner.run(command);
          if (!isBroken) return result;
          return { ...result, exitCode: 1, stderr: `${command.argv[0]}: error writing 'x': No space left on device\n` };
        },
      };
      expect(await codeOf(promote(store, 'gen-1', runner)), `child ${broken}`).to.equal('NoSpace');
      await checkNothingChanged(store, before);
    }
  });

  for (const limit of ['nr_inodes', 'size'] as const) {
    const tag = limit === 'nr_inodes' ? ' @nightly' : '';
    it(`T64 on a real file system that runs out of ${limit}, at every write${tag}`, async () => {
      // One set needs 600 kB and about 20 inodes; the first fits always, the second only at the end.
      const sizes = limit === 'size' ? [0, 100, 200, 300, 400, 500, 580, 600, 604, 608, 612, 700] : range(0, 20);
      const seen = new Set<string>();
      for (const extra of sizes) {
        const option = limit === 'size' ? `size=${640 + extra}k` : `nr_inodes=${22 + extra}`;
        if (!mountSmall(canonical, option)) return checkWithoutMount();
        try {
          seen.add(await promoteTwice());
        } finally {
          unmount(canonical);
        }
      }
      expect([...seen].sort()).to.deep.equal(['NoSpace', 'none']);
    }).timeout(180_000);
  }

  it('T64 beside the volumes, at every write of a prepared copy: there is none, and one once there is room', async function () {
    const store = new KnownGoodStore({ directory: canonical });
    await promote(store, 'gen-0');
    await atEverySize(this, async () => {
      const before = describeTree(app.directory);
      const code = await codeOf(prepare(store));
      if (code !== 'none') {
        expect(await readPrepared(app.directory)).to.equal(undefined);
        expect(describeTree(app.directory)).to.deep.equal(before);
        resizeSmall(app.directory, 'size=4m');
        await withdrawPrepared(live());
        await emptyTrash(live(), never);
        await prepare(store);
      }
      const manifest = (await store.pointer())?.manifest;
      expect(manifest && (await isPrepared(live(), manifest))).to.equal(true);
      expect((await store.sets.verify('gen-0', never)).state).to.equal('Intact');
      return code;
    });
  }).timeout(180_000);

  it('T64 beside the volumes, at every write of a restore: nothing live is lost, and it ends once there is room', async function () {
    const store = new KnownGoodStore({ directory: canonical });
    await promote(store, 'gen-0');
    await atEverySize(this, async () => {
      const code = await codeOf(restore(store));
      if (code !== 'none') {
        expect(app.conditions()).to.deep.equal(['live', 'live', 'live', 'live']);
        resizeSmall(app.directory, 'size=4m');
        await restore(store);
      }
      expect(app.conditions()).to.deep.equal(['good', 'good', 'good', 'good']);
      return code;
    });
  }).timeout(180_000);

  /** The app on file systems of growing sizes: it takes 612 kB, a copy of it as much, and its record a few more. */
  async function atEverySize(test: Mocha.Context, act: () => Promise<string>): Promise<void> {
    const seen = new Set<string>();
    for (const extra of [0, 100, 300, 500, 600, 612, 620, 628, 632, 700]) {
      fs.rmSync(app.directory, { recursive: true });
      if (!mountSmall(app.directory, `size=${640 + extra}k`)) test.skip();
      try {
        app.fill('live');
        seen.add(await act());
      } finally {
        unmount(app.directory);
      }
    }
    expect([...seen].sort()).to.deep.equal(['NoSpace', 'none']);
  }

  const live = () => ({ home: app, volumes: [app.volume('data'), app.volume('db')] });

  async function prepare(store: KnownGoodStore): Promise<void> {
    const pointer = await store.pointer();
    if (pointer === undefined) throw new Error('nothing is known to be good');
    const set = store.sets.pathOf(pointer.id);
    await prepareCopy({ set, manifest: pointer.manifest, live: live(), tools: realTools() });
  }

  async function restore(store: KnownGoodStore): Promise<void> {
    await restoreSet({
      ...{ set: store.sets.pathOf('gen-0'), target: app.target(() => []), operation: { id: 'r', attempt: 1 } },
      ...{ assertUndeployed: async () => {}, tools: realTools() },
    });
  }

  async function promoteTwice(): Promise<string> {
    const store = new KnownGoodStore({ directory: canonical });
    await promote(store, 'gen-0');
    const before = describeTree(app.directory);
    const code = await codeOf(promote(store, 'gen-1'));
    if (code === 'none') expect((await store.pointer())?.id).to.equal('gen-1');
    else await checkNothingChanged(store, before);
    return code;
  }

  /** Where nothing can be mounted, a directory that may not be written to stands for the full disk. */
  async function checkWithoutMount(): Promise<void> {
    const store = new KnownGoodStore({ directory: canonical });
    await promote(store, 'gen-0');
    const before = describeTree(app.directory);
    fs.chmodSync(store.sets.directory, 0o500);
    expect(await codeOf(promote(store, 'gen-1'))).to.not.equal('none');
    fs.chmodSync(store.sets.directory, 0o755);
    await checkNothingChanged(store, before);
  }
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
