import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { crashes, enrolledBench } from './crashes.ts';
import { type Bench, conditionOf } from './harness.ts';
import { inStage } from './moments.ts';

// Other stages, and moments that chance chooses, are in `test/nightly`.
crashes([inStage('Promote')]);

describe('a controller that is stopped in mid-run', function () {
  this.timeout(240_000);
  let bench: Bench;
  before(async () => {
    bench = await enrolledBench(['box']);
  });
  after(() => bench.dispose());

  it('I8 counts no crash: the run starts over as often as it takes', async () => {
    bench.apply('Run', 'again', { recipe: 'box', ref: '1.1.0+1.1.0' });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await bench.waitFor(`attempt ${attempt} to install`, async () => {
        const status = await bench.runStatus('again');
        const install = status.stages?.find((stage) => stage.name === 'Install');
        return status.attempts?.length === attempt && install?.result === 'Running';
      });
      await bench.restart();
    }
    const over = await bench.waitOver('again');
    expect(conditionOf(over, 'Succeeded')?.reason).to.equal('Passed');
    expect(over.attempts?.map(({ reason }) => reason)).to.deep.equal([...Array(3).fill('Shutdown'), undefined]);
    await bench.waitClean();
  });
});

describe('an app that is held after a failure', function () {
  this.timeout(240_000);
  let bench: Bench;
  before(async () => {
    bench = await enrolledBench(['box'], { maxRuns: 1 });
  });
  after(() => bench.dispose());

  async function hold(run: string, time: string): Promise<string> {
    bench.apply('Run', run, { recipe: 'box', ref: 'loses-data', holdOnFailure: time });
    return bench.waitFor(`${run} to be held`, async () => {
      const { verdict, url, nextAction } = await bench.runStatus(run);
      return verdict === 'Failed' && nextAction?.reason === 'HeldForALook' ? url : undefined;
    });
  }

  it('I8 answers throughout kill -9 and restart, and goes when its time is over @nightly', async () => {
    const url = await hold('held', '5s');
    const answers: boolean[] = [];
    const stop = new AbortController();
    const asking = (async () => {
      while (!stop.signal.aborted) {
        answers.push(
          await fetch(url).then(
            (response) => response.ok,
            () => false,
          ),
        );
        await systemClock.sleep(20);
      }
    })();
    await bench.kill9();
    await bench.start();
    const stillHeld = await bench.runStatus('held');
    expect(conditionOf(stillHeld, 'Succeeded')?.status).to.equal('Unknown');
    await bench.waitFor('enough answers', () => answers.length > 20);
    stop.abort();
    await asking;
    expect(answers).not.to.include(false);
    const over = await bench.waitOver('held');
    expect(conditionOf(over, 'Succeeded')).to.include({ status: 'False', reason: 'Failed' });
    expect(over.stages?.find((stage) => stage.result === 'Failed')).to.include({ name: 'Upgrade', reason: 'DataLost' });
    await bench.waitClean();
  });

  it('takes no run slot, and goes at once when the run is cancelled; the verdict stays @nightly', async () => {
    await hold('let-go', '10m');
    bench.apply('Run', 'beside', { recipe: 'box', ref: '1.1.0+1.1.0' });
    expect(conditionOf(await bench.waitOver('beside'), 'Succeeded')?.status).to.equal('True');
    await bench.ok('cancel', 'run/let-go');
    const over = await bench.waitOver('let-go', 10_000);
    expect(over.verdict).to.equal('Failed');
    expect(conditionOf(over, 'Succeeded')?.reason).to.equal('Failed');
    await bench.waitClean();
  });
});
