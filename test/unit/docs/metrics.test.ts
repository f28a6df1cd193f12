import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { METRICS, type MetricDefinition } from '../../../lib/metrics/catalogue.ts';
import { ROOT, readDocument } from './documents.ts';

const { text } = readDocument('docs/observability/README.md');
const list = readDocument('docs/reference/metrics.md').text;
const read = (name: string): string => readFileSync(join(ROOT, 'docs/observability', name), 'utf8');
const all: [string, MetricDefinition][] = Object.entries(METRICS);

interface Rule {
  alert: string;
  expr: string;
  annotations: { summary: string };
}
const rules = (parse(read('alerts.rules.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  ({ rules: own }) => own,
);

interface Panel {
  title: string;
  type: string;
  targets?: { expr: string }[];
}
const { panels } = JSON.parse(read('dashboard.json')) as { panels: Panel[] };
const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** The metrics that an expression names; a histogram goes by the name of its family. */
function namesIn(expression: string): string[] {
  const names = expression.match(/\b(?:cc_ci|process)_\w+/g) ?? [];
  return names.map((name) => (name in METRICS ? name : name.replace(/_(?:bucket|sum|count)$/, '')));
}

describe('docs/observability', () => {
  it('leads to a row for each metric, with its type and labels, in the order of the catalogue, and no other', () => {
    const rows = [...list.matchAll(/^\| `([a-z_]+)` \| (\w+) \|([^|]*)\|/gm)].map(([, name, type, labels = '']) => {
      return [name, type, [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label)];
    });
    expect(rows).to.deep.equal(all.map(([name, { type, labels }]) => [name, type, [...labels]]));
  });

  it('says of each metric what it means', () => {
    const meanings = [...list.matchAll(/^\| `[a-z_]+` \| \w+ \| [^|]*\| ([^|]*) \|/gm)].map(([, meaning]) => meaning);
    expect(meanings).to.have.length(all.length);
    expect(meanings.filter((meaning = '') => meaning.trim().length < 5)).to.deep.equal([]);
  });

  it('has a row for each alert of the rules, in their order, and a test that raises it', () => {
    const rows = [...text.matchAll(/^\| `(CcCi\w+)` \| (.+) \|$/gm)].map(([, name]) => name);
    expect(rows).to.deep.equal(rules.map(({ alert }) => alert));
    const raised = new Set(
      [...`${read('alerts.test.yml')}${read('alerts-days.test.yml')}`.matchAll(/alertname(?:=|: )"?(CcCi\w+)/g)].map(
        ([, name]) => name,
      ),
    );
    expect(rules.map(({ alert }) => alert).filter((alert) => !raised.has(alert))).to.deep.equal([]);
  });

  it('rules and dashboard name only metrics that there are, and the dashboard shows every one', () => {
    const asked = [...rules.map(({ expr }) => expr), ...queries].flatMap(namesIn);
    expect(asked.filter((name) => !(name in METRICS))).to.deep.equal([]);
    const shown = new Set(queries.flatMap(namesIn));
    expect(all.map(([name]) => name).filter((name) => !shown.has(name))).to.deep.equal([]);
  });

  it('panels of the dashboard have different titles, places and ids', () => {
    const [titles, ids] = [
      panels.map(({ title }) => title),
      panels.map((panel) => (panel as never as { id: number }).id),
    ];
    expect(new Set(titles).size).to.equal(panels.length);
    expect(new Set(ids).size).to.equal(panels.length);
    expect(panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0)).to.deep.equal([]);
  });
});
