import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { Bench } from '../e2e/harness.ts';
import { ForgeBench } from '../e2e/pull-requests/forge-bench.ts';
import { freePort } from '../rig/free-port.ts';
import { fencedBlocks, ROOT, readDocument } from '../unit/docs/documents.ts';
import { Prometheus, promtool } from './prometheus.ts';

const PLACE = join(ROOT, 'docs/observability');
const RULES = join(PLACE, 'alerts.rules.yml');
const TESTS = ['alerts.test.yml', 'alerts-days.test.yml'].map((name) => join(PLACE, name));

/** Metrics that this controller has no value of: nothing waits, nothing was upgraded, swept or alerted. */
const WITHOUT_DATA = [
  ...['cc_ci_run_oldest_pending_timestamp_seconds', 'cc_ci_lease_start_timestamp_seconds'],
  ...['cc_ci_warm_service_set_bytes', 'cc_ci_warm_service_set_timestamp_seconds'],
  ...['cc_ci_sweep_last_end_timestamp_seconds', 'cc_ci_sweep_last_recipes', 'cc_ci_alerts_raised_total'],
];

/** Objects may be at rest, or not, when it is asked. */
const SOMETIMES = 'cc_ci_object_conditions{type=~';

const hasNoData = (query: string): boolean => WITHOUT_DATA.some((name) => query.includes(name));

interface Panel {
  title: string;
  targets?: { expr: string }[];
}
const { panels } = JSON.parse(readFileSync(join(PLACE, 'dashboard.json'), 'utf8')) as { panels: Panel[] };
const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
interface Rules {
  groups: { rules: { alert: string; expr: string }[] }[];
}
const rules = (parse(readFileSync(RULES, 'utf8')) as Rules).groups.flatMap(({ rules: own }) => own);

/** Grafana fills in several scrape intervals. */
const filled = (query: string): string => query.replaceAll('$__rate_interval', '1m');

describe('promtool', function () {
  this.timeout(120_000);

  it('takes the rules', () => {
    expect(promtool(['check', 'rules', RULES])).to.match(/SUCCESS: \d+ rules found/);
  });

  it('takes the configuration of the document', () => {
    const { text } = readDocument('docs/observability/README.md');
    const directory = mkdtempSync(join(tmpdir(), 'cc-ci-promtool-'));
    try {
      const path = join(directory, 'prometheus.yml');
      writeFileSync(path, fencedBlocks(text, 'yaml')[0] ?? '');
      expect(promtool(['check', 'config', '--syntax-only', path])).to.match(/SUCCESS/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('sees each alert fire when it should, and none of them when all is well', () => {
    expect(promtool(['test', 'rules', ...TESTS])).to.match(/SUCCESS/);
  });
});

describe('a real Prometheus', function () {
  this.timeout(240_000);
  let forge: ForgeBench;
  let bench: Bench;
  let prometheus: Prometheus;
  let target: string;

  before(async () => {
    const port = await freePort();
    target = `127.0.0.1:${port}`;
    forge = await ForgeBench.open({ recipeSource: 'recipes/{recipe}', metrics: { listen: target } });
    bench = forge.bench;
    bench.apply('WarmService', 'desk', { app: { recipe: 'box' } });
    bench.apply('Sweep', 'weekly', { schedule: '0 3 1 1 *' });
    await bench.start();
    prometheus = await Prometheus.start(target, RULES);
    await bench.waitCondition({ kind: 'Canonical', name: 'box' }, 'Ready', 'True');
    await bench.waitCondition({ kind: 'WarmService', name: 'desk' }, 'Ready', 'True');
    await forge.waitEnrolled();
    bench.apply('Run', 'unknown', { recipe: 'box', ref: 'no-such-ref' });
    await bench.waitOver('unknown');
    await prometheus.waitFor('what failed to be counted in two scrapes', async () => {
      const [one] = await prometheus.query('count_over_time(cc_ci_runs_total{result="Failed"}[1h])');
      return Number(one?.value[1] ?? 0) > 2;
    });
  });
  after(async () => {
    await prometheus?.dispose();
    await forge?.dispose();
  });

  const page = async (accept: string): Promise<string> => {
    const answer = await fetch(`http://${target}/metrics`, { headers: { connection: 'close', accept } });
    return await answer.text();
  };

  it('promtool has nothing to say against a page of the controller', async () => {
    expect(promtool(['check', 'metrics'], await page('text/plain'))).to.equal('');
  });

  it('scrapes the controller without a fault', async () => {
    type Target = { health: string; lastError: string; scrapeUrl: string };
    const { activeTargets } = await prometheus.ask<{ activeTargets: Target[] }>('targets');
    expect(activeTargets.map(({ health, lastError }) => [health, lastError])).to.deep.equal([['up', '']]);
    const [up] = await prometheus.query('min_over_time(up{job="cc-ci"}[1m])');
    expect(up?.value[1]).to.equal('1');
  });

  it('gets every metric of a page, by its type', async () => {
    const types = [...(await page('text/plain')).matchAll(/^# TYPE (\S+) (\w+)$/gm)];
    expect(types.length).to.be.greaterThan(30);
    type Metadata = Record<string, { type: string }[]>;
    const known = await prometheus.ask<Metadata>('metadata');
    const typeOf = (name: string): string | undefined => (known[name] ?? known[name.replace(/_total$/, '')])?.[0]?.type;
    expect(types.map(([, name = '']) => [name, typeOf(name)])).to.deep.equal(
      types.map(([, name, type]) => [name, type]),
    );
  });

  it('has loaded every rule, and none has a fault', async () => {
    type Group = { rules: { name: string; health: string; lastError?: string }[] };
    const loaded = await prometheus.waitFor('the rules to be evaluated', async () => {
      const { groups } = await prometheus.ask<{ groups: Group[] }>('rules');
      const own = groups.flatMap(({ rules: each }) => each);
      return own.length > 0 && own.every(({ health }) => health !== 'unknown') ? own : undefined;
    });
    expect(loaded.map(({ name }) => name)).to.deep.equal(rules.map(({ alert }) => alert));
    expect(loaded.filter(({ health, lastError = '' }) => health !== 'ok' || lastError !== '')).to.deep.equal([]);
  });

  for (const { title, expr } of queries) {
    it(`answers the dashboard: ${title}: ${expr}`, async () => {
      const found = await prometheus.query(filled(expr));
      if (expr.includes(SOMETIMES)) return;
      expect(found.length > 0, JSON.stringify(found)).to.equal(!hasNoData(expr));
    });
  }

  for (const { alert, expr } of rules) {
    it(`evaluates ${alert}`, async () => {
      const found = await prometheus.query(expr);
      // A run that failed by its configuration is nobody's alert.
      expect(found).to.deep.equal([]);
    });
  }

  it('sees that the controller is gone', async () => {
    await bench.stop();
    await prometheus.waitFor('it to be seen', async () => {
      const [up] = await prometheus.query('up{job="cc-ci"}');
      return up?.value[1] === '0';
    });
    expect(await prometheus.query(rules.find(({ alert }) => alert === 'CcCiDown')?.expr ?? '')).to.have.length(1);
  });
});
