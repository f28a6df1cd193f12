import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Janitor, type JanitorOptions } from '../../../controllers/janitor/janitor.ts';
import { CcError } from '../../../lib/errors.ts';
import { readCleanRecord } from '../../../lib/janitor/clean-record.ts';
import type { HeldImage } from '../../../lib/platform/platform.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';

const HOUR_MS = 3_600_000;

describe('the rounds of the janitor', () => {
  let root: string;
  let clock: FakeClock;
  let events: string[];
  let images: HeldImage[];
  let looks: string[];
  let pruneAbovePercent: number;
  let running: Janitor | undefined;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ccci-rounds-'));
    clock = new FakeClock();
    [events, images, looks, pruneAbovePercent] = [[], [], [], 0];
  });
  afterEach(async () => {
    await running?.stop();
    rmSync(root, { recursive: true });
  });

  function janitor(overrides: Partial<JanitorOptions> = {}): Janitor {
    const startedMs = clock.monotonicMs();
    const store = {
      ...{ complete: () => true, list: () => [], runningMs: () => clock.monotonicMs() - startedMs },
      claims: { list: async () => looked('claims', []) },
    };
    const platform = {
      apps: async () => [],
      images: {
        list: async () => looked('images', { images: structuredClone(images), otherNodes: 0, directory: root }),
        remove: async ({ id }: HeldImage) => {
          images = images.filter((one) => one.id !== id);
        },
      },
    };
    const mirrors = { names: async () => looked('mirrors', []) };
    running = new Janitor({
      ...({ store, platform, mirrors, clock, log: new FakeLog() } as unknown as JanitorOptions),
      ...{ holdings: new Map(), settings: { stateDirectory: root, keepArtifacts: 1, pruneAbovePercent } },
      ...{ specDirectory: root, intervalMs: HOUR_MS, remove: async () => {} },
      event: async ({ reason }) => void events.push(reason),
      ...overrides,
    });
    return running;
  }
  const looked = <T>(what: string, found: T): T => {
    looks.push(what);
    return found;
  };
  /** So many rounds, one an hour, each until nothing of it is left. */
  async function rounds(count: number): Promise<void> {
    for (let round = 0; round < count; round += 1) {
      await clock.advance(HOUR_MS);
      await running?.idle();
      await settle();
    }
  }

  it('look at claims alone at start, at images each time, at mirrors every six hours', async () => {
    await janitor().start();
    expect(looks).to.deep.equal(['claims']);
    await rounds(1);
    expect(looks.slice(1)).to.deep.equal(['claims', 'mirrors', 'images']);
    looks.length = 0;
    await rounds(6);
    expect(looks.filter((look) => look === 'mirrors')).to.have.lengthOf(1);
    expect(looks.filter((look) => look === 'claims')).to.have.lengthOf(6);
  });

  it('WC8 tell once that a disk is too full and nothing can go, and again after there was room', async () => {
    await janitor().start();
    expect(events).to.deep.equal([]);
    await rounds(3);
    expect(events).to.deep.equal(['DiskFull']);
  });

  it('tell nothing while there is room', async () => {
    pruneAbovePercent = 100;
    await janitor().start();
    await rounds(2);
    expect(events).to.deep.equal([]);
  });

  it('WC8 remove an image once it was unused for a day of rounds', async () => {
    images = [
      { id: 'old', names: ['old:1'], bytes: 1, state: 'Unused' },
      { id: 'used', names: ['used:1'], bytes: 1, state: 'Used' },
    ];
    await janitor().start();
    await rounds(24);
    expect(images).to.have.lengthOf(2);
    await rounds(1);
    expect(images.map(({ id }) => id)).to.deep.equal(['used']);
  });

  it('end with a stop, and take no request then', async () => {
    const one = janitor();
    await one.start();
    await one.stop();
    looks.length = 0;
    await one.ask({ id: 'q', verb: 'clean', by: 'ada', args: {}, time: '2030-01-01T00:00:00.000Z' });
    await rounds(2);
    expect(looks).to.deep.equal([]);
    expect((await readCleanRecord(root)).requests).to.deep.equal([]);
  });

  it('a request that is handed on again and again is acted on once; one that cannot be taken off is, too', async () => {
    let removals = 0;
    const remove = async () => {
      removals += 1;
      if (removals === 1) throw new CcError('NoSpace', 'full');
    };
    const one = janitor({ remove });
    await one.start();
    const request = { id: 'q', verb: 'clean', by: 'ada', args: {}, time: '2030-01-01T00:00:00.000Z' } as const;
    await Promise.all([one.ask(request), one.ask(request)]);
    await one.ask(request);
    expect((await readCleanRecord(root)).answers.map(({ id }) => id)).to.deep.equal(['q']);
    expect(removals).to.equal(2);
  });
});
