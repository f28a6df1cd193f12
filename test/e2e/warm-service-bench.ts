import { join } from 'node:path';
import type { AlertReason, AlertRecord } from '../../lib/alerts/alert.ts';
import { AlertFiles } from '../../lib/alerts/alert-files.ts';
import type { WarmServiceStatus } from '../../lib/api/index.ts';
import { type Bench, conditionOf } from './harness.ts';
import { RecipeRepository } from './recipes.ts';

const PATIENT_MS = 300_000;

/** One warm service of a real controller, named after its recipe, and the repository that its releases come from. */
export class WarmServiceBench {
  readonly bench: Bench;
  readonly name: string;
  readonly repository: RecipeRepository;

  constructor(bench: Bench, name: string) {
    this.bench = bench;
    this.name = name;
    this.repository = new RecipeRepository(join(bench.root, 'recipes', name));
  }

  /** Has the controller look for releases now. */
  async look(): Promise<void> {
    await this.bench.ok('reconcile', `ws/${this.name}`);
  }

  async status(): Promise<WarmServiceStatus> {
    return ((await this.bench.object('WarmService', this.name))?.status ?? {}) as unknown as WarmServiceStatus;
  }

  /** Healthy at that version, and nothing under way. */
  async at(version: string): Promise<WarmServiceStatus> {
    const look = async (): Promise<WarmServiceStatus | undefined> => {
      const now = await this.status();
      const ready = conditionOf(now, 'Ready')?.status === 'True' && now.operation === undefined;
      return ready && now.version?.current === version ? now : undefined;
    };
    return await this.bench.waitFor(`healthy at ${version}`, look, { timeoutMs: PATIENT_MS });
  }

  /** Healthy at `version` again, after `tried` was taken back. */
  async isBackFrom(tried: string, version: string): Promise<WarmServiceStatus> {
    const look = async (): Promise<boolean> => {
      const entry = (await this.status()).history?.[0];
      return entry?.version === tried && entry.result === 'RolledBack';
    };
    await this.bench.waitFor(`the rollback of ${tried}`, look, { timeoutMs: PATIENT_MS });
    return await this.at(version);
  }

  /** Those of that reason, delivered or not. */
  async alerts(reason: AlertReason): Promise<AlertRecord[]> {
    const files = new AlertFiles(this.bench.state);
    const listings = await Promise.all([files.pending(), files.seen()]);
    return listings.flatMap(({ alerts }) => alerts).filter((alert) => alert.reason === reason);
  }

  /** The alerts that a version was taken back: one, whatever happened on the way. */
  async toldBackFrom(tried: string): Promise<AlertRecord[]> {
    return (await this.alerts('UpgradeRolledBack')).filter(({ facts }) => facts.attempted?.version === tried);
  }

  /** A path below what is kept beside the app. */
  kept(...path: readonly string[]): string {
    return join(this.bench.state, 'warm', this.name, ...path);
  }
}
