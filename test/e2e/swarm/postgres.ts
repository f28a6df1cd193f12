import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { stackNameOf } from '../../../lib/recipe/compose.ts';
import { ALL_PASSED } from '../../builders/run-facts.ts';
import { POSTGRES_IMAGE } from '../../rig/postgres-image.ts';
import { docker } from '../../rig/test-engine.ts';
import { type Bench, conditionOf } from '../harness.ts';
import { namesOf } from '../leftovers.ts';
import type { RecipeRepository } from '../recipes.ts';
import { FIRST, ledgerCanonical, ledgerFiles, ledgerRepository, SECOND } from './postgres-recipe/recipe.ts';
import { SeenPasswords } from './seen-passwords.ts';
import { type StackKind, stackBench } from './stack-bench.ts';
import { resultsOf } from './stages.ts';

const KEY = { kind: 'Canonical', name: 'ledger' } as const;
const RUN_MS = 240_000;
const GREEN = { ...ALL_PASSED, Teardown: 'Passed', Promote: 'Passed' };

/** Starts the database over a copy of a volume, and tries both passwords. */
const TRY_PASSWORDS = `set -eu
cp -a /kept /tmp/data
bin=$(echo /usr/lib/postgresql/*/bin)
setpriv --reuid=postgres --regid=postgres --clear-groups $bin/pg_ctl -D /tmp/data -w -s -l /tmp/log -o "-c unix_socket_directories=/tmp" start
for password in "$RIGHT" "$WRONG"; do
  PGPASSWORD=$password psql -h 127.0.0.1 -U ledger -d ledger -At -c 'SELECT count(*) FROM entries' 2>/dev/null || echo refused
done`;

/** A recipe with a real PostgreSQL through its whole life: what a known-good holds moves as one. */
export function postgresRuns(kind: StackKind): void {
  describe(`a recipe with a PostgreSQL on ${kind}`, function () {
    this.timeout(300_000);
    let bench: Bench;
    let repository: RecipeRepository;
    let warm: string;
    let seen: SeenPasswords;

    before(async () => {
      bench = stackBench(kind, 'pg');
      warm = `warm-canon-ledger.${bench.zone}`;
      repository = ledgerRepository(bench);
      seen = new SeenPasswords(bench, 'db_password');
      await bench.start();
      bench.apply('Canonical', 'ledger', ledgerCanonical());
      const seed = await bench.waitFor('the seed', () => namesOf(join(bench.state, 'objects', 'Run'))[0]);
      const status = await seen.during(bench.waitOver(seed, RUN_MS), RUN_MS);
      expect(resultsOf(status), JSON.stringify(status)).to.deep.equal(GREEN);
      await bench.waitCondition(KEY, 'Ready', 'True');
      await bench.waitClean();
    });
    after(() => bench?.dispose());

    it('goes through every stage up to the promotion, by an upgrade to another version of a config', async () => {
      const { knownGood } = await bench.canonicalStatus('ledger');
      const seed = await bench.runStatus(knownGood?.run ?? '');
      expect(resultsOf(seed)).to.deep.equal(GREEN);
      expect(seed).to.include({ verdict: 'Passed', level: 5, platform: kind });
      expect(seed.version).to.deep.equal({ base: FIRST, head: SECOND });
      expect(knownGood?.version).to.equal(SECOND);
    });

    it('records the secrets by name and the image that ran', () => {
      const manifest = JSON.parse(readFileSync(join(generation(), 'manifest.json'), 'utf8'));
      expect(manifest.secrets.names).to.deep.equal(['db_password']);
      expect(Object.keys(manifest.images)).to.have.members(['app', 'db']);
      expect(manifest.images.db).to.include(POSTGRES_IMAGE);
      expect(manifest.volumes.map(({ name }: { name: string }) => name)).to.deep.equal(['db-data']);
    });

    it('makes another password for each app, of the length and charset that .env.sample says', () => {
      expect(seen.values.size).to.equal(2);
      expect(new Set(seen.values.values()).size).to.equal(2);
      for (const password of seen.values.values()) expect(password).to.match(/^[0-9a-f]{48}$/);
      expect(readFileSync(join(generation(), 'secrets', 'db_password'), 'utf8')).to.equal(seen.values.get(warm));
    });

    it('I13 a set holds the database with its own password, and with no other', () => {
      expect(triedOn(volume())).to.deep.equal(['500', 'refused']);
    });

    it('I13 what was lost on the engine and at home comes back from the set as one', async () => {
      const before = readFileSync(join(generation(), 'secrets', 'db_password'), 'utf8');
      // Until it is there something is written beside the volume, where the engine removes everything.
      const isPrepared = async () => (await bench.canonicalStatus('ledger')).prepared?.state === 'Ready';
      await bench.waitFor('the copy beside the volume', isPrepared);
      docker('volume', 'rm', volume());
      removeSecrets();
      writeFileSync(join(bench.state, 'apps', warm, 'secrets', 'db_password'), 'f'.repeat(48));
      writeFileSync(join(bench.state, 'apps', warm, 'env'), 'TYPE=ledger\nDOMAIN=else.test\n');
      await bench.ok('reconcile', 'can/ledger');
      await bench.waitFor('the data to be back', async () => {
        const { history } = await bench.canonicalStatus('ledger');
        return history?.some(({ result }) => result === 'Restored');
      });
      expect(readFileSync(join(bench.state, 'apps', warm, 'secrets', 'db_password'), 'utf8')).to.equal(before);
      expect(readFileSync(join(bench.state, 'apps', warm, 'env'), 'utf8')).to.include(`DOMAIN=${warm}`);
      expect(triedOn(volume())).to.deep.equal(['500', 'refused']);
    });

    it('I13 a promotion deploys the restored set: a password that was changed meanwhile is not used', async () => {
      const kept = seen.values.get(warm);
      writeFileSync(join(bench.state, 'apps', warm, 'secrets', 'db_password'), 'e'.repeat(48));
      repository.release('1.2.0+15.3.0', ledgerFiles('1.2.0+15.3.0', 'ledger-2.conf.tmpl'));
      bench.apply('Run', 'third', { recipe: 'ledger', ref: '1.2.0+15.3.0' });
      const status = await seen.during(bench.waitOver('third', RUN_MS), RUN_MS);
      expect(resultsOf(status), JSON.stringify(status)).to.deep.equal(GREEN);
      expect(status.promotion).to.include({ result: 'Promoted', version: '1.2.0+15.3.0' });
      expect(readFileSync(join(generation(), 'secrets', 'db_password'), 'utf8')).to.equal(kept);
      expect(seen.values.size).to.equal(3);
      await bench.waitClean();
      expect(triedOn(volume())).to.deep.equal(['500', 'refused']);
    });

    it('I10 no password is anywhere but in its store, the sets and what the database makes of it', async () => {
      await bench.ok('describe', 'run/third');
      await bench.ok('logs', 'run/third');
      await bench.ok('events');
      expect(new Set(seen.asked)).to.have.property('size').that.is.greaterThan(3);
      expect(seen.leaks()).to.deep.equal([]);
    });

    it('leaves nothing but the data of the canonical', async () => {
      await bench.waitClean();
      expect(conditionOf(await bench.canonicalStatus('ledger'), 'Ready')?.status).to.equal('True');
    });

    function generation(): string {
      return join(bench.state, 'canonicals', 'ledger', 'known-good');
    }

    function volume(): string {
      return `${stackNameOf(warm)}_db-data`;
    }

    /** What the database over that volume answers to the kept password, and to that of a run. */
    function triedOn(name: string): string[] {
      const right = readFileSync(join(generation(), 'secrets', 'db_password'), 'utf8');
      const wrong = [...seen.values].find(([domain]) => domain !== warm)?.[1] ?? '';
      const env = ['--env', `RIGHT=${right}`, '--env', `WRONG=${wrong}`];
      const stack = `${bench.zone.replaceAll('.', '_')}_try`;
      const mount = ['--name', stack, '--volume', `${name}:/kept:ro`];
      return docker('run', '--rm', ...mount, ...env, POSTGRES_IMAGE, 'sh', '-c', TRY_PASSWORDS)
        .trim()
        .split('\n');
    }

    function removeSecrets(): void {
      const names = docker('secret', 'ls', '--format', '{{.Name}}').split('\n');
      const own = names.filter((name) => name.startsWith(`${stackNameOf(warm)}_`));
      expect(own).to.have.lengthOf(1);
      docker('secret', 'rm', ...own);
    }
  });
}
