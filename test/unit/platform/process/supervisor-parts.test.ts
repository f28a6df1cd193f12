import { mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { createMask } from '../../../../lib/checks/mask.ts';
import { offsetSince } from '../../../../lib/fs/log-times.ts';
import { nextHealth, type ProbeState } from '../../../../lib/platform/process/supervisor/health-probe.ts';
import { restartDelay } from '../../../../lib/platform/process/supervisor/restart-delay.ts';
import { RotatingLog, readServiceLog } from '../../../../lib/platform/process/supervisor/rotating-log.ts';
import type { ServiceExit } from '../../../../lib/platform/process/supervisor/supervisor-record.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';

const exit = (exitCode: number, lastedMs = 10): ServiceExit => ({
  specId: 's',
  startedAt: 1000,
  endedAt: 1000 + lastedMs,
  exitCode,
});
const crashes = (count: number): ServiceExit[] => Array.from({ length: count }, () => exit(1));

describe('restartDelay', () => {
  const always = { restart: 'Always' } as const;
  const rows: [string, Parameters<typeof restartDelay>[0], ServiceExit[], number | undefined][] = [
    ['the first wait is half a second', always, crashes(1), 500],
    ['it doubles', always, crashes(2), 1000],
    ['and doubles', always, crashes(3), 2000],
    ['up to ten seconds', always, crashes(6), 10_000],
    ['and stays there', always, crashes(100), 10_000],
    ['a clean exit of a service counts', always, [exit(0)], 500],
    ['T91 a periodic service rests as long as it asks for', { ...always, restartDelayMs: 30_000 }, [exit(0)], 30_000],
    ['T26 a failure is not kept waiting', { ...always, restartDelayMs: 30_000 }, crashes(1), 500],
    ['a steady start begins anew', always, [exit(1, 60_000), ...crashes(5)], 500],
    ['quick ends after a steady start', always, [exit(1), exit(1), exit(1, 60_000), ...crashes(5)], 1000],
    ['never', { restart: 'Never' }, crashes(1), undefined],
    ['on failure, done', { restart: 'OnFailure' }, [exit(0)], undefined],
    ['on failure, failed', { restart: 'OnFailure' }, crashes(1), 500],
    ['attempts left', { ...always, maxAttempts: 2 }, crashes(2), 1000],
    ['attempts used up', { ...always, maxAttempts: 2 }, crashes(3), undefined],
    ['zero attempts is no limit, as in the compose format', { ...always, maxAttempts: 0 }, crashes(1), 500],
  ];
  for (const [why, launch, exits, is] of rows) {
    it(why, () => {
      expect(restartDelay(launch, exits)).to.equal(is);
    });
  }
});

describe('nextHealth', () => {
  const starting: ProbeState = { health: 'Starting', failures: 0 };
  const fails = { passed: false, inStartPeriod: false, retries: 2 };
  const healthAfter = (...seen: Parameters<typeof nextHealth>[1][]): string => seen.reduce(nextHealth, starting).health;

  it('one failure of two is not yet unhealthy', () => {
    expect(healthAfter(fails)).to.equal('Starting');
  });
  it('two in a row are', () => {
    expect(healthAfter(fails, fails)).to.equal('Unhealthy');
  });
  it('a success begins anew', () => {
    expect(healthAfter(fails, { ...fails, passed: true }, fails)).to.equal('Healthy');
  });
  it('T23 failures in the start period do not count', () => {
    expect(healthAfter(...[1, 2, 3, 4].map(() => ({ ...fails, inStartPeriod: true })))).to.equal('Starting');
  });
  it('the start period ends with the first success', () => {
    const within = { ...fails, inStartPeriod: true };
    expect(healthAfter({ ...within, passed: true }, within, within)).to.equal('Unhealthy');
  });
});

describe('RotatingLog', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-log-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const all = async (): Promise<string> => (await readServiceLog(join(directory, 'log'))).join('\n');

  it('keeps two files of the size and no line in pieces', async () => {
    const log = new RotatingLog({ path: join(directory, 'log'), mask: createMask([]), fileBytes: 100 });
    const stream = log.stream();
    for (let count = 0; count < 50; count += 1) stream.write(Buffer.from(`line ${count}\n`));
    log.close();
    expect((await readdir(directory)).toSorted()).to.deep.equal(['log', 'log.1', 'log.1.times', 'log.times']);
    for (const name of ['log', 'log.1']) expect((await stat(join(directory, name))).size).to.be.at.most(100);
    const lines = await readServiceLog(join(directory, 'log'));
    expect(lines.at(-1)).to.equal('line 49');
    expect(lines.every((line) => /^line \d+$/.test(line))).to.equal(true);
    expect(await readServiceLog(join(directory, 'log'), 2)).to.deep.equal(['line 48', 'line 49']);
    expect(await readServiceLog(join(directory, 'log'), 12)).to.have.lengthOf(12);
    expect(await readServiceLog(join(directory, 'log'), 0)).to.deep.equal([]);
    expect(await readServiceLog(join(directory, 'absent'))).to.deep.equal([]);
  });

  it('notes when it was written, to the second, and forgets it with the file', async () => {
    const clock = new FakeClock();
    const path = join(directory, 'log');
    const log = new RotatingLog({ path, mask: createMask([]), fileBytes: 20, clock });
    const stream = log.stream();
    const write = async (text: string, laterMs: number): Promise<void> => {
      stream.write(Buffer.from(text));
      await utimes(path, clock.now() / 1000, clock.now() / 1000);
      await clock.advance(laterMs);
    };
    const startMs = clock.now();
    const since = (ms: number): Promise<number | undefined> => offsetSince(path, startMs + ms);
    await write('a\n', 500);
    await write('b\n', 60_000);
    await write('c\n', 60_000);
    expect([await since(-1), await since(500), await since(10_000), await since(60_000)]).to.deep.equal([0, 0, 4, 4]);
    expect(await since(70_000)).to.equal(undefined);
    await write('long, so that another file begins\n', 0);
    expect([await since(0), await offsetSince(`${path}.1`, startMs)]).to.deep.equal([0, 0]);
    expect(await offsetSince(join(directory, 'none'), 0)).to.equal(undefined);
    log.close();
  });

  it('goes on in the file of an earlier supervisor', async () => {
    for (const text of ['one\n', 'two\n']) {
      const log = new RotatingLog({ path: join(directory, 'log'), mask: createMask([]) });
      log.stream().write(Buffer.from(text));
      log.close();
    }
    expect(await readFile(join(directory, 'log'), 'utf8')).to.equal('one\ntwo\n');
  });

  it('does not mix lines of two streams; the last one needs no newline', async () => {
    const log = new RotatingLog({ path: join(directory, 'log'), mask: createMask([]) });
    const [out, err] = [log.stream(), log.stream()];
    out.write(Buffer.from('ou'));
    err.write(Buffer.from('err\n'));
    out.write(Buffer.from('t'));
    out.end();
    log.close();
    expect(await all()).to.equal('err\nout');
  });

  it('I10 never shows a value, however the output is cut', async () => {
    const value = 'sEcReT-value-42';
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant(value), fc.stringMatching(/^[a-z \n]{0,20}$/)), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
        async (parts, cuts) => {
          const path = join(directory, 'log');
          await rm(path, { force: true });
          const log = new RotatingLog({ path, mask: createMask([value]) });
          const stream = log.stream();
          const bytes = Buffer.from(parts.join(''));
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const length = cuts[turn % cuts.length] ?? 1;
            stream.write(bytes.subarray(at, at + length));
            at += length;
          }
          stream.end();
          log.close();
          const text = await readFile(path, 'utf8');
          expect(text).to.not.include(value);
          expect(text.trimEnd()).to.equal(parts.join('').replaceAll(value, '***').trimEnd());
        },
      ),
      { numRuns: 60 },
    );
  });

  it('T89 I10 shows no encoded value, while a line that ends is there at once', async () => {
    const value = 'sEcReT-value-42/with+more';
    const log = new RotatingLog({ path: join(directory, 'log'), mask: createMask([value]) });
    const stream = log.stream();
    const bytes = Buffer.from(value);
    const told = [bytes.toString('base64'), bytes.toString('hex').toUpperCase(), encodeURIComponent(value)];
    for (const text of told) {
      stream.write(Buffer.from(`it is ${text} `));
      stream.write(Buffer.from('indeed\n'));
      const line = (await all()).split('\n').at(-1) ?? '';
      expect(line).to.match(/^it is .{0,2}\*{3}.{0,4} indeed$/);
    }
    log.close();
  });

  it('I10 nor in a line without end', async () => {
    const value = 'sEcReT-value-42';
    const log = new RotatingLog({ path: join(directory, 'log'), mask: createMask([value]) });
    const stream = log.stream();
    const bytes = Buffer.from(`${'x'.repeat(997)}${value}`.repeat(300));
    for (let at = 0; at < bytes.length; at += 1009) stream.write(bytes.subarray(at, at + 1009));
    stream.end();
    log.close();
    const text = await all();
    expect(text).to.not.include('sEcReT');
    expect(text).to.not.include('value-42');
    expect(text.split('***')).to.have.lengthOf(301);
  });
});
