import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { CANARY, canaryToken } from '../../../lib/canary/canary.ts';
import { CcError } from '../../../lib/errors.ts';
import { BASE_VERSION, CANONICAL_DOMAIN, enrol, HEAD_VERSION, HEALTHY, type Notes, notesBench } from './enrolled.ts';

const TOKEN = canaryToken('0'.repeat(32));
const ANY_TOKEN = /ccci-[0-9a-f]{32}/;

/** Files below a directory whose name or content has to do with a canary. */
async function tracesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const text = await readFile(path, 'latin1');
    if ([entry.name, text].some((one) => one.includes(CANARY) || ANY_TOKEN.test(one))) found.push(path);
  }
  return found;
}

describe('the canary of a promotion', function () {
  // Each goes through two whole runs.
  this.timeout(60_000);
  let notes: Notes;
  /** Where the app of the canonical saw a canary when it started. */
  let seen: boolean[];

  beforeEach(async () => {
    notes = await notesBench();
    await enrol(notes, { ci: {} });
    seen = [];
    expect((await run('base', { ref: BASE_VERSION })).promotion?.result).to.equal('Promoted');
  });
  afterEach(() => notes.bench.close());

  const run = async (name: string, spec: object = {}): Promise<RunStatus> => {
    await notes.bench.write('Run', name, { recipe: 'notes', ...spec });
    return notes.bench.finish(name);
  };
  const knownGood = () => notes.bench.knownGood('notes');
  const live = () => join(notes.bench.platform.directory, CANONICAL_DOMAIN);
  const watching = (more: (volume: string) => Promise<void> = async () => {}) =>
    notes.bench.platform.behave(notes.head, {
      ...HEALTHY,
      onStart: async (volumes) => {
        // What a restore set aside lies beside it.
        const volume = volumes.find(({ name }) => name === 'data');
        const path = volume?.path ?? '';
        if (path.includes(CANONICAL_DOMAIN)) {
          seen.push((await readdir(path)).includes(CANARY));
          await more(path);
        }
        if (volume) await HEALTHY.onStart?.([volume]);
      },
    });

  it('is in the restored data when the new version starts, and in nothing that becomes known-good', async () => {
    watching();
    const status = await run('head');
    expect(status.promotion).to.deep.include({ result: 'Promoted', version: HEAD_VERSION });
    expect(seen).to.deep.equal([true]);
    expect(await tracesIn(knownGood().directory)).to.deep.equal([]);
    expect(await tracesIn(live())).to.deep.equal([]);
  });

  it('R10 that is lost with the data ends the promotion, and the old known-good stands', async () => {
    const before = await knownGood().pointer();
    watching(async (path) => {
      for (const name of await readdir(path)) await rm(join(path, name));
    });
    const status = await run('head');
    expect(status.verdict).to.equal('Passed');
    expect(status.promotion?.result).to.equal('Failed');
    expect((await knownGood().pointer())?.id).to.equal(before?.id);
    expect(await tracesIn(knownGood().directory)).to.deep.equal([]);
  });

  for (const step of ['PlantCanary', 'VerifyData'] as const) {
    it(`I1 is in no known-good after a crash behind ${step} @nightly`, async () => {
      await notes.bench.write('Run', 'head', { recipe: 'notes' });
      const done = async () =>
        (await notes.bench.journal('head').catch(() => undefined))?.promotionMemory?.steps?.done.includes(step) ??
        false;
      await notes.bench.until(done, step);
      await notes.bench.restart();
      expect((await notes.bench.finish('head')).promotion?.result).to.equal('Promoted');
      expect(await tracesIn(knownGood().directory)).to.deep.equal([]);
      expect(await tracesIn(live())).to.deep.equal([]);
    });
  }

  it('that the app puts back keeps the data from becoming known-good with it @nightly', async () => {
    const { platform } = notes.bench;
    const undeploy = platform.undeploy.bind(platform);
    let copies = 0;
    watching();
    platform.undeploy = async (app, signal) => {
      await undeploy(app, signal);
      if (app.domain !== CANONICAL_DOMAIN) return;
      copies += 1;
      await writeFile(join(live(), 'data', CANARY), `${TOKEN}\n`).catch(() => {});
    };
    const status = await run('head');
    expect(copies).to.be.greaterThan(0);
    expect(status.promotion?.result).to.equal('Promoted');
    expect(await tracesIn(knownGood().directory)).to.deep.equal([]);
  });

  it('goes from the data of a promotion that fails, too @nightly', async () => {
    const { platform } = notes.bench;
    const deploy = platform.deploy.bind(platform);
    platform.deploy = async (prepared, abort) => {
      await deploy(prepared, abort);
      if (prepared.app.domain === CANONICAL_DOMAIN) throw new CcError('CommandFailed', 'the deploy failed at its end');
    };
    expect((await run('head')).promotion?.result).to.equal('Failed');
    expect(await tracesIn(live())).to.deep.equal([]);
  });
});
