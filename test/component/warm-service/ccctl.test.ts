import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CliEnvironment } from '../../../lib/cli/environment.ts';
import { runProgram } from '../../../lib/cli/program.ts';
import { type Clock, systemClock, toTime } from '../../../lib/clock.ts';
import { releaseRecipe } from '../../builders/recipe.ts';
import { KEY, NEW, OLD, Shop } from './warm-bench.ts';

const MAJOR = '2.0.0+2.0.0';

/** A busy machine is not what is tested: the waits of a command take twenty times as long. */
const PATIENT: Clock = {
  now: () => systemClock.now(),
  monotonicMs: () => systemClock.monotonicMs() / 20,
  after: (delayMs, run) => systemClock.after(delayMs, run),
  sleep: (delayMs, signal) => systemClock.sleep(Math.min(delayMs, 50), signal),
};

/** A controller that goes on while a person calls `ccctl`. */
class Person {
  readonly shop: Shop;

  constructor(shop: Shop) {
    this.shop = shop;
  }

  async ctl(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
    const { stateDirectory, specDirectory } = this.shop.bench.settings;
    const said = { out: '', err: '' };
    const heartbeat = toTime(systemClock.now());
    await writeFile(join(stateDirectory, 'controller.json'), JSON.stringify({ specDirectory, pid: 4242, heartbeat }));
    const calling = runProgram(this.#environment(said), [...argv, '--state-directory', stateDirectory]);
    let code: number | undefined;
    const called = calling.then((given) => {
      code = given;
    });
    for (let look = 0; look < 5_000 && code === undefined; look += 1) {
      await this.shop.bench.store.sync();
      if ((this.shop.bench.store.get(KEY)?.requests ?? []).length > 0) await this.shop.bench.pass(KEY);
      await Promise.race([called, systemClock.sleep(10)]);
    }
    await called;
    return { code: code ?? -1, ...said };
  }

  #environment(said: { out: string; err: string }): CliEnvironment {
    const output = (name: 'out' | 'err') => ({
      write: (text: string) => {
        said[name] += text;
      },
      isTty: false,
      columns: undefined,
    });
    return {
      ...{ stdout: output('out'), stderr: output('err'), variables: {}, cwd: '/', clock: PATIENT },
      ...{ user: 'tester', version: '0', signal: new AbortController().signal },
      readStdin: async () => new Uint8Array(),
      isProcessAlive: () => true,
    };
  }
}

describe('a person and a warm service', function () {
  this.timeout(60_000);
  let shop: Shop;
  let person: Person;

  beforeEach(async () => {
    shop = await Shop.open();
    person = new Person(shop);
    await shop.apply();
    await shop.settlesAt(OLD);
  });
  afterEach(() => shop.close());

  const holdMajor = async (): Promise<string> => {
    const commit = await shop.release(MAJOR);
    await shop.bench.request(KEY, 'reconcile');
    await shop.is('Held', 'True/NeedsApproval');
    return commit;
  };

  it('looks at a held version, approves it, and it is taken', async () => {
    await holdMajor();
    const { code, out } = await person.ctl('diff', 'ws/shop');
    expect(code).to.equal(1);
    expect(out).to.include(MAJOR).and.include('BumpTooBig');
    expect((await person.ctl('describe', 'ws/shop')).out).to.include(`ccctl approve ws/shop ${MAJOR}`);
    expect((await person.ctl('approve', 'ws/shop', MAJOR)).code).to.equal(0);
    await shop.settlesAt(MAJOR);
    expect((await person.ctl('diff', 'ws/shop')).code, 'nothing is newer').to.equal(0);
  });

  it('T40 a tag that moved since the look is refused, and nothing is taken', async () => {
    const seen = await holdMajor();
    const moved = await releaseRecipe(shop.recipe, { version: '2.0.1+2.0.1' });
    shop.recipe.git('tag', '--force', '--annotate', '--message', 'x', MAJOR, moved);
    shop.recipe.git('tag', '-d', '2.0.1+2.0.1');
    await shop.bench.request(KEY, 'reconcile');
    await shop.bench.until(async () => (await shop.journal()).newest?.held?.commit === moved, 'the next look');
    const { code, err } = await person.ctl('approve', 'ws/shop', MAJOR, '--commit', seen);
    expect(code).to.equal(1);
    expect(err).to.include('approve refused').and.include(moved.slice(0, 10));
    expect((await shop.journal()).approved).to.equal(undefined);
  });

  it('goes back to a set, and from there to what that replaced', async () => {
    const head = await shop.release(NEW);
    await shop.bench.request(KEY, 'reconcile');
    await shop.settlesAt(NEW);
    await writeFile(shop.file('order'), 'of the new version');
    const listed = await person.ctl('get', 'sets', 'ws/shop', '-o', 'jsonpath={.items[*].metadata.name}');
    expect(listed.out).to.equal((await shop.lastGood())?.set);
    expect((await person.ctl('rollback', 'ws/shop', '--to', listed.out)).code).to.equal(0);
    await shop.settlesAt(OLD);
    const names = (await person.ctl('get', 'sets', '-o', 'jsonpath={.items[?(@.origin=="Failed")].metadata.name}')).out;
    shop.bench.platform.behave(head, { services: [{ name: 'app' }] });
    expect((await person.ctl('rollback', 'ws/shop', '--to', names)).code).to.equal(0);
    await shop.settlesAt(NEW);
    expect(await shop.data('order')).to.equal('of the new version');
    expect(await shop.data('schema')).to.equal(NEW);
  });
});
