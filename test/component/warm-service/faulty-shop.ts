import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { CcError, type ErrorCode } from '../../../lib/errors.ts';
import type { Platform } from '../../../lib/platform/platform.ts';
import { condition } from '../run/bench.ts';
import { KEY, migrating, NEW, OLD, Shop } from './warm-bench.ts';

/** What a version that never comes up does. */
export const BROKEN = { services: [{ name: 'app', conduct: 'CrashLoops' }] } as const;

/** A shop that is healthy at its first release, with an order in its data, and faults that are ordered for it. */
export class FaultyShop {
  readonly shop: Shop;

  private constructor(shop: Shop) {
    this.shop = shop;
  }

  static async open(): Promise<FaultyShop> {
    const shop = await Shop.open();
    await shop.apply();
    await shop.settlesAt(OLD);
    await writeFile(shop.file('order'), 'one');
    return new FaultyShop(shop);
  }

  under = (...path: string[]): string => join(this.shop.bench.settings.stateDirectory, 'warm/shop', ...path);
  data = async (): Promise<string[]> => [await this.shop.data('schema'), await this.shop.data('order')];
  /** So many next calls of the method fail. */
  fail(method: keyof Platform, code: ErrorCode, times = 1): void {
    for (let at = 0; at < times; at += 1)
      this.shop.bench.platform.failNext(method, new CcError(code, `${method} is away`));
  }
  /** Whether `<operation> <step>` is what was done last; the operation alone: nothing of it was. */
  isAt = (place: string) => async (): Promise<boolean> => {
    const { operation } = await this.shop.journal();
    return `${operation?.type} ${operation?.steps.done.at(-1) ?? ''}`.trim() === place;
  };

  /** The next call of the method hangs, and the time of the step that makes it is over at once. */
  hangs(method: 'prepare' | 'deploy' | 'undeploy'): void {
    const { clock, platform } = this.shop.bench;
    const { after } = clock;
    const deadlines: (() => void)[] = [];
    clock.after = (ms, run) => {
      if (ms > 60_000) deadlines.push(run);
      return after(ms, run);
    };
    const call = platform[method].bind(platform) as (...args: unknown[]) => Promise<unknown>;
    platform.hangNext(method);
    Object.assign(platform, {
      [method]: (...args: unknown[]) => {
        Object.assign(platform, { [method]: call });
        clock.after = after;
        const called = call(...args);
        for (const run of deadlines) run();
        return called;
      },
    });
  }

  /** A newer release is there, and is looked for. */
  async released(more: Parameters<typeof migrating>[1] = {}): Promise<void> {
    await this.shop.release(NEW, migrating(NEW, more));
    await this.shop.bench.request(KEY, 'reconcile');
  }

  async rolledBack(reason: string): Promise<void> {
    await this.shop.bench.until(
      async () => (await this.shop.journal()).history[0]?.result === 'RolledBack',
      'the rollback',
    );
    const status = await this.shop.settlesAt(OLD);
    expect(status.history?.[0]?.message).to.include(reason);
    expect(await this.data()).to.deep.equal([OLD, 'one']);
  }

  /** A rollback was given up: told once, and left as it is, a restart included. */
  async stalls(): Promise<void> {
    const status = await this.shop.is('Stalled', 'True/RollbackFailed');
    expect(condition(status, 'Ready')).to.equal('False/RollbackFailed');
    expect(status.nextAction?.reason).to.equal('RollbackFailed');
    const before = { calls: this.shop.bench.platform.calls.length, journal: await this.shop.journal() };
    for (let pass = 0; pass < 5; pass += 1) await this.shop.bench.pass(KEY);
    await this.shop.bench.restart();
    for (let pass = 0; pass < 5; pass += 1) await this.shop.bench.pass(KEY);
    expect({ calls: this.shop.bench.platform.calls.length, journal: await this.shop.journal() }).to.deep.equal(before);
    expect(before.journal.history.map(({ result }) => result)).to.deep.equal(['RollbackFailed', 'Committed']);
    expect((await this.shop.lastGood())?.version).to.equal(OLD);
  }

  /** T55 What was gone back from is not tried again, though everything else is. */
  async isOverAtOnce(): Promise<void> {
    for (let pass = 0; pass < 5; pass += 1) await this.shop.bench.pass(KEY);
    const { history, operation, quarantine } = await this.shop.journal();
    expect(history.map(({ result }) => result)).to.deep.equal(['RolledBack', 'RollbackFailed', 'Committed']);
    expect({ operation, left: quarantine.map(({ version }) => version) }).to.deep.equal({
      operation: undefined,
      left: [NEW],
    });
  }
}
