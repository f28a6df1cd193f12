import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { hasCode } from '../../../lib/errors.ts';
import { leavingsOf, removeLitter } from '../../../lib/snapshot/leavings.ts';
import { restoreSet } from '../../../lib/snapshot/restore.ts';
import { makeSet } from '../../../lib/snapshot/set.ts';
import { SetStore } from '../../../lib/snapshot/set-store.ts';
import { fields, makeScratch, realTools, ScratchApp } from './scratch.ts';

const never = new AbortController().signal;

describe('the sets of a warm service', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let app: ScratchApp;
  let sets: SetStore;
  let now = 0;

  beforeEach(() => {
    scratch = makeScratch();
    app = new ScratchApp(scratch.path);
    app.fill('good');
    sets = new SetStore({ directory: join(scratch.path, 'warm', 'wiki', 'sets') });
    now = 1_700_000_000_000;
  });
  afterEach(() => scratch.remove());

  async function make(id: string, parent?: string): Promise<void> {
    now += 1000;
    const { run: _none, ...own } = fields;
    await makeSet({
      id,
      directory: sets.directory,
      volumes: [app.volume('data'), app.volume('db')],
      envFile: app.envFile,
      secretsDirectory: app.secretsDirectory,
      fields: { ...own, ...(parent === undefined ? {} : { parent }) },
      assertUndeployed: async () => {},
      clock: { ...systemClock, now: () => now },
      tools: realTools(),
    });
  }

  const damage = (id: string): void => appendFileSync(join(sets.pathOf(id), 'volumes', 'data', 'big'), 'x');
  const live = () => ({ home: app, volumes: [app.volume('data'), app.volume('db')] });

  it('are listed newest first; what is unfinished, or no set, is left out', async () => {
    await make('a');
    await make('b', 'a');
    mkdirSync(join(sets.directory, '.tmp-c'));
    mkdirSync(join(sets.directory, 'half'));
    mkdirSync(join(sets.directory, 'lost+found'));
    expect((await sets.list()).map(({ id }) => id)).to.deep.equal(['b', 'a']);
    expect((await sets.ids()).toSorted()).to.deep.equal(['a', 'b', 'half', 'lost+found']);
    expect(await sets.get('lost+found')).to.equal(undefined);
  });

  it('are verified, and gone back to by their parents', async () => {
    await make('a');
    await make('b', 'a');
    await make('c', 'b');
    damage('b');
    expect((await sets.verify('b', never)).state).to.equal('Damaged');
    expect((await sets.verify('nowhere', never)).state).to.equal('Missing');
    expect((await sets.line('c')).map(({ id }) => id)).to.deep.equal(['c', 'b', 'a']);
    expect((await sets.newestIntactAncestor('c', never))?.id).to.equal('a');
  });

  it('go one by one, and no name leads out of their directory', async () => {
    await make('a');
    await make('b', 'a');
    writeFileSync(join(scratch.path, 'warm', 'wiki', 'state.json'), '{}');
    const outside = await sets.remove('../state.json').catch((error: unknown) => error);
    expect(hasCode(outside, 'InvalidInput')).to.equal(true);
    await sets.remove('a');
    expect(readdirSync(sets.directory)).to.deep.equal(['b']);
    expect(existsSync(join(scratch.path, 'warm', 'wiki', 'state.json'))).to.equal(true);
  });

  it('I6 what crashes left goes, but nothing of an operation that goes on', async () => {
    for (const name of ['.tmp-dead', '.tmp-alive', '.trash-x'])
      mkdirSync(join(sets.directory, name), { recursive: true });
    expect(await sets.hasLitter()).to.equal(true);
    await sets.sweep(new Set(['alive']));
    expect(readdirSync(sets.directory)).to.deep.equal(['.tmp-alive']);
  });

  it('are put back; what a restore leaves is told from one that never ended, and only litter goes', async () => {
    await make('a');
    app.fill('bad');
    const restore = (onStep?: () => void) =>
      restoreSet({
        set: sets.pathOf('a'),
        target: app.target(() => ['data', 'db']),
        operation: { id: 'back', attempt: 1 },
        assertUndeployed: async () => {},
        tools: realTools(),
        ...(onStep ? { onStep } : {}),
      });
    let steps = 0;
    await restore(() => {
      steps += 1;
      if (steps === 5) throw new Error('killed');
    }).catch(() => {});
    expect(await leavingsOf(live())).to.equal('Unfinished');
    await removeLitter(live());
    expect(await leavingsOf(live())).to.equal('Unfinished');
    await restore();
    expect(app.conditions()).to.deep.equal(['good', 'good', 'good', 'good']);
    expect(await leavingsOf(live())).to.equal('Litter');
    await removeLitter(live());
    await removeLitter(live());
    expect(await leavingsOf(live())).to.equal('None');
    expect(app.conditions()).to.deep.equal(['good', 'good', 'good', 'good']);
  });
});
