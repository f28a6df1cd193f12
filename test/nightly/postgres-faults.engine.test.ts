import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../lib/api/generated/types.ts';
import { stackNameOf } from '../../lib/recipe/compose.ts';
import { type Bench, conditionOf } from '../e2e/harness.ts';
import { RecipeRepository } from '../e2e/recipes.ts';
import { FIRST, ledgerCanonical, ledgerFiles, ledgerRepository } from '../e2e/swarm/postgres-recipe/recipe.ts';
import { stackBench } from '../e2e/swarm/stack-bench.ts';
import { resultsOf, stageOf } from '../e2e/swarm/stages.ts';
import { docker } from '../rig/test-engine.ts';

const RUN_MS = 300_000;
const DUMP = 'pg_dump --username=ledger --file="$file" ledger ;;';

/** What goes wrong in and around the database of a real recipe, each on a branch of its own. */
describe('a PostgreSQL that fails', function () {
  this.timeout(2 * RUN_MS);
  let bench: Bench;
  let repository: RecipeRepository;

  before(async () => {
    bench = stackBench('Swarm', 'pgf', { maxRuns: 2 });
    repository = ledgerRepository(bench);
    await bench.start();
    bench.apply('Canonical', 'ledger', { ...ledgerCanonical(), seed: 'Manual' });
    await bench.waitCondition({ kind: 'Canonical', name: 'ledger' }, 'Accepted', 'True');
  });
  after(() => bench?.dispose());

  /** A branch whose pre-hook is another one. */
  function withDump(name: string, line: string): void {
    repository.branch(name, {
      'pg_backup.sh': repository.read('pg_backup.sh').replace(DUMP, `${line} ;;`),
      'abra.sh': repository.read('abra.sh').replace('PG_BACKUP_VERSION=v1', 'PG_BACKUP_VERSION=v2'),
    });
  }

  function start(name: string, spec: object = {}): Promise<RunStatus> {
    bench.apply('Run', name, { recipe: 'ledger', ref: name, ...spec });
    return bench.waitOver(name, RUN_MS);
  }

  function expectNoBackup(status: RunStatus, reason: string): void {
    expect(stageOf(status, 'Backup'), JSON.stringify(status)).to.include({ result: 'Failed', reason });
    expect(resultsOf(status)).to.include({ Upgrade: 'Passed', Restore: 'Skipped', Teardown: 'Passed' });
    expect(conditionOf(status, 'Succeeded')).to.include({ status: 'False', reason: 'Failed' });
    expect(status.level).to.equal(2);
  }

  it('T38 a dump that a pipe cuts off, and one that went elsewhere, are no backup', async () => {
    withDump('cut', 'pg_dump --username=ledger ledger | head -c 1500 >"$file"');
    withDump('elsewhere', 'pg_dump --username=ledger --file=/tmp/backup.sql ledger');
    const all = await Promise.all([start('cut'), start('elsewhere')]);
    for (const status of all) {
      expectNoBackup(status, 'BackupIncomplete');
      expect(status.blame).to.equal('Recipe');
      expect(resultsOf(status).Custom).to.equal('Passed');
    }
  });

  it('T38 a database that ends while it is dumped is no backup, whether the hook tells or not', async () => {
    const crash = `psql --username=ledger --quiet --command="COPY (SELECT 1) TO PROGRAM 'kill -QUIT 1'"`;
    withDump('told', `${crash}; sleep 20; pg_dump --username=ledger --file="$file" ledger`);
    // From another service the hook lives on: the dump that was begun before looks as if it were whole.
    const compose = repository.read('compose.yml');
    const hook = `perl /srv/ledger.pl end-database; sleep 4; true`;
    repository.branch('hidden', {
      'compose.yml': compose
        .replace(
          '- "backupbot.backup=true"',
          `- "backupbot.backup=true"\n        - "backupbot.backup.pre-hook=${hook}"`,
        )
        .replace(
          'backupbot.backup.volumes.db-data.path: "backup.sql"',
          'backupbot.backup.volumes.db-data.path: "PG_VERSION"',
        ),
      'ledger.pl': repository
        .read('ledger.pl')
        .replace(
          "if (($ARGV[0] // '') eq 'check')",
          `if (($ARGV[0] // '') eq 'end-database') {\n    ask($password, "COPY (SELECT 1) TO PROGRAM 'kill -QUIT 1'");\n    exit 0;\n}\n\nif (($ARGV[0] // '') eq 'check')`,
        ),
      'abra.sh': repository.read('abra.sh').replace('APP_SERVER_VERSION=v1', 'APP_SERVER_VERSION=v2'),
    });
    const [told, hidden] = await Promise.all([start('told'), start('hidden')]);
    expectNoBackup(told, 'HookFailed');
    expect(stageOf(told, 'Backup').service).to.equal('db');
    expectNoBackup(hidden, 'BackupIncomplete');
    expect(stageOf(hidden, 'Backup').service).to.equal('db');
  });

  it('T38 somebody who restarts the database by hand during the dump gets the blame, not the recipe', async () => {
    withDump('slow', `touch "$PGDATA/dumping"; sleep 15; pg_dump --username=ledger --file="$file" ledger`);
    const over = start('slow');
    const { domain = '' } = await bench.waitFor(
      'the dump to begin',
      async () => {
        const status = await bench.runStatus('slow');
        const backup = status.stages?.find(({ name }) => name === 'Backup');
        return backup?.result === 'Running' ? status : undefined;
      },
      { timeoutMs: RUN_MS },
    );
    docker('service', 'update', '--force', '--detach', `${stackNameOf(domain)}_db`);
    const status = await over;
    expectNoBackup(status, 'ChangedByOthers');
    expect(status.blame).to.equal('Infra');
  });

  it('T23 an initialisation that takes longer than a probe is waited for, one that is killed half-way is told', async () => {
    const short = new RecipeRepository(join(bench.root, 'recipes', 'hasty'));
    const files = ledgerFiles(FIRST);
    short.release(FIRST, {
      ...files,
      'compose.yml': files['compose.yml']?.replace('start_period: 1m', 'start_period: 2s'),
    });
    bench.apply('Canonical', 'hasty', { ...ledgerCanonical('hasty'), seed: 'Manual' });
    await bench.waitCondition({ kind: 'Canonical', name: 'hasty' }, 'Accepted', 'True');
    repository.branch('patient', { 'notes.txt': 'as released\n' });
    const [patient, killed] = await Promise.all([
      start('patient', { env: { INIT_SECONDS: '12' } }),
      start('killed', { recipe: 'hasty', ref: FIRST, env: { INIT_SECONDS: '25' } }),
    ]);
    expect(resultsOf(patient), JSON.stringify(patient)).to.include({ Install: 'Passed', Restore: 'Passed' });
    expect(stageOf(killed, 'Install'), JSON.stringify(killed)).to.include({
      result: 'Failed',
      service: 'app',
    });
    expect(stageOf(killed, 'Install').reason).to.be.oneOf(['DeadlineExceeded', 'CrashLoop']);
    expect(killed).to.include({ blame: 'Recipe', level: 0 });
  });

  it('leaves nothing on the engine', async () => {
    await bench.waitClean();
  });
});
