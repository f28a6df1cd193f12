import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { failedSetId } from '../../lib/known-good/warm-home.ts';
import { readEvents } from '../../lib/store/reader.ts';
import { conditionOf } from './harness.ts';
import type { Files } from './recipes.ts';
import { FIRST, migratesAndEnds, serverWith, WarmBox } from './warm-box.ts';

const NEXT = '1.1.0+1.1.0';
const KEY = { kind: 'WarmService', name: 'box' } as const;
/** More than a bench has. */
const PORTS = 120;

/** A version that asks for more ports than there are, which is seen only where they are given: in its deploy. */
function wantsAllPorts(compose: string): Files {
  const ports = Array.from({ length: PORTS }, (_, at) => `        p${at}: ${9_000 + at}\n`).join('');
  return { 'compose.yml': compose.replace('      port: 8080\n', `      port: 8080\n      ports:\n${ports}`) };
}

describe('a warm service whose deploys fail', function () {
  this.timeout(240_000);
  let box: WarmBox | undefined;
  let scratch: string;

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'cc-ci-cause-'));
  });
  afterEach(async () => {
    await box?.bench.dispose();
    box = undefined;
    rmSync(scratch, { recursive: true });
  });

  it('T04 goes back by itself, with its data, from a version whose deploy is refused', async () => {
    box = await WarmBox.open({ timeouts: { deploy: '8s', health: '8s' } });
    const { bench, repository } = box;
    box.release(NEXT, wantsAllPorts(repository.read('compose.yml').replaceAll(FIRST, NEXT)));
    await box.look();
    const { quarantine } = await box.isBackFrom(NEXT, FIRST);
    expect(await box.ask('/')).to.equal('box:kept');
    expect(quarantine?.[0]).to.include({ version: NEXT, reason: 'DeadlineExceeded' });
    const events = await readEvents({ stateDirectory: bench.state, limit: 200 }, KEY);
    expect(events.map(({ reason }) => reason)).to.include('OperationRetrying');
    expect(await box.alerts('UpgradeRolledBack')).to.have.length(1);
  });

  it('I5 T55 stalls where the way back fails too, with everything kept; retry recovers it once the cause is gone', async () => {
    const cause = join(scratch, 'cause');
    const endsByIt = `if (existsSync(${JSON.stringify(cause)})) process.exit(1);`;
    box = await WarmBox.open({ files: serverWith(FIRST, endsByIt) });
    const { bench } = box;
    box.release(NEXT, migratesAndEnds(NEXT));
    writeFileSync(cause, '');
    await box.look();
    await bench.waitCondition(KEY, 'Stalled', 'True');
    const { id, ...stalled } = await stalledAs(box);
    expect(stalled).to.deep.equal({ reason: 'RollbackFailed', history: ['RollbackFailed', 'Committed'] });
    expect((await box.alerts('RollbackFailed')).map(({ severity }) => severity)).to.deep.equal(['Critical']);
    expect(await box.alerts('UpgradeRolledBack')).to.deep.equal([]);
    const files = [box.kept('sets', id), box.kept('asides', failedSetId(id))].map((set) =>
      join(set, 'volumes/data/item'),
    );
    expect(files.map((file) => readFileSync(file, 'utf8'))).to.deep.equal(['kept', 'migrated']);

    await box.look();
    await bench.restart();
    await box.look();
    expect(await stalledAs(box)).to.deep.equal({ id, ...stalled });
    expect(await box.alerts('RollbackFailed')).to.have.length(1);

    rmSync(cause);
    await bench.ok('retry', 'ws/box');
    const { history } = await box.isBackFrom(NEXT, FIRST);
    expect(history?.map(({ result }) => result)).to.deep.equal(['RolledBack', 'RollbackFailed', 'Committed']);
    expect(await box.ask('/')).to.equal('box:kept');
    expect(await box.alerts('Recovered')).to.have.length(1);
  });
});

/** Which operation is left as it is, and what is told of it. */
async function stalledAs(box: WarmBox): Promise<{ id: string; reason: string; history: string[] }> {
  const status = await box.status();
  const { reason = '' } = conditionOf(status, 'Stalled') ?? {};
  const history = (status.history ?? []).map(({ result }) => result);
  return { id: status.operation?.id ?? '', reason, history };
}
