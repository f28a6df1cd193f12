import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandResult } from '../../../lib/exec/command.ts';
import { atPlaceBeneath, readFileBeneath } from '../../../lib/fs/beneath.ts';
import { copyOut } from '../../../lib/fs/copy-out.ts';
import { copyTree } from '../../../lib/fs/copy-tree.ts';
import { createFileDurable, renameDurable, writeFileDurable } from '../../../lib/fs/durable.ts';
import { RecordFiles } from '../../../lib/fs/record-files.ts';
import { removeTree } from '../../../lib/fs/remove-tree.ts';
import { removeSeen, replaceSeen } from '../../../lib/fs/seen-file.ts';
import { treeDigest } from '../../../lib/fs/tree-digest.ts';
import { atPlace } from '../../../lib/fs/tree-walk.ts';
import { failEachCall } from '../../rig/every-call.ts';

const { signal } = new AbortController();
const SEEN = Buffer.from('seen');

describe('each call to the file system that fails', () => {
  let root: string;
  const at = (name: string): string => join(root, name);

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'ccci-every-')));
  });
  afterEach(() => rm(root, { recursive: true }));

  const put = (): void => {
    rmSync(root, { recursive: true });
    mkdirSync(at('d/e'), { recursive: true });
    for (const name of ['file', 'd/a', 'd/e/b']) writeFileSync(at(name), SEEN);
    linkSync(at('d/a'), at('d/hard'));
    symlinkSync('a', at('d/link'));
  };
  const record = (): RecordFiles => new RecordFiles(root);
  const writtenTwice = async (): Promise<void> => {
    for (const a of [1, 2]) await record().write(at('r.json'), { a });
  };
  /** Programs that copy one file as `cp` and tar would. */
  const tools = {
    run: async ({ argv }: { argv: readonly string[] }): Promise<CommandResult> => {
      const to = argv.at(-1) ?? '';
      if (argv[0] === 'cp') writeFileSync(to, SEEN);
      else writeFileSync(join(to, 'file'), SEEN);
      return { outcome: 'Exited', exitCode: 0, stdout: '0\n', stderr: '' } as CommandResult;
    },
  };
  const coreutils = { runner: tools, env: {}, signal } as never;

  /** @param tolerated calls whose failure is no failure of the work. */
  const works: readonly [what: string, work: () => Promise<unknown>, tolerated?: RegExp][] = [
    ['a durable write', () => writeFileDurable(at('new/file'), 'x')],
    ['a durable creation', () => createFileDurable(at('new/file'), 'x')],
    ['a durable rename', () => renameDurable(at('file'), at('d/file'))],
    ['a removal of a tree', () => removeTree(at('d'))],
    ['a digest', () => treeDigest(at('d'), signal)],
    ['a read beneath', () => readFileBeneath(root, 'd/e/b')],
    ['a place that is made', () => atPlaceBeneath(root, 'x/y/z', async () => {}, { absent: 'Make' })],
    ['a removal of what was seen', () => removeSeen(at('file'), SEEN)],
    ['a removal of what was changed', () => removeSeen(at('file'), Buffer.from('other'))],
    ['a replacement of what was seen', () => replaceSeen(at('file'), SEEN, 'new')],
    ['a record that is written', () => record().write(at('r.json'), { a: 1 })],
    ['a record that is written again', () => writtenTwice()],
    ['a record that is created', () => record().create(at('r.json'), { a: 1 })],
    [
      'a record that is removed',
      () =>
        record()
          .write(at('r.json'), {})
          .then(() => record().remove(at('r.json'))),
    ],
    ['a copy of a file of ours', () => copyTree(at('file'), at('copy'), coreutils)],
    [
      'a copy of a file that others reach',
      () => atPlace(at('file'), (place) => copyOut(place, { to: at('copy'), tools: coreutils, moment: 'AtRest' })),
    ],
  ];

  for (const [what, work, tolerated] of works) {
    it(`is told by ${what}, and leaves nothing open`, () =>
      failEachCall(root, { put, work, ...(tolerated && { tolerated }) }));
  }
});
