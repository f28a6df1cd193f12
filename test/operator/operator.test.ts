import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT, readDocument } from '../unit/docs/documents.ts';
import { missingLines, stepsOf, withValues } from './path.ts';
import { type BlockResult, runInRoot } from './root.ts';

/** What stands for the operator's own: the demo's recipes, and a receiver in the same root. */
const VALUES = { RECIPES: '/srv/recipes/{recipe}', RECIPE: 'notes', ALERTS: 'http://127.0.0.1:8099/' };

const steps = stepsOf(readDocument('docs/operator.md').text);
const blocks = steps.flatMap((step) => step.blocks.map((block) => ({ ...block, step })));
const [first] = blocks;
const filled = blocks.map((block) =>
  block === first ? { ...block, commands: withValues(block.commands, VALUES) } : block,
);

describe('docs/operator.md, from a bare host to a weekly sweep with alerts', function () {
  this.timeout(12 * 60_000);
  let results: BlockResult[];
  let alerts: { isSigned: boolean; alert: { reason: string } }[];

  before(async () => {
    ({ results, alerts } = await runPath());
  });

  for (const [index, { step, prints }] of blocks.entries()) {
    it(`${step.number}. ${step.title}: does what it says, and prints it`, () => {
      const { exitCode, printed } = results[index] ?? { exitCode: undefined, printed: '' };
      expect(exitCode, printed).to.equal(0);
      expect(missingLines(prints, printed), printed).to.deep.equal([]);
    });
  }

  it('tells the receiver of the drill, signed with the key that it has', () => {
    expect(alerts.map(({ alert }) => alert.reason)).to.include('DeployFailed');
    expect(alerts.filter(({ isSigned }) => !isSigned)).to.deep.equal([]);
  });

  it('says in its title how long it takes: its steps together', () => {
    const minutes = steps.reduce((sum, step) => sum + step.minutes, 0);
    expect(minutes).to.equal(30);
  });

  after(() => {
    for (const [index, { step }] of blocks.entries())
      console.log(`    ${step.number}. ${step.title}: ${results[index]?.seconds.toFixed(1)} s of ${step.minutes} min`);
  });

  async function runPath() {
    const kept: typeof alerts = [];
    const look = (place: string): void => {
      const lines = readFileSync(join(place, 'alerts.jsonl'), 'utf8').trim().split('\n');
      kept.push(...lines.map((line) => JSON.parse(line) as (typeof kept)[number]));
    };
    return { results: await runInRoot(filled, { prepare: buildPackage, look }), alerts: kept };
  }
});

/** What the path installs. */
function buildPackage(place: string): void {
  const script = join(ROOT, 'scripts/package-deb.ts');
  execFileSync(process.execPath, [script, place, '--compression', 'none'], { cwd: ROOT, stdio: 'pipe' });
}
