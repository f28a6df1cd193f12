import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { boxCanonical, boxFiles, boxRepository } from './box-recipe.ts';
import { Bench } from './harness.ts';

const REF = '1.0.0+1.0.0';

/** Appends the time to a file every 10 ms, deaf to SIGTERM; with `flee` from a session of its own, without a token. */
const BEATS = `use Time::HiRes qw(time sleep); use POSIX ();
my ($file, $flee) = @ARGV;
if ($flee) { exit 0 if fork; POSIX::setsid(); exit 0 if fork; }
$SIG{TERM} = 'IGNORE';
for (1 .. 6000) { open(my $f, '>>', $file) or die; printf $f "%.3f\\n", time; close $f; sleep 0.01; }
`;

describe('the children of a controller that was killed', function () {
  this.timeout(240_000);
  let bench: Bench;

  beforeEach(() => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}' });
  });
  afterEach(() => bench.dispose());

  const beats = (name: string): number[] => {
    try {
      return readFileSync(join(bench.root, name), 'latin1').trim().split('\n').map(Number);
    } catch {
      return [];
    }
  };

  /** When the last controller said that it had started, seconds. */
  const lastStart = (): number => {
    const line = bench.log.split('\n').findLast((one) => one.includes('controller started')) ?? '';
    return Date.parse(line.split(' ')[0] ?? '') / 1_000;
  };

  it('T86 I18 do nothing after the next one has started, though they are deaf, in a session of their own or without a token', async () => {
    const repository = boxRepository(join(bench.root, 'recipes', 'box'), []);
    repository.release(REF, boxFiles(REF, { 'beats.pl': BEATS }));
    const script = `test -e ${bench.root}/again && exit 0
touch ${bench.root}/again
env -i /usr/bin/perl ./beats.pl ${bench.root}/fled 1
exec /usr/bin/perl ./beats.pl ${bench.root}/stayed`;
    const hooks = [{ name: 'beat', command: ['sh', '-c', script], from: 'Recipe' }];
    const ci = { install: { hooks }, timeouts: { total: '2m', test: '60s', teardown: '30s' } };
    bench.apply('Canonical', 'box', boxCanonical('box', { seed: 'Manual', ci }));
    await bench.start();
    bench.apply('Run', 'beating', { recipe: 'box', ref: REF });
    for (const name of ['fled', 'stayed']) await bench.waitFor(`${name} to act`, () => beats(name).length > 3);
    await bench.kill9();
    const dead = [...beats('fled'), ...beats('stayed')].length;
    await bench.waitFor('them to act on', () => beats('fled').length + beats('stayed').length > dead + 6);
    await bench.start();
    const started = lastStart();
    await bench.waitFor('the next attempt', async () => ((await bench.runStatus('beating')).attempts?.length ?? 0) > 1);
    for (const name of ['fled', 'stayed']) expect(beats(name).at(-1), name).to.be.below(started);
  });

  it('a controller that is told to stop stops, though it can write its last record no more', async () => {
    await bench.start();
    const record = join(bench.state, 'controller.json');
    rmSync(record);
    mkdirSync(join(record, 'in-the-way'), { recursive: true });
    expect(await bench.stop()).to.equal(0);
    expect(bench.log).to.include('controller stopped');
  });
});
