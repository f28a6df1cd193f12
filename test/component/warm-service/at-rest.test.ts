import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { orNothing } from '../../../lib/errors.ts';
import type { AppObservation } from '../../../lib/platform/platform.ts';
import { readIndexText } from '../../../lib/store/index-line.ts';
import { sameSignature, signatureAt } from '../../../lib/store/replace-file.ts';
import { statePaths } from '../../../lib/store/state-paths.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { condition } from '../run/bench.ts';
import { eventually } from '../store/store-fixture.ts';
import { DOMAIN, KEY, OLD, Shop } from './warm-bench.ts';

const RESYNCS = 100;
/** What a look asks of the platform. */
const LOOKS = ['observe', 'exec'];

/** Ways to be at rest, and what brings a service that runs there. */
const RESTS: Readonly<Record<string, { become: (shop: Shop) => Promise<void>; shows: [string, string] }>> = {
  'up to date': { become: async () => undefined, shows: ['Ready', 'True/Healthy'] },
  'with a major that is held': {
    become: async (shop) => {
      await shop.release('2.0.0+2.0.0');
      await shop.bench.request(KEY, 'reconcile');
    },
    shows: ['Held', 'True/NeedsApproval'],
  },
  suspended: { become: (shop) => shop.apply({ suspend: true }), shows: ['Ready', 'False/Suspended'] },
};

describe('a warm service at rest', function () {
  this.timeout(60_000);
  let shop: Shop;

  beforeEach(async () => {
    shop = await Shop.open();
    await shop.apply();
    await shop.settlesAt(OLD);
  });
  afterEach(() => shop.close());

  const tasks = async (): Promise<AppObservation['services']> =>
    (await shop.bench.platform.observe({ domain: DOMAIN }, new AbortController().signal)).services;

  /** The index is written a little later than the status that it tells of. */
  const isIndexed = async (): Promise<boolean> => {
    const paths = statePaths(shop.bench.settings.stateDirectory);
    const text = (await orNothing(readFile(paths.index, 'utf8'), 'ENOENT')) ?? '';
    const told = readIndexText(text).get(KEY);
    return sameSignature(told?.statusStat, await signatureAt(paths.status(KEY)));
  };

  for (const [name, { become, shows }] of Object.entries(RESTS))
    it(`WC1a ${name}: in ${RESYNCS} resyncs nothing is written or changed`, async () => {
      await become(shop);
      await shop.is(...shows);
      await shop.bench.pass(KEY);
      await eventually(isIndexed, 'the index to follow the status');
      const before = await tasks();
      const { platform } = shop.bench;
      platform.calls.length = 0;
      const calls = await FileCalls.on(shop.bench.root);
      try {
        for (let resync = 0; resync < RESYNCS; resync += 1) await shop.bench.pass(KEY);
      } finally {
        calls.stop();
      }
      expect(calls.lines).to.deep.equal([]);
      expect(platform.calls.filter(({ method }) => !LOOKS.includes(method))).to.deep.equal([]);
      expect(platform.count('observe')).to.be.at.least(RESYNCS);
      expect(await tasks()).to.deep.equal(before);
      expect(condition(await shop.status(), shows[0])).to.equal(shows[1]);
    });
});
