import { expect } from 'chai';
import fc from 'fast-check';
import type { ErrorCode } from '../../../lib/errors.ts';
import { isGivenUp } from '../../../lib/known-good/warm-record.ts';
import { BROKEN, FaultyShop } from './faulty-shop.ts';
import { KEY, migrating, NEW, OLD } from './warm-bench.ts';

type Method = 'observe' | 'prepare' | 'deploy' | 'undeploy' | 'volumes' | 'ensureVolumes' | 'recordVolumes' | 'logs';
const METHODS: readonly Method[] = [
  ...(['observe', 'prepare', 'deploy', 'undeploy', 'volumes', 'ensureVolumes', 'recordVolumes', 'logs'] as const),
];
const CODES: readonly ErrorCode[] = [
  'Unreachable',
  'NoSpace',
  'Conflict',
  'CommandFailed',
  'Internal',
  'DeadlineExceeded',
];

type Trouble =
  | { what: 'Nothing' | 'Restart' }
  | { what: 'Fault'; method: Method; code: ErrorCode }
  | { what: 'DiesHalfway'; method: 'deploy' | 'undeploy' };

/** Before a pass: nothing, a fault that its calls meet, a call that does half of its work, or a new start of the controller. */
const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ what: 'Nothing' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('Fault' as const),
      method: fc.constantFrom(...METHODS),
      code: fc.constantFrom(...CODES),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('DiesHalfway' as const), method: fc.constantFrom('deploy', 'undeploy') }),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'Restart' as const }) },
);

describe('a warm service that meets any faults in any order', function () {
  this.timeout(600_000);

  const runs = async (numRuns: number): Promise<void> =>
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(trouble, { minLength: 10, maxLength: 60 }), async (broken, troubles) => {
        const faulty = await FaultyShop.open();
        try {
          await driven(faulty, broken, troubles);
        } finally {
          await faulty.shop.close();
        }
      }),
      { numRuns, endOnFailure: true },
    );

  it('I5 I13 ends on what is good with its data, or is given up until somebody says retry', () => runs(4));
  it('I5 I13 ends on what is good with its data, in many more orders @nightly', () => runs(40));
});

async function driven(faulty: FaultyShop, broken: boolean, troubles: readonly Trouble[]): Promise<void> {
  const { shop } = faulty;
  const { bench } = shop;
  await shop.release(NEW, migrating(NEW, broken ? BROKEN : {}));
  await bench.request(KEY, 'reconcile');
  for (const one of troubles) {
    if (one.what === 'Fault') faulty.fail(one.method, one.code);
    if (one.what === 'DiesHalfway') bench.platform.dieHalfway(one.method);
    if (one.what === 'Restart') await bench.restart();
    await bench.step();
  }
  bench.platform.forgetFailures();
  // Those that nothing met yet are over by now; a person says so.
  const { operation } = await shop.journal();
  if (operation && isGivenUp(operation)) await bench.request(KEY, 'retry');
  const good = async (): Promise<string | undefined> => (await shop.lastGood())?.version;
  await bench.until(async () => {
    const { operation: now } = await shop.journal();
    if (now && isGivenUp(now)) await bench.request(KEY, 'retry');
    const status = await shop.status();
    return now === undefined && status.version?.current === (await good()) && status.nextAction === undefined;
  }, 'rest');
  const version = await good();
  expect(version).to.be.oneOf(broken ? [OLD] : [OLD, NEW]);
  expect([await shop.data('schema'), await shop.data('order')]).to.deep.equal([version, 'one']);
}
