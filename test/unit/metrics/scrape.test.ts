import { expect } from 'chai';
import { PrometheusRegistry } from '../../../lib/metrics/prometheus-registry.ts';
import { type MetricSource, Scrape, single } from '../../../lib/metrics/scrape.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';
import { gate } from '../../fakes/fake-reconciler.ts';

const good: MetricSource = { name: 'Good', metrics: ['cc_ci_ready'], read: () => ({ cc_ci_ready: single(1) }) };

function bench(...sources: MetricSource[]) {
  const [clock, log] = [new FakeClock(), new FakeLog()];
  const scrape = new Scrape({ registry: new PrometheusRegistry(), sources, clock, log });
  return { clock, log, scrape };
}

function failing(read: MetricSource['read']): MetricSource {
  return { name: 'Bad', metrics: ['cc_ci_disk_size_bytes', 'cc_ci_disk_floor_bytes'], read };
}

describe('Scrape', () => {
  it('a source that fails is left out whole and counted; the others are there', async () => {
    let fails = false;
    const read = (): ReturnType<MetricSource['read']> => {
      if (fails) throw new Error('EIO');
      return { cc_ci_disk_size_bytes: single(7), cc_ci_disk_floor_bytes: single(1) };
    };
    const { scrape, log } = bench(failing(read), good);
    expect(await scrape.page())
      .to.match(/^cc_ci_disk_size_bytes 7$/m)
      .and.match(/^cc_ci_scrape_errors_total\{source="Bad"\} 0$/m);
    fails = true;
    const page = await scrape.page();
    expect(page)
      .to.match(/^cc_ci_ready 1$/m)
      .and.match(/^cc_ci_scrape_errors_total\{source="Bad"\} 1$/m);
    expect(page).not.to.match(/^cc_ci_disk_(size|floor)_bytes/m);
    await scrape.page();
    expect(log.take()).to.deep.equal(['warn']);
    fails = false;
    expect(await scrape.page()).to.match(/^cc_ci_disk_size_bytes 7$/m);
  });

  it('one that rejects, and one that hangs, likewise', async () => {
    const never = gate<never>();
    const { scrape, clock } = bench(
      failing(() => never.promise),
      good,
      { ...failing(() => Promise.reject(new Error('no'))), name: 'Rejects', metrics: ['cc_ci_memory_size_bytes'] },
    );
    const asked = scrape.page();
    await settle();
    await clock.advance(3_000);
    const page = await asked;
    expect(page).to.match(/^cc_ci_ready 1$/m);
    expect(page)
      .to.match(/^cc_ci_scrape_errors_total\{source="Bad"\} 1$/m)
      .and.match(/\{source="Rejects"\} 1$/m);
    expect(clock.pendingTimers()).to.equal(0);
  });

  it('of pages that are asked for at once one is made; the next one is new', async () => {
    const first = gate();
    let reads = 0;
    const { scrape } = bench({
      ...good,
      read: async () => {
        reads += 1;
        await first.promise;
        return { cc_ci_ready: single(reads) };
      },
    });
    const pages = [scrape.page(), scrape.page()];
    first.open();
    expect(await pages[1]).to.equal(await pages[0]);
    expect(reads).to.equal(1);
    expect(await scrape.page()).to.match(/^cc_ci_ready 2$/m);
  });
});
