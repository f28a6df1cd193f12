import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../rig/free-port.ts';
import { boxCanonical, boxRepository } from './box-recipe.ts';
import { Bench } from './harness.ts';
import { ForgeBench, REPOSITORY } from './pull-requests/forge-bench.ts';

const RELEASE = '1.1.0+1.1.0';

/** The value of a series, as the page has it; undefined: it is not there. */
function seriesValue(page: string, series: string): number | undefined {
  const line = page.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe('metrics', function () {
  this.timeout(180_000);
  let bench: Bench;
  let port: number;

  before(async () => {
    port = await freePort();
    bench = new Bench({ recipeSource: 'recipes/{recipe}', metrics: { listen: `127.0.0.1:${port}` } });
    boxRepository(join(bench.root, 'recipes', 'box'), ['1.0.0+1.0.0', RELEASE]);
    bench.apply('Canonical', 'box', boxCanonical('box'));
    await bench.start();
    await bench.waitCondition({ kind: 'Canonical', name: 'box' }, 'Ready', 'True');
    await bench.waitClean();
  });
  after(() => bench.dispose());

  const ask = async (path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close', ...headers } });
    return { status: answer.status, text: await answer.text() };
  };
  const page = async (): Promise<string> => (await ask('/metrics')).text;
  const runsIn = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('cc_ci_runs_total{'));

  it('tell of the seed that promoted, of its stages and of the known-good', async () => {
    const text = await page();
    expect(runsIn(text)).to.have.length(1);
    expect(runsIn(text)[0]).to.match(/mode="Cold",result="Passed",verdict="Passed",blame="None",level="\d"\} 1$/);
    expect(seriesValue(text, 'cc_ci_promotions_total{result="Promoted"}')).to.equal(1);
    expect(seriesValue(text, 'cc_ci_stages_total{mode="Cold",stage="Install",result="Passed"}')).to.equal(1);
    expect(seriesValue(text, 'cc_ci_stage_duration_seconds_count{mode="Cold",stage="Promote"}')).to.equal(1);
    expect(seriesValue(text, 'cc_ci_canonical_ready{recipe="box"}')).to.equal(1);
    expect(seriesValue(text, 'cc_ci_known_good_bytes{recipe="box"}')).to.be.greaterThan(0);
    expect(seriesValue(text, 'cc_ci_ready')).to.equal(1);
    expect(seriesValue(text, 'cc_ci_objects{kind="Run"}')).to.equal(1);
    expect(seriesValue(text, 'cc_ci_reconciles_total{kind="Run",result="Requeued"}')).to.be.greaterThan(0);
    expect(seriesValue(text, 'cc_ci_reconciles_total{kind="Run",result="Failed"}')).to.equal(0);
    expect(text).not.to.match(/^cc_ci_forge_/m);
    const errors = text.split('\n').filter((line) => line.startsWith('cc_ci_scrape_errors_total{'));
    expect(errors.length).to.be.greaterThan(5);
    expect(errors.filter((line) => !line.endsWith(' 0'))).to.deep.equal([]);
  });

  it('name no run, and say that it is alive and ready', async () => {
    const { items } = JSON.parse(await bench.ok('get', 'runs', '-o', 'json')) as {
      items: { metadata: { name: string } }[];
    };
    const [name = ''] = items.map(({ metadata }) => metadata.name);
    expect(name).to.match(/^box-seed-/);
    expect(await page()).not.to.contain(name);
    expect(await ask('/healthz')).to.deep.equal({ status: 200, text: 'ok\n' });
    expect(await ask('/readyz')).to.deep.equal({ status: 200, text: 'ok\n' });
    expect((await ask('/metrics', { accept: 'application/openmetrics-text' })).text).to.match(/\n# EOF\n$/);
  });

  it('a run that is cancelled before it began is counted as well, once, by the mode that was asked for', async () => {
    const before = runsIn(await page());
    bench.apply('Run', 'quick', { recipe: 'box', mode: 'Quick', ref: RELEASE, suspend: true });
    await bench.waitFor('the run to be shown', async () => (await bench.runStatus('quick')).conditions);
    await bench.ok('cancel', 'run/quick');
    await bench.waitOver('quick');
    await bench.ok('reconcile', 'run/quick');
    const added = runsIn(await page()).filter((line) => !before.includes(line));
    expect(added).to.deep.equal([
      'cc_ci_runs_total{mode="Quick",result="Cancelled",verdict="None",blame="None",level="0"} 1',
    ]);
  });

  it('a run that ended before a restart is not counted again, nor by looking at it again', async () => {
    await bench.restart();
    await bench.waitFor('all objects to be looked at', async () => {
      const text = await page();
      return seriesValue(text, 'cc_ci_object_conditions{kind="Run",type="Succeeded",status="True"}') === 1;
    });
    await bench.ok('reconcile', 'canonical/box');
    const text = await page();
    expect(runsIn(text)).to.deep.equal([]);
    expect(seriesValue(text, 'cc_ci_promotions_total{result="Promoted"}')).to.equal(0);
    expect(seriesValue(text, 'cc_ci_known_good_bytes{recipe="box"}')).to.be.greaterThan(0);
  });

  it('a port that is taken keeps the controller from starting, by the name of the setting; nothing is left locked', async () => {
    await bench.stop();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const { exitCode, stderr } = await bench.startAndFail();
    await new Promise((resolve) => server.close(resolve));
    expect(exitCode).to.equal(1);
    expect(stderr).to.contain('metrics.listen').and.contain(`127.0.0.1:${port}`);
    await bench.start();
    expect((await ask('/readyz')).status).to.equal(200);
  });

  it('a client that never ends its request does not hold up a stop', async () => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /metrics HTTP/1.1\r\n'));
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.on('close', resolve));
    expect(await bench.stop()).to.equal(0);
    await closed;
  });
});

describe('metrics of a forge', function () {
  this.timeout(120_000);
  let forge: ForgeBench;
  let port: number;

  before(async () => {
    port = await freePort();
    forge = await ForgeBench.open({ metrics: { listen: `127.0.0.1:${port}` } }, { seed: 'Manual' });
    await forge.bench.start();
    await forge.waitEnrolled();
  });
  after(() => forge.dispose());

  it('tell when the repository was polled, and that nothing waits', async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } })).text();
    expect(seriesValue(text, `cc_ci_forge_last_poll_timestamp_seconds{repository="${REPOSITORY}"}`)).to.be.greaterThan(
      0,
    );
    expect(seriesValue(text, 'cc_ci_forge_outbox_deliveries')).to.equal(0);
  });
});
