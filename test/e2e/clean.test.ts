import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readCleanRecord, writeCleanRecord } from '../../lib/janitor/clean-record.ts';
import { boxCanonical, boxRepository } from './box-recipe.ts';
import { Bench } from './harness.ts';

const KEY = { kind: 'Canonical', name: 'box' } as const;
const DAY_MS = 86_400_000;
const OLD_MIRROR = 'gone-01234567.git';

describe('ccctl doctor --clean', function () {
  this.timeout(240_000);
  let bench: Bench;

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}', artifacts: { keep: 1 } });
    boxRepository(join(bench.root, 'recipes', 'box'), ['1.0.0+1.0.0']);
    bench.apply('Canonical', 'box', boxCanonical('box'));
    await bench.start();
    await bench.waitCondition(KEY, 'Ready', 'True');
    bench.apply('Run', 'later', { recipe: 'box' });
    await bench.waitOver('later');
    await bench.waitClean();
  });
  after(() => bench.dispose());

  const items = async (...args: string[]): Promise<{ type: string; what: string; result: string }[]> =>
    JSON.parse(await bench.ok('doctor', '--clean', '-o', 'json', ...args)).items;
  const texts = async (...args: string[]) => (await items(...args)).map(({ type, result }) => `${type} ${result}`);
  const artifacts = () => readdirSync(join(bench.state, 'runs'));

  /** What an attempt left that is over, and a mirror that nothing has named for a day. */
  async function plant(): Promise<string> {
    const seed = artifacts().find((name) => !name.startsWith('later-')) ?? '';
    const name = seed.slice(0, -9);
    const { uid } = (await bench.object('Run', name))!.object;
    const { domain = '' } = await bench.runStatus(name);
    const claim = { domain, kind: 'Run', name, uid, attempt: 1 };
    writeFileSync(join(bench.state, 'claims', `${domain}.json`), JSON.stringify(claim));
    mkdirSync(join(bench.state, 'apps', domain, 'volumes', 'data'), { recursive: true });
    execFileSync('git', ['init', '--quiet', '--bare', join(bench.state, 'recipes', OLD_MIRROR)]);
    const record = await readCleanRecord(bench.state);
    await writeCleanRecord(bench.state, { ...record, since: { ...record.since, [`Mirror/${OLD_MIRROR}`]: -DAY_MS } });
    return domain;
  }

  it('T36 prints what would go, removes exactly that, and leaves what is enrolled', async () => {
    const domain = await plant();
    const knownGood = await bench.canonicalStatus('box');
    const planned = await items('--dry-run');
    expect(planned.map(({ type, result }) => `${type} ${result}`)).to.deep.equal([
      'App Planned',
      'Artifacts Planned',
      'Mirror Planned',
    ]);
    expect(existsSync(join(bench.state, 'recipes', OLD_MIRROR))).to.equal(true);
    expect(artifacts()).to.have.lengthOf(2);
    const table = await bench.ok('doctor', '--clean', '--dry-run');
    for (const { what } of planned) expect(table).to.include(what);
    expect(table).to.include('would go').and.include('no object has named its source');

    expect((await items()).map(({ what }) => what)).to.deep.equal(planned.map(({ what }) => what));
    expect(existsSync(join(bench.state, 'recipes', OLD_MIRROR))).to.equal(false);
    expect(existsSync(join(bench.state, 'apps', domain))).to.equal(false);
    expect(artifacts().map((name) => name.slice(0, 6))).to.deep.equal(['later-']);
    expect(await texts('--dry-run')).to.deep.equal([]);
    expect((await bench.canonicalStatus('box')).knownGood).to.deep.equal(knownGood.knownGood);
    await bench.waitCondition(KEY, 'Ready', 'True');
    expect(await bench.ok('describe', 'canonical/box')).to.include('1.0.0+1.0.0');
  });

  it('needs the controller, and says so', async () => {
    await bench.stop();
    const { exitCode, stderr } = await bench.ccctl('doctor', '--clean', '--dry-run');
    expect(exitCode).to.equal(6);
    expect(stderr).to.include('cc-controller is not running').and.include('Start it');
    expect((await bench.ccctl('doctor', '--dry-run')).exitCode).to.equal(2);
  });
});
