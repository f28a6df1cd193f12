import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { KnownGoodStore } from '../../../lib/known-good/known-good-store.ts';
import { discardAsides, emptyTrash, hasTrash, removeAsides } from '../../../lib/snapshot/discard.ts';
import { byContent, firstBrokenPart, isPrepared } from '../../../lib/snapshot/prepared.ts';

import { restoreUnfinished } from '../../../lib/snapshot/restore-journal.ts';
import { type CrashOrder, doWork } from './crash-work.ts';
import { childEnv, makeScratch, ScratchApp } from './scratch.ts';

const childPath = join(import.meta.dirname, 'crash-child.ts');
const never = new AbortController().signal;
const PROMOTE_STEPS = 8;
/** Withdraw, empty, four copies, seal, and after it. */
const PREPARE_STEPS = 8;
const RESTORE_STEPS = 18;
const GOOD = ['good', 'good', 'good', 'good'];

export interface CrashKills {
  /** Kills before the first of so many steps: one is each. */
  every: number;
  /** How many more of each sort, anywhere. */
  random: number;
}

/** Kills before steps, once each, and anywhere. */
export function crashKills({ every, random }: CrashKills): void {
  describe('kill -9', () => {
    let scratch: ReturnType<typeof makeScratch>;
    let app: ScratchApp;
    let store: KnownGoodStore;
    let token: string;

    beforeEach(async () => {
      scratch = makeScratch();
      app = new ScratchApp(scratch.path);
      app.fill('good');
      for (let i = 0; i < 200; i += 1) fs.writeFileSync(join(app.volumePath('data'), `f${i}`), `${i}`);
      store = new KnownGoodStore({ directory: join(scratch.path, 'canonical') });
      token = `test/child/${randomUUID()}`;
      await resume({ work: 'Promote', id: 'gen-0' });
    });
    afterEach(() => scratch.remove());

    /** Runs the child; where `killAfterMs` is given, kills it that long after it began. */
    async function work(
      order: Pick<CrashOrder, 'work' | 'id'> & { parent?: string; killAtStep?: number },
      killAfterMs?: number,
    ): Promise<'Ended' | 'Killed'> {
      const whole: CrashOrder = { killAtStep: 0, ...order, root: scratch.path, token };
      const child = spawn(process.execPath, [childPath, JSON.stringify(whole)], {
        env: {
          ...childEnv,
          CCCI_TOKEN: token,
          NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
          NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      child.stdout.once('data', () => {
        if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      });
      const signal = await new Promise((resolve) => child.once('close', (_code, by) => resolve(by)));
      if (signal !== 'SIGKILL') expect([child.exitCode, said]).to.deep.equal([0, '']);
      await endOrphans(token);
      return signal === 'SIGKILL' ? 'Killed' : 'Ended';
    }

    /** The same work, to its end, by the process that comes after. */
    async function resume(order: Pick<CrashOrder, 'work' | 'id'> & { parent?: string }): Promise<void> {
      await doWork({ killAtStep: 0, ...order, root: scratch.path, token: `${token}-next` }, () => {});
    }

    it('I1 while a generation is made and the pointer moves: the pointer always names an intact set', async () => {
      let parent = 'gen-0';
      let killed = 0;
      for (const [round, killAtStep] of rounds(PROMOTE_STEPS).entries()) {
        const id = `gen-${round + 1}`;
        const step = { work: 'Promote', id, parent } as const;
        const how = await (killAtStep === undefined ? work(step, Math.random() * 120) : work({ ...step, killAtStep }));
        if (how === 'Killed') killed += 1;
        const pointer = await store.pointer();
        expect([parent, id]).to.include(pointer?.id);
        expect((await store.sets.verify(pointer?.id ?? '', never)).state, id).to.equal('Intact');
        expect(app.conditions()).to.deep.equal(GOOD);
        await resume(step);
        expect((await store.pointer())?.id).to.equal(id);
        expect((await store.sets.verify(id, never)).state).to.equal('Intact');
        expect(fs.readdirSync(store.sets.directory).sort()).to.deep.equal([parent, id].sort());
        parent = id;
      }
      expect(killed).to.be.at.least(Math.floor(PROMOTE_STEPS / every));
    }).timeout(120_000 + random * 10_000);

    it('I3 while a copy is prepared: it is sealed and whole, or there is none, and a restore gives the set', async () => {
      let killed = 0;
      for (const [round, killAtStep] of rounds(PREPARE_STEPS).entries()) {
        app.fill('bad');
        const step = { work: 'Prepare', id: '' } as const;
        const how = await (killAtStep === undefined ? work(step, Math.random() * 150) : work({ ...step, killAtStep }));
        if (how === 'Killed') killed += 1;
        expect(app.conditions(), `round ${round}`).to.deep.equal(['bad', 'bad', 'bad', 'bad']);
        expect(await brokenPrepared(), `round ${round}`).to.equal(undefined);
        await resume({ work: 'Restore', id: `half-${round}` });
        expect(app.conditions(), `round ${round}`).to.deep.equal(GOOD);
        await discardAsides(app.directory);
        await resume(step);
        expect(await isPrepared(live(), (await store.pointer())!.manifest)).to.equal(true);
        expect(prepared(), 'no other one').to.have.length(4);
        await emptyTrash(live(), never);
        expect(await hasTrash(live())).to.equal(false);
      }
      expect(killed).to.be.at.least(Math.floor(PREPARE_STEPS / every));
    }).timeout(120_000 + random * 10_000);

    it('I15 I13 while a prepared copy is put in place: nothing is lost, and the next call ends it', async () => {
      let killed = 0;
      for (const [round, killAtStep] of rounds(RESTORE_STEPS).entries()) {
        await resume({ work: 'Prepare', id: '' });
        app.fill('bad');
        const step = { work: 'Restore', id: `prepared-${round + 1}` } as const;
        const how = await (killAtStep === undefined ? work(step, Math.random() * 50) : work({ ...step, killAtStep }));
        if (how === 'Killed') killed += 1;
        expect(badParts(), `round ${round}`).to.equal(4);
        const mixed = new Set(conditionsOrGone()).size > 1;
        if (mixed) expect((await restoreUnfinished(app.directory))?.id, `round ${round}`).to.equal(step.id);
        await resume(step);
        expect(app.conditions(), `round ${round}`).to.deep.equal(GOOD);
        await removeAsides(app.directory);
        expect(badParts()).to.equal(0);
      }
      expect(killed).to.be.above(RESTORE_STEPS / every - 3);
    }).timeout(120_000 + random * 10_000);

    const live = () => ({ home: app, volumes: [app.volume('data'), app.volume('db')] });
    const brokenPrepared = () => firstBrokenPart(app.directory, byContent(never));
    const prepared = (): string[] =>
      [app.directory, join(app.directory, 'volumes')].flatMap((directory) =>
        fs.readdirSync(directory).filter((name) => name.startsWith('.cc-ci~prepared~')),
      );

    it('I15 I13 while a set is restored: nothing is lost, and the next call ends it', async () => {
      let killed = 0;
      for (const [round, killAtStep] of rounds(RESTORE_STEPS).entries()) {
        app.fill('bad');
        const step = { work: 'Restore', id: `restore-${round + 1}` } as const;
        const how = await (killAtStep === undefined ? work(step, Math.random() * 150) : work({ ...step, killAtStep }));
        if (how === 'Killed') killed += 1;
        expect(badParts(), `round ${round}`).to.equal(4);
        expect((await store.sets.verify('gen-0', never)).state).to.equal('Intact');
        const mixed = new Set(conditionsOrGone()).size > 1;
        if (mixed) expect((await restoreUnfinished(app.directory))?.id, `round ${round}`).to.equal(step.id);
        await resume(step);
        expect(app.conditions(), `round ${round}`).to.deep.equal(GOOD);
        expect(await restoreUnfinished(app.directory)).to.equal(undefined);
        await removeAsides(app.directory);
        expect(badParts()).to.equal(0);
        expect(fs.readdirSync(join(app.directory, 'volumes')).sort()).to.deep.equal(['data', 'db']);
      }
      // The last steps may be over before the child is seen.
      expect(killed).to.be.above(RESTORE_STEPS / every - 3);
    }).timeout(120_000 + random * 10_000);

    /** The step to be killed at, of each round; undefined: anywhere. */
    function rounds(steps: number): (number | undefined)[] {
      const chosen = Array.from({ length: steps }, (_, index) => index + 1).filter((step) => step % every === 0);
      return [...chosen, ...Array<undefined>(random).fill(undefined)];
    }

    function conditionsOrGone(): string[] {
      try {
        return app.conditions();
      } catch {
        return ['gone', 'other'];
      }
    }

    /** Files of the app, live or aside, that say `bad`: one a part. */
    function badParts(): number {
      const entries = fs.readdirSync(app.directory, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => {
        const part = ['file', 'key', 'env'].includes(entry.name) || entry.name.startsWith('.cc-ci~aside~env~');
        if (!entry.isFile() || !part) return false;
        return /^(CONDITION=)?bad\b/.test(fs.readFileSync(join(entry.parentPath, entry.name), 'utf8'));
      }).length;
    }
  });
}

/** What a controller does first: ends the children of the one before it, by their token. */
async function endOrphans(token: string): Promise<void> {
  for (;;) {
    const found = fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && hasToken(pid, token));
    if (found.length === 0) return;
    for (const pid of found) killQuietly(Number(pid));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function hasToken(pid: string, token: string): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`CCCI_TOKEN=${token}`);
  } catch {
    return false;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Ended by itself meanwhile.
  }
}
