import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WarmServiceJournal } from '../../../controllers/warm-service/journal.ts';
import type { AlertRecord } from '../../../lib/alerts/alert.ts';
import { AlertFiles } from '../../../lib/alerts/alert-files.ts';
import type { WarmServiceSpec, WarmServiceStatus } from '../../../lib/api/index.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { type LastGood, LastGoodRecord } from '../../../lib/known-good/last-good.ts';
import { releaseRecipe } from '../../builders/recipe.ts';
import type { FakeBehaviour } from '../../fakes/fake-app.ts';
import type { Repository } from '../recipe/repository.ts';
import { Bench, type BenchSettings, condition } from '../run/bench.ts';

export const KEY = { kind: 'WarmService', name: 'shop' } as const;
export const DOMAIN = 'warm-shop.ci.example.org';
export const OLD = '1.0.0+1.0.0';
export const NEW = '1.1.0+1.1.0';

/** An app whose data knows which version it was migrated to: an older one on newer data is wrong, though it looks well. */
export const migrating = (version: string, more: FakeBehaviour = {}): FakeBehaviour => ({
  services: [{ name: 'app' }],
  onStart: async ([volume]) => {
    if (volume) await writeFile(join(volume.path, 'schema'), version);
  },
  ...more,
});

/** A warm service over a real store and repository, on the fake platform. */
export class Shop {
  readonly bench: Bench;
  readonly recipe: Repository;
  old = '';

  private constructor(bench: Bench, recipe: Repository) {
    this.bench = bench;
    this.recipe = recipe;
  }

  /** With one release, which runs. */
  static async open(settings: BenchSettings = {}): Promise<Shop> {
    const bench = await Bench.open({ resyncMs: 60_000, ...settings });
    const shop = new Shop(bench, await bench.repository());
    shop.old = await shop.release(OLD);
    return shop;
  }

  close = (): Promise<void> => this.bench.close();

  async release(version: string, behaviour: FakeBehaviour = migrating(version)): Promise<string> {
    const commit = await releaseRecipe(this.recipe, { version });
    this.bench.platform.behave(commit, behaviour);
    return commit;
  }

  async apply(spec: Partial<WarmServiceSpec> = {}): Promise<void> {
    const app = { recipe: 'shop', source: this.recipe.directory };
    await this.bench.write('WarmService', 'shop', { app, ...spec });
  }

  async status(): Promise<WarmServiceStatus> {
    return (await this.bench.status(KEY)) as WarmServiceStatus;
  }

  async is(type: string, wanted: string): Promise<WarmServiceStatus> {
    const now = async () => await this.status().catch(() => ({ conditions: [] }) as never);
    await this.bench.until(async () => condition(await now(), type) === wanted, `${type} ${wanted}`);
    return await this.status();
  }

  async journal(): Promise<WarmServiceJournal> {
    const journal = await this.bench.store.readJournal<WarmServiceJournal>(KEY);
    if (!journal) throw new Error('no journal');
    return journal;
  }

  /** Healthy at this version, with nothing under way. */
  async settlesAt(version: string): Promise<WarmServiceStatus> {
    const settled = async (): Promise<boolean> => {
      const status = await this.status().catch(() => undefined);
      const ready = status && condition(status, 'Ready') === 'True/Healthy';
      return ready === true && status?.version?.current === version && (await this.journal()).operation === undefined;
    };
    await this.bench.until(settled, `healthy at ${version}`);
    return await this.status();
  }

  async lastGood(): Promise<LastGood | undefined> {
    const { stateDirectory } = this.bench.settings;
    return await new LastGoodRecord(new RecordFiles(stateDirectory), join(stateDirectory, 'warm/shop')).read();
  }

  /** Those that were raised, oldest first. */
  async alerts(): Promise<AlertRecord[]> {
    const { alerts } = await new AlertFiles(this.bench.settings.stateDirectory).pending();
    return alerts;
  }

  /** What the live data says. */
  file = (name: string): string => join(this.bench.platform.directory, DOMAIN, 'data', name);
  data = (name: string): Promise<string> => readFile(this.file(name), 'utf8');
  calls = (method: string): number => this.bench.platform.calls.filter((call) => call.method === method).length;
}
