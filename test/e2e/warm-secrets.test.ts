import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Bench } from './harness.ts';
import { orDispose } from './or-dispose.ts';
import { SecretScan } from './secret-scan.ts';
import { SERVER, tellerFiles } from './teller-recipe.ts';
import { WarmServiceBench } from './warm-service-bench.ts';

const FIRST = '1.0.0+1.0.0';
const NEXT = '1.1.0+1.1.0';
const MAJOR = '2.0.0+2.0.0';

describe('I10 the secrets of a warm service', function () {
  this.timeout(240_000);
  let warm: WarmServiceBench;
  let scan: SecretScan;
  let notified: string;

  before(async () => {
    const bench = new Bench({ recipeSource: 'recipes/{recipe}', alerts: { sinks: [{ command: ['./notify'] }] } });
    notified = join(bench.root, 'notified');
    writeFileSync(notified, '');
    writeFileSync(join(bench.root, 'notify'), `#!/bin/sh\ncat >>'${notified}'\n`, { mode: 0o755 });
    scan = new SecretScan(bench, [notified]);
    warm = await orDispose(bench, async () => {
      const one = new WarmServiceBench(bench, 'teller');
      one.repository.release(FIRST, tellerFiles('1.0.0'));
      await bench.start();
      bench.apply('WarmService', 'teller', { app: { recipe: 'teller', healthPasses: 1, timeouts: { health: '30s' } } });
      await one.at(FIRST);
      return one;
    });
  });
  after(() => warm?.bench.dispose());

  it('are in nothing that is kept, told or sent of an upgrade that says them as it dies, and of its way back', async () => {
    scan.collect();
    const crash = SERVER.replace(
      'const healthy',
      "process.stderr.write('fatal: no ' + secret + '\\n');\nprocess.exit(4);\n$&",
    );
    warm.repository.release(NEXT, tellerFiles('1.1.0', { 'server.mjs': crash }));
    await warm.look();
    await warm.isBackFrom(NEXT, FIRST);
    const { bench } = warm;
    const wasSent = (): boolean => readFileSync(notified, 'utf8').includes('UpgradeRolledBack');
    await bench.waitFor('the alert to be sent', wasSent);
    const [alert] = await warm.alerts('UpgradeRolledBack');
    for (const words of [
      ['describe', 'ws/teller'],
      ['describe', `alert/${alert?.id}`],
      ['get', 'ws,alerts,sets', '-o', 'yaml'],
      ['get', 'sets', '-o', 'wide'],
      ['events'],
    ])
      await bench.ccctl(...words);
    expect(scan.values.size).to.be.greaterThan(0);
    expect(alert?.message, 'the last words of what died').to.include('fatal: no ***');
    const evidence = readFileSync(warm.kept('evidence', `${alert?.id}-Upgrade`, 'app.log'), 'utf8');
    expect(evidence).to.include('fatal: no ***');
    expect(scan.leaks()).to.deep.equal([]);
  });

  it('are in nothing that the gate has seen of a release that it holds', async () => {
    warm.repository.release(MAJOR, tellerFiles('2.0.0'));
    await warm.look();
    const { bench } = warm;
    const isHeld = async (): Promise<boolean> => (await warm.status()).version?.held === MAJOR;
    await bench.waitFor('the hold', isHeld);
    expect((await bench.ccctl('diff', 'ws/teller', MAJOR)).stdout).to.include('BumpTooBig');
    expect(scan.leaks()).to.deep.equal([]);
  });
});
