import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { CliBench } from './cli-bench.ts';

const HOUR_MS = 3_600_000;

/** Words after `get`. */
const LISTS: readonly (readonly string[])[] = [
  ['runs'],
  ['all'],
  ['canonicals,runs'],
  ['canonicals'],
  ['sweeps'],
  ['all', '-o', 'name'],
  ['runs', '--no-headers'],
  ['all', '-l', 'team=a'],
  ['runs', '-l', 'team!=a', '--no-headers'],
  ['runs', '-L', 'team', '--show-labels'],
];

/**
 * A list may be printed from what the controller prepared, or from the objects; and its words be read by the short way or by
 * the parser of all commands: all of it is to give the same bytes.
 */
describe('ccctl get, whatever way it takes', () => {
  let bench: CliBench;
  let nowMs: number;

  before(async () => {
    bench = await CliBench.open();
    await bench.write('z.yaml', specOf('Canonical', 'z', 'suspend: true, app: { recipe: notes }'));
    await bench.write('w.yaml', specOf('Sweep', 'w', 'schedule: "0 3 * * *"'));
    await bench.run('b', 'recipe: notes', '{ team: a }');
    await bench.run('a', 'recipe: notes', '{ team: b, tier: "1" }');
    await bench.run('c');
    await bench.store.sync();
    await bench.status({ kind: 'Canonical', name: 'z' }, ['Ready=False/Suspended'], {
      knownGood: { version: '1.0.0+1.2.3', commit: 'c'.repeat(40) },
    });
    await bench.status({ kind: 'Run', name: 'a' }, ['Succeeded=False/Wörter'], { level: 2, mode: 'Cold' });
    await bench.status({ kind: 'Run', name: 'b' }, ['Succeeded=Unknown/Running'], {
      queue: { position: 2, reason: 'at https://me:secret@example.org' },
    });
    nowMs = systemClock.now() + HOUR_MS;
    await bench.heartbeat(-HOUR_MS);
  });

  after(() => bench.close());

  for (const words of LISTS) {
    for (const columns of [undefined, 40, 200]) {
      it(`prints ${words.join(' ')} on ${columns ?? 'a pipe without'} columns`, async () => {
        const flags = ['--state-directory', bench.state];
        const options = { nowMs, ...(columns === undefined ? {} : { columns }) };
        const prepared = await bench.ctl(['get', ...words], { ...options, flags });
        const parsed = await bench.ctl([...flags, 'get', ...words], { ...options, flags: [] });
        bench.alive = false;
        const objects = await bench.ctl([...flags, 'get', ...words], { ...options, flags: [] });
        bench.alive = true;
        expect(prepared.err + parsed.err).to.equal('');
        expect(objects.err).to.include('not running');
        expect(prepared.out).to.not.equal('');
        expect(parsed.out).to.equal(prepared.out);
        expect(objects.out).to.equal(prepared.out);
      });
    }
  }
});

function specOf(kind: string, name: string, spec: string): string {
  return `apiVersion: cc-ci/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: { ${spec} }\n`;
}
