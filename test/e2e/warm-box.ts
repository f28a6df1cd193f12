import { boxFiles } from './box-recipe.ts';
import { Bench } from './harness.ts';
import { orDispose } from './or-dispose.ts';
import type { Files } from './recipes.ts';
import { WarmServiceBench } from './warm-service-bench.ts';

export const FIRST = '1.0.0+1.0.0';

/** The server of the box with something done before it listens. */
export function serverWith(version: string, before: string): Files {
  const { 'server.mjs': server = '' } = boxFiles(version);
  const made = server.replace('readFileSync,', 'existsSync, readFileSync,');
  return { 'server.mjs': made.replace('server.listen(', `${before}\nserver.listen(`) };
}

/** Migrates the data of the box, and then ends. */
export const migratesAndEnds = (version: string): Files =>
  serverWith(version, "writeFileSync(file, 'migrated'); process.exit(1);");

export interface WarmBoxOptions {
  /** Of the first release. */
  files?: Files;
  timeouts?: { deploy: string; health: string };
}

/** A box that a real controller keeps warm. */
export class WarmBox extends WarmServiceBench {
  /** Healthy at {@link FIRST}, with an item in it. */
  static async open({ files, timeouts = { deploy: '30s', health: '30s' } }: WarmBoxOptions = {}): Promise<WarmBox> {
    const bench = new Bench({ recipeSource: 'recipes/{recipe}' });
    return await orDispose(bench, async () => {
      const box = new WarmBox(bench, 'box');
      box.release(FIRST, files);
      await bench.start();
      bench.apply('WarmService', 'box', { app: { recipe: 'box', healthPasses: 1, timeouts } });
      await box.at(FIRST);
      await box.ask('/item', 'PUT');
      return box;
    });
  }

  /** A release without a note, which would be held for it. */
  release(version: string, extra: Files = {}): void {
    const { [`release/${version}`]: _note, ...files } = boxFiles(version, extra);
    this.repository.release(version, files);
  }

  async ask(path: string, method = 'GET'): Promise<string> {
    return await (await fetch(`${(await this.status()).url}${path}`, { method })).text();
  }
}
