import { expect } from 'chai';
import { pageExemption } from '../../../controllers/run/stages/page.ts';

type Facts = Parameters<typeof pageExemption>[0];

const URL = 'http://127.0.0.1:20000';
const TEST = { name: 'home', http: { path: '/' }, required: true } as NonNullable<
  Facts['resolved']['ci']['tests']
>[number];

const ROWS: readonly [string, Facts, RegExp | undefined][] = [
  ['is looked at by default', { resolved: { app: {}, ci: {} }, applied: { url: URL } }, undefined],
  [
    'is looked at where both lists are empty',
    { resolved: { app: { health: [] }, ci: { tests: [] } }, applied: { url: URL } },
    undefined,
  ],
  [
    'is left to the tests that are declared',
    { resolved: { app: {}, ci: { tests: [TEST] } }, applied: { url: URL } },
    /tests/,
  ],
  [
    'is left alone where the spec says how the app is asked',
    { resolved: { app: { health: [{ tcp: { host: '127.0.0.1', port: 1 } }] }, ci: {} }, applied: { url: URL } },
    /app\.health/,
  ],
  ['cannot be looked at without a URL', { resolved: { app: {}, ci: {} }, applied: {} }, /URL/],
];

describe('the page of an app', () => {
  for (const [title, facts, because] of ROWS) {
    it(title, () => {
      if (because === undefined) expect(pageExemption(facts)).to.equal(undefined);
      else expect(pageExemption(facts)).to.match(because);
    });
  }
});
