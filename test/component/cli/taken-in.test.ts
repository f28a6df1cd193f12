import { expect } from 'chai';
import { CliBench } from './cli-bench.ts';

const VERBS: readonly string[][] = [
  ['describe', 'run/x'],
  ['why', 'run/x'],
  ['events', 'run/x'],
  ['suspend', 'run/x'],
];

describe('an object whose file was written a moment ago', () => {
  let bench: CliBench;
  beforeEach(async () => {
    bench = await CliBench.open();
    await bench.store.sync();
  });
  afterEach(() => bench.close());

  /** The controller looks at the files once the command has found nothing and waits. */
  const whileWaiting = async (argv: string[]) => {
    let sleeps = 0;
    const onSleep = (): void => {
      sleeps += 1;
      if (sleeps === 1) void bench.store.sync();
    };
    const result = await bench.ctl(argv, { onSleep });
    return { ...result, sleeps };
  };

  for (const argv of VERBS)
    it(`is waited for: ${argv.join(' ')}`, async () => {
      await bench.run('x');
      const { err, sleeps } = await whileWaiting(argv);
      expect(err).to.not.include('there is no run/x');
      expect(sleeps).to.be.above(0);
    });

  it('and is invalid is told as that', async () => {
    await bench.run('x', 'recpie: other');
    expect(await whileWaiting(['describe', 'run/x'])).to.include({ code: 5 });
  });

  it('is not waited for where it has no file, or nobody looks at files', async () => {
    await bench.run('x');
    const typo = await whileWaiting(['describe', 'run/y']);
    expect(typo).to.include({ code: 3, sleeps: 0 });
    bench.alive = false;
    expect(await whileWaiting(['describe', 'run/x'])).to.include({ code: 3, sleeps: 0 });
  });
});
