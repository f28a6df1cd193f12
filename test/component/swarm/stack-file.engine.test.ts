import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { stackFile } from '../../../lib/platform/swarm/stack-file.ts';
import { testSocket } from '../../rig/test-engine.ts';
import { planOf, STACK } from '../../unit/platform/swarm/stack-plans.ts';
import { removeRecipes } from '../../unit/recipe/recipe-files.ts';
import { generatedRecipe } from './compose-trees.ts';

type Tree = Record<string, unknown>;

const OURS = /^cc-ci\.|^coop-cloud\..*\.(recipe|chaos|chaos-version)$/;
/** What the order of says nothing. */
const SETS = new Set(['ports', 'volumes', 'secrets', 'configs']);
/** Lists in which repeats mean something; elsewhere one file cannot have them, though the CLI makes them of several. */
const WORDS = new Set(['command', 'entrypoint', 'test', 'aliases']);

describe('the stack file beside docker stack config', function () {
  this.timeout(120_000);
  let home: string;

  before(async () => {
    testSocket();
    home = await mkdtemp(join(tmpdir(), 'ccci-stack-'));
  });
  afterEach(removeRecipes);
  after(() => rm(home, { recursive: true, force: true }));

  /** The CLI's own merged form of files, or of a text on standard input. */
  function config(files: readonly string[], env: Readonly<Record<string, string>>, input = ''): Tree {
    const argv = ['--config', home, 'stack', 'config', ...files.flatMap((file) => ['--compose-file', file])];
    const child = spawnSync('docker', argv, { input, env: { ...env, PATH: process.env.PATH }, encoding: 'utf8' });
    if (child.status !== 0) throw new Error(`docker stack config: ${child.stderr}`);
    return parse(child.stdout);
  }

  it('says of any recipe what the CLI makes of it', async () => {
    await fc.assert(
      fc.asyncProperty(generatedRecipe, async ({ files, env }) => {
        const plan = await planOf(files, { env });
        const { directory } = plan.revision;
        const paths = plan.app.composeFiles.map((file) => join(directory, file));
        const theirs = config(paths, { ...env, STACK_NAME: STACK });
        const ours = config(
          ['-'],
          {},
          stackFile({ plan: { ...plan, app: { ...plan.app, env: {} } }, instanceId: 'i' }),
        );
        expect(plainForm(ours)).to.deep.equal(plainForm(theirs));
      }),
      { numRuns: 60 },
    );
  });
});

/** Without our labels, without what says nothing, sets in one order. */
function plainForm(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => plainForm(item));
    if (SETS.has(key)) return items.map((item) => JSON.stringify(item)).toSorted();
    return WORDS.has(key) ? items : [...new Set(items)];
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name]) => !(key === 'labels' && OURS.test(name)))
    .map(([name, item]) => [name, plainForm(item, name)] as const)
    .filter(([name, item]) => !saysNothing(item) && !(key === 'environment' && item === null) && name !== '')
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function saysNothing(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}
