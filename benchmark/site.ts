/**
 * What the status page of many recipes costs: `npm run bench:site -- [recipes] [tries]`, by default 200 and 7. Processor time of
 * this process, with the files that it writes: the first round, beside bare writes of the same files; one of another process
 * that finds everything as it is; the round of one run that ended.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allKeys, SiteFacts } from '../controllers/site/site-facts.ts';
import { writeSite } from '../controllers/site/write-site.ts';
import type { ObjectKey } from '../lib/api/kinds.ts';
import { SiteDirectory } from '../lib/site/directory.ts';
import { SHOWCASE_ALERTS } from '../test/builders/site-showcase.ts';
import { SiteObjects } from '../test/builders/site-store.ts';
import { median } from './median.ts';

const [recipes = 200, tries = 7] = process.argv.slice(2).map(Number);
const RUNS_EACH = 5;

function objectsOf(count: number): SiteObjects {
  const objects = new SiteObjects();
  for (let index = 0; index < count; index += 1) {
    const recipe = `recipe-${String(index).padStart(5, '0')}`;
    objects.canonical(recipe);
    for (let run = 0; run < RUNS_EACH; run += 1) {
      const time = new Date(Date.UTC(2030, 0, 1, run)).toISOString();
      objects.run(`${recipe}-${run}`, recipe, run % 4 === 3 ? 'Failed' : 'Passed', { completionTime: time });
    }
  }
  return objects;
}

/** One process on a directory. */
class Writer {
  readonly #objects: SiteObjects;
  readonly #facts: SiteFacts;
  readonly #directory: SiteDirectory;

  constructor(objects: SiteObjects, path: string) {
    this.#objects = objects;
    this.#facts = new SiteFacts(objects);
    this.#directory = new SiteDirectory(path, 'bench');
  }

  /** A round over these objects; milliseconds of processor time, and files written. */
  async round(keys: readonly ObjectKey[], look: 'All' | 'Changed'): Promise<{ ms: number; written: number }> {
    const before = process.cpuUsage();
    const directory = this.#directory;
    await directory.open();
    const concerned = await this.#facts.refresh(keys);
    if (look === 'All') await directory.verify();
    const runs = keys.flatMap(({ kind, name }) => (kind === 'Run' ? (this.#facts.run(name) ?? []) : []));
    directory.trends = this.#facts.trends(directory.trends, runs);
    const model = this.#facts.model({ instance: 'bench', version: '0' }, directory.trends, SHOWCASE_ALERTS);
    const { written } = await writeSite({
      directory,
      model,
      recipes: concerned,
      runs,
      statusOf: (name) => this.#objects.shown({ kind: 'Run', name }),
      stateDirectory: '/nonexistent',
      afterFile: async () => {},
    });
    await directory.close();
    const { user, system } = process.cpuUsage(before);
    return { ms: (user + system) / 1_000, written };
  }
}

/** The same files once more, each written beside its place and renamed. */
function bareWrites(path: string): { ms: number; written: number } {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
  const other = join(path, 'bare');
  mkdirSync(other);
  const before = process.cpuUsage();
  files.forEach((content, index) => {
    writeFileSync(join(other, 'temp'), content);
    renameSync(join(other, 'temp'), join(other, String(index)));
  });
  const { user, system } = process.cpuUsage(before);
  rmSync(other, { recursive: true });
  return { ms: (user + system) / 1_000, written: files.length };
}

const rows: Record<string, { ms: number; written: number }[]> = {
  'all pages': [],
  'bare writes': [],
  'a start, all there': [],
  'one run ended': [],
};
for (let attempt = 0; attempt < tries; attempt += 1) {
  const path = mkdtempSync(join(tmpdir(), 'ccci-bench-site-'));
  const objects = objectsOf(recipes);
  rows['all pages']?.push(await new Writer(objects, path).round(allKeys(objects), 'All'));
  rows['bare writes']?.push(bareWrites(path));
  const next = new Writer(objects, path);
  rows['a start, all there']?.push(await next.round(allKeys(objects), 'All'));
  const time = new Date(Date.UTC(2030, 0, 2)).toISOString();
  const ended = objects.run('recipe-00000-9', 'recipe-00000', 'Passed', { completionTime: time });
  rows['one run ended']?.push(await next.round([ended], 'Changed'));
  rmSync(path, { recursive: true });
}
console.log(`${recipes} recipes, ${RUNS_EACH} runs each; medians of ${tries}, processor time`);
for (const [name, all] of Object.entries(rows)) {
  const { written } = all[0] ?? { written: 0 };
  console.log(
    `${name.padEnd(20)} ${median(all.map(({ ms }) => ms))
      .toFixed(1)
      .padStart(9)} ms  ${written} files`,
  );
}
