import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { lint } from '../../../controllers/run/stages/lint.ts';
import { CcError } from '../../../lib/errors.ts';
import type { LintReport } from '../../../lib/recipe/recipe-linter.ts';
import { BASE, resolvedRun } from '../../builders/resolved-run.ts';
import { codeOf } from '../../rig/code-of.ts';
import { RunWorld } from './run-world.ts';

const README = ['Category', 'Status', 'Image', 'Healthcheck', 'Backups', 'Email', 'Tests', 'SSO']
  .map((key) => `* **${key}**: x`)
  .join('\n');
const COMPOSE = `version: "3.8"
services:
  app:
    image: example/notes:1.0.0
    healthcheck: { test: ["CMD", "true"] }
    configs: [page]
    deploy:
      labels: ["traefik.enable=true", "coop-cloud.\${STACK_NAME}.version=1.1.0+1.1.0"]
configs:
  page: { name: "\${STACK_NAME}_page_v1", file: page.conf }
`;

describe('the lint of a run', () => {
  let world: RunWorld;
  /** What the base holds; the head says `new`. */
  let base: { compose: string; page: string };
  let checkout: CcError | undefined;
  let report: LintReport | undefined;

  beforeEach(() => {
    world = new RunWorld();
    [base, checkout, report] = [{ compose: COMPOSE, page: 'new' }, undefined, undefined];
    const { recipe } = world.directories;
    write(recipe, COMPOSE, 'new');
  });
  afterEach(() => world.close());

  function write(directory: string, compose: string, page: string): void {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'compose.yml'), compose);
    writeFileSync(join(directory, 'page.conf'), page);
    writeFileSync(join(directory, '.env.sample'), 'TYPE=notes\nDOMAIN=x\n');
    writeFileSync(join(directory, 'README.md'), `# notes\n<!-- metadata -->\n${README}\n<!-- endmetadata -->\n`);
  }
  const run = async () => {
    const context = await world.prepared('Lint');
    Object.assign(context.mirror, {
      directory: '/mirror',
      checkout: async (commit: string, directory: string) => {
        await world.say(`checkout ${commit.charAt(0)}`, undefined);
        if (checkout !== undefined) throw checkout;
        write(directory, base.compose, base.page);
      },
    });
    if (report !== undefined) {
      const answer = report;
      const linter = {
        lint: (recipe: string, { commit }: { commit: string }) =>
          world.say(`lint ${recipe} ${commit.charAt(0)}`, answer),
      };
      Object.assign(context.services, { linter });
    }
    const outcome = await lint.steps[0]!.run(context);
    return outcome.kind === 'End' ? `${outcome.end.result} ${outcome.end.reason}` : outcome.kind;
  };
  const scratch = () => existsSync(join(world.directories.scratch, 'lint-base'));
  const rows = () =>
    JSON.parse(readFileSync(join(world.directories.root, 'lint.json'), 'utf8')) as {
      ref: string;
      satisfied: unknown;
    }[];
  const failing = () =>
    rows()
      .filter(({ satisfied }) => satisfied === false)
      .map(({ ref }) => ref);

  it('passes what nothing is wrong with, and keeps the table', async () => {
    expect(await run()).to.equal('Next');
    expect([world.took(), scratch()]).to.deep.equal([['leave pool', 'checkout b'], false]);
    expect(rows()).to.have.length.above(10);
  });

  it('T41 fails what changed since the base and kept its name', async () => {
    await run();
    const before = failing().length;
    base.page = 'old';
    expect(await run()).to.equal('Failed LintErrors');
    expect([failing().length, scratch()]).to.deep.equal([before + 1, false]);
  });

  it('asks for no base where there is none, or nothing that could be stale', async () => {
    world.resolved = resolvedRun({ base: { from: 'None', reason: 'NothingToTest', message: '' } });
    expect([await run(), world.took()]).to.deep.equal(['Next', []]);
    world.resolved = resolvedRun();
    write(world.directories.recipe, COMPOSE.replace(/ {4}configs: .*\n/, '').replace(/configs:\n.*\n/, ''), 'new');
    expect([await run(), world.took()]).to.deep.equal(['Next', []]);
  });

  it('holds nothing against head that is wrong with the base', async () => {
    base.compose = 'services: [';
    expect(await run()).to.equal('Next');
    checkout = new CcError('InvalidInput', 'x');
    expect([await run(), scratch()]).to.deep.equal(['Next', false]);
    checkout = new CcError('Unreachable', 'x');
    expect([await codeOf(run()), scratch()]).to.deep.equal(['Unreachable', false]);
    expect(world.took().at(-1)).to.equal(`checkout ${BASE.charAt(0)}`);
  });

  it('fails files that cannot be read', async () => {
    write(world.directories.recipe, 'services: [', 'new');
    expect(await run()).to.equal('Failed LintErrors');
    expect(failing()).to.include('C001');
  });

  for (const [verdict, compose, outcome] of [
    ['Passed', COMPOSE, 'Next'],
    ['Failed', COMPOSE, 'Failed LintErrors'],
    ['Unverified', COMPOSE, 'Unverified LintUnverified'],
    ['Passed', 'services: [', 'Failed LintErrors'],
  ] as const) {
    it(`of the tool that deploys, ${verdict}, beside ours: ${outcome}`, async () => {
      report = { verdict, rows: [], message: verdict === 'Passed' ? '' : 'its words' };
      write(world.directories.recipe, compose, 'new');
      expect(await run()).to.equal(outcome);
      expect(world.took()).to.include('lint notes a').and.include('leave pool');
      expect(JSON.parse(readFileSync(join(world.directories.root, 'lint-abra.json'), 'utf8'))).to.deep.equal(report);
    });
  }
});
