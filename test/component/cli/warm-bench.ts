import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toTime } from '../../../lib/clock.ts';
import type { StepReport } from '../../../lib/gate/step-report.ts';
import { writeJudged } from '../../../lib/known-good/judged-file.ts';
import { type WarmHome, warmHome } from '../../../lib/known-good/warm-home.ts';
import { sealSet } from '../../../lib/snapshot/set.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { CliBench, type Result } from './cli-bench.ts';

export const SHOP = { kind: 'WarmService', name: 'shop' } as const;

/** Warm services as a controller would have left them: files prepared, `ccctl` called in-process. */
export class WarmCliBench {
  readonly bench: CliBench;

  private constructor(bench: CliBench) {
    this.bench = bench;
  }

  /** With `ws/shop`, `can/notes` and `run/x`. */
  static async open(): Promise<WarmCliBench> {
    const bench = await CliBench.open();
    const head = 'apiVersion: cc-ci/v1\nkind:';
    await bench.write('shop.yaml', `${head} WarmService\nmetadata: { name: shop }\nspec: { app: { recipe: shop } }\n`);
    await bench.write('notes.yaml', `${head} Canonical\nmetadata: { name: notes }\nspec: { app: { recipe: notes } }\n`);
    await bench.run('x');
    await bench.store.sync();
    return new WarmCliBench(bench);
  }

  close = (): Promise<void> => this.bench.close();
  ctl = (...argv: string[]): Promise<Result> => this.bench.ctl(argv);

  get home(): WarmHome {
    return warmHome(this.bench.state, SHOP.name);
  }

  status(fields: Record<string, unknown>, ...conditions: string[]): Promise<void> {
    return this.bench.status(SHOP, conditions, fields);
  }

  judged = (...reports: StepReport[]): Promise<void> => writeJudged(this.home.directory, reports);

  async damageJudged(text: string): Promise<void> {
    await mkdir(this.home.directory, { recursive: true });
    await writeFile(join(this.home.directory, 'judged.json'), text);
  }

  /** A complete set, made so many hours ago, in one of the homes of sets. @returns its directory. */
  async set(directory: string, id: string, { version = '1.0.0+1.0.0', hours = 1 } = {}): Promise<string> {
    const path = join(directory, id);
    await mkdir(join(path, 'volumes', 'data'), { recursive: true });
    await writeFile(join(path, 'volumes', 'data', 'order'), 'x'.repeat(2048));
    const fields = {
      recipe: 'shop',
      source: 'https://me:hunter2@git.example.org/shop',
      version,
      domain: 'shop.example.org',
    };
    const clock = new FakeClock(Date.now() - hours * 3_600_000);
    await sealSet({
      ...{ directory: path, id, clock, signal: new AbortController().signal },
      fields: { ...fields, commit: 'c'.repeat(40) },
    });
    return path;
  }

  /** A controller that answers every request. */
  async serve(result: 'Done' | 'Refused', message = 'as told'): Promise<void> {
    const { bench } = this;
    bench.onChange = async (object) => {
      for (const { id } of object.requests) {
        this.asked.push(Object.fromEntries(object.requests.map(({ verb, args }) => [verb, args])));
        await bench.store.finishRequest(object, id, { result, message });
      }
    };
    await bench.store.start();
  }

  /** What the controller was asked for, verb and arguments. */
  readonly asked: object[] = [];

  /** Requests that nobody took up. */
  async dropped(): Promise<Record<string, unknown>[]> {
    const directory = join(this.bench.state, 'requests');
    const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
    return await Promise.all(names.map(async (name) => JSON.parse(await readFile(join(directory, name), 'utf8'))));
  }
}

/** RFC 3339, so many hours from now. */
export const inHours = (hours: number): string => toTime(Date.now() + hours * 3_600_000);
