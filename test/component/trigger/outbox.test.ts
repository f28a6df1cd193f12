import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Message, Outbox } from '../../../lib/forge/outbox.ts';

const answer = (pull: number, body: string): Message => ({ kind: 'Answer', pull, body });
const bodies = async (outbox: Outbox): Promise<unknown[]> =>
  (await outbox.list()).map(({ message }) => (message.kind === 'Answer' ? message.body : message.kind));

describe('the outbox of a forge', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-outbox-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('keeps messages in order, over a restart', async () => {
    const outbox = new Outbox(directory);
    for (const pull of [3, 1, 2]) await outbox.put(answer(pull, `of ${pull}`));
    expect(await bodies(new Outbox(directory))).to.deep.equal(['of 3', 'of 1', 'of 2']);
  });

  it('replaces what was to be said of the same, and nothing else', async () => {
    const outbox = new Outbox(directory);
    await outbox.put(answer(1, 'waits'));
    await outbox.put(answer(2, 'waits'));
    await outbox.put(answer(1, 'passed'));
    expect(await bodies(outbox)).to.deep.equal(['waits', 'passed']);
    expect(await readdir(join(directory, 'outbox'))).to.have.length(2);
  });

  it('tells from memory how many wait, once it was looked', async () => {
    await new Outbox(directory).put(answer(1, 'a'));
    const outbox = new Outbox(directory);
    expect(outbox.depth).to.equal(undefined);
    const [first] = await outbox.list();
    expect(outbox.depth).to.equal(1);
    await outbox.put(answer(2, 'b'));
    expect(outbox.depth).to.equal(2);
    await outbox.remove(first as never);
    expect(outbox.depth).to.equal(1);
  });

  it('numbers on after a restart, also where all was delivered', async () => {
    const outbox = new Outbox(directory);
    await outbox.put(answer(1, 'a'));
    await outbox.put(answer(2, 'b'));
    const [first, second] = await outbox.list();
    await outbox.remove(first as never);
    await outbox.remove(second as never);
    await outbox.remove(second as never);
    await outbox.put(answer(3, 'c'));
    const later = new Outbox(directory);
    await later.put(answer(1, 'd'));
    expect(await bodies(later)).to.deep.equal(['c', 'd']);
  });

  it('leaves a file alone that it cannot read, and never writes over it', async () => {
    await new Outbox(directory).put(answer(1, 'a'));
    const path = join(directory, 'outbox', '0000000002.json');
    await writeFile(path, '{');
    const outbox = new Outbox(directory);
    await outbox.put(answer(2, 'b'));
    expect(await bodies(outbox)).to.deep.equal(['a', 'b']);
    expect(await readdir(join(directory, 'outbox'))).to.have.length(3);
  });
});
