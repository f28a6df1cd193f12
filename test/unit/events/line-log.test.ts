import { appendFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type EventRecord, mergeEvents } from '../../../lib/events/event.ts';
import { appendLine, readLines } from '../../../lib/events/line-log.ts';

describe('line log', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-lines-'));
    path = join(directory, 'below/events.jsonl');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('is empty where there is none, and keeps the newest lines in order', async () => {
    expect(await readLines(path, 3)).to.deep.equal([]);
    for (let i = 0; i < 5; i += 1) await appendLine(path, { i }, 1000);
    expect(await readLines(path, 3)).to.deep.equal([{ i: 2 }, { i: 3 }, { i: 4 }]);
  });

  it('stays below twice its limit and reads over the seam', async () => {
    for (let i = 0; i < 500; i += 1) await appendLine(path, { i }, 200);
    const sizes = await Promise.all([path, `${path}.1`].map(async (file) => (await stat(file)).size));
    expect(Math.max(...sizes)).to.be.at.most(200);
    expect(await readdir(join(directory, 'below'))).to.have.length(2);
    const last = await readLines<{ i: number }>(path, 20);
    expect(last.map(({ i }) => i)).to.deep.equal(Array.from({ length: 20 }, (_, n) => 480 + n));
  });

  it('leaves out a line that a crash cut', async () => {
    await appendLine(path, { i: 1 }, 1000);
    await appendFile(path, '{"i":');
    expect(await readLines(path, 5)).to.deep.equal([{ i: 1 }]);
    await appendLine(path, { i: 2 }, 1000);
    await appendLine(path, { i: 3 }, 1000);
    expect(await readLines(path, 5)).to.deep.include({ i: 3 });
  });

  it('merges by time and keeps the newest', () => {
    const at = (time: string): EventRecord => ({ time, type: 'Normal', reason: 'R', message: time });
    const merged = mergeEvents([[at('1'), at('4')], [], [at('2'), at('3')]], 3);
    expect(merged.map(({ time }) => time)).to.deep.equal(['2', '3', '4']);
  });
});
