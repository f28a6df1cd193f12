import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/generated/types.ts';
import type { Bench } from '../harness.ts';
import type { RecipeRepository } from '../recipes.ts';
import { ledgerCanonical, ledgerFiles, ledgerRepository } from './postgres-recipe/recipe.ts';
import { stackBench } from './stack-bench.ts';
import { resultsOf, stageOf } from './stages.ts';

const RUN_MS = 240_000;
const BASE = '1.1.1+15.2.1';
const HEAD = '1.2.0+15.3.0';
const DUMP = 'pg_dump --username=ledger --file="$file" ledger ;;';
const STALE = 'cp /tmp/first "$file" ;;';
const SERVE = 'exec setpriv';
const DUMP_ONCE = '( until pg_isready -q -U ledger; do sleep 0.2; done; pg_dump -U ledger -f /tmp/first ledger ) &';

/** A run that a canary proves, and one that it turns red. The image of the database has a name that says nothing: what runs in the container does. */
export function canaryRuns(): void {
  describe('a PostgreSQL in a container, without data hooks', function () {
    this.timeout(2 * RUN_MS);
    let bench: Bench;
    let repository: RecipeRepository;

    before(async () => {
      bench = stackBench('Swarm', 'can', { maxRuns: 2 });
      repository = ledgerRepository(bench);
      for (const version of [BASE, HEAD])
        repository.release(version, asUsual(ledgerFiles(version, 'ledger-2.conf.tmpl')));
      // A dump is made when the container comes up, and served for ever.
      repository.branch('stale', {
        'pg_backup.sh': repository.read('pg_backup.sh').replace(DUMP, STALE),
        'db_entrypoint.sh': repository.read('db_entrypoint.sh').replace(SERVE, `${DUMP_ONCE}\n${SERVE}`),
        'abra.sh': repository
          .read('abra.sh')
          .replace('PG_BACKUP_VERSION=v1', 'PG_BACKUP_VERSION=v2')
          .replace('DB_ENTRYPOINT_VERSION=v1', 'DB_ENTRYPOINT_VERSION=v2'),
      });
      await bench.start();
      const { ci, ...spec } = ledgerCanonical();
      bench.apply('Canonical', 'ledger', { ...spec, seed: 'Manual', ci: { timeouts: { total: '8m' } } });
      await bench.waitCondition({ kind: 'Canonical', name: 'ledger' }, 'Accepted', 'True');
    });
    after(() => bench?.dispose());

    /** With the variable by which the usual images name the user of a database. */
    function asUsual(files: ReturnType<typeof ledgerFiles>): ReturnType<typeof ledgerFiles> {
      const compose = files['compose.yml'] ?? '';
      const lines = '      - PGDATA=/var/lib/postgresql/data\n';
      return { ...files, 'compose.yml': compose.replace(lines, `${lines}      - POSTGRES_USER=ledger\n`) };
    }

    function run(name: string, spec: object): Promise<RunStatus> {
      bench.apply('Run', name, { recipe: 'ledger', promotion: 'Never', ...spec });
      return bench.waitOver(name, RUN_MS);
    }

    it('proves upgrade, backup and restore by a canary in it', async () => {
      const status = await run('plain', { ref: HEAD });
      expect(status.version).to.include({ base: BASE, head: HEAD });
      expect(stageOf(status, 'Upgrade').result, JSON.stringify(status)).to.equal('Passed');
      for (const stage of ['Backup', 'Restore'] as const) {
        expect(stageOf(status, stage), JSON.stringify(status)).to.include({
          result: 'Passed',
          evidence: 'Canary(postgres:db)',
        });
      }
      expect(status, JSON.stringify(resultsOf(status))).to.include({ verdict: 'Passed', level: 5 });
    });

    it('T38 is red where its backup loses the last transaction', async () => {
      const status = await run('stale', { ref: 'stale' });
      expect(stageOf(status, 'Upgrade'), JSON.stringify(status)).to.include({
        result: 'Passed',
        evidence: 'Canary(postgres:db)',
      });
      expect(stageOf(status, 'Backup').result).to.equal('Passed');
      expect(stageOf(status, 'Restore')).to.include({ result: 'Failed', reason: 'DataLost', service: 'db' });
      expect(status).to.include({ verdict: 'Failed', blame: 'Recipe', level: 2 });
    });

    it('leaves nothing on the engine', () => bench.waitClean());
  });
}
