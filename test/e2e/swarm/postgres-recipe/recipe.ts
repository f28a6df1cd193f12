import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../../harness.ts';
import { type Files, RecipeRepository } from '../../recipes.ts';
import { PORTS } from '../stack-bench.ts';

const HERE = new URL('.', import.meta.url).pathname;
const AS_THEY_ARE = ['compose.ports.yml', 'README.md', 'ledger.pl', 'db_entrypoint.sh', 'pg_backup.sh'];

export const FIRST = '1.0.0+15.1.0';
/** Another content of the config `db_conf`, under the next version of its name. */
export const SECOND = '1.1.0+15.2.0';

/** A file of the recipe as it lies beside this one. */
export function ledgerFile(name: string): string {
  return readFileSync(join(HERE, name), 'utf8');
}

/** The files of a version of the recipe "ledger": a web face over a PostgreSQL. */
export function ledgerFiles(
  version: string,
  conf: 'ledger.conf.tmpl' | 'ledger-2.conf.tmpl' = 'ledger.conf.tmpl',
): Files {
  const abra = ledgerFile('abra.sh');
  return {
    ...Object.fromEntries(AS_THEY_ARE.map((name) => [name, ledgerFile(name)])),
    'compose.yml': ledgerFile('compose.yml').replace('@VERSION@', version),
    '.env.sample': ledgerFile('env.sample'),
    'abra.sh': conf === 'ledger.conf.tmpl' ? abra : abra.replace('DB_CONF_VERSION=v1', 'DB_CONF_VERSION=v2'),
    'ledger.conf.tmpl': ledgerFile(conf),
  };
}

/** The repository of "ledger" where the bench finds it, with {@link FIRST} and {@link SECOND}. */
export function ledgerRepository(bench: Bench): RecipeRepository {
  const repository = new RecipeRepository(join(bench.root, 'recipes', 'ledger'));
  repository.release(FIRST, ledgerFiles(FIRST));
  repository.release(SECOND, ledgerFiles(SECOND, 'ledger-2.conf.tmpl'));
  return repository;
}

/** `md5` over the 500 entries that the seed makes, as the app tells it. */
export const ENTRIES = '500 entries, ';

/** The spec of a Canonical that enrols "ledger", or a copy of it. */
export function ledgerCanonical(recipe = 'ledger'): Record<string, unknown> {
  return {
    app: {
      recipe,
      ...PORTS,
      health: [{ http: { path: '/', contains: 'the ledger is open' } }],
      timeouts: { deploy: '90s', health: '2m' },
    },
    ci: {
      data: {
        seed: { http: { method: 'PUT', path: '/entries', status: [200] } },
        verify: { http: { path: '/entries', status: [200], contains: ENTRIES } },
        wipe: { http: { method: 'DELETE', path: '/entries', status: [200] } },
      },
      tests: [
        { name: 'intruder', http: { path: '/intruder', contains: 'refused' } },
        { name: 'settings', http: { path: '/settings', contains: 'maintenance_work_mem=24576\nwork_mem=6144' } },
      ],
      timeouts: { total: '8m', test: '60s' },
    },
  };
}
