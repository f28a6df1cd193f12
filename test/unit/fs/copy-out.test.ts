import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CommandResult } from '../../../lib/exec/command.ts';
import { type CopyOutOptions, copyOut } from '../../../lib/fs/copy-out.ts';
import { atPlace } from '../../../lib/fs/tree-walk.ts';
import { codeOf } from '../../rig/code-of.ts';

type Moment = CopyOutOptions['moment'];

describe('a copy of what others can reach, by how tar ends', () => {
  let root: string;
  let runs: number;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-copy-out-'));
    mkdirSync(join(root, 'from'));
    await chmod(join(root, 'from'), 0o700);
    runs = 0;
  });
  afterEach(() => rm(root, { recursive: true }));

  /** What each run of the two tars ends with; the last one counts for all that follow. */
  const copied = (moment: Moment, ...ends: { reading?: number; writing?: number; stderr?: string }[]) => {
    const run = async (): Promise<CommandResult> => {
      const { reading = 0, writing = 0, stderr = '' } = ends[Math.min(runs, ends.length - 1)]!;
      runs += 1;
      return { outcome: 'Exited', exitCode: writing, stdout: `${reading}\n`, stderr } as CommandResult;
    };
    const tools = { runner: { run }, env: {}, signal: new AbortController().signal };
    return atPlace(join(root, 'from'), (place) => copyOut(place, { to: join(root, 'to'), tools, moment } as never));
  };
  const changed = 'tar: ./a/b: file changed as we read it\n';
  const removed = 'tar: ./c: File removed before we read it\n';
  const last = 'tar: Exiting with failure status due to previous errors\n';
  const swapped = (name: string): string => `tar: ${name}: Cannot open: Not a directory\n`;
  const unlinked = (name: string): string => `tar: ${name}: Cannot readlink: Invalid argument\n`;

  for (const [what, moment, end, code, times] of [
    ['changed at rest', 'AtRest', { reading: 1, stderr: changed }, 'Conflict', 1],
    ['swapped at rest', 'AtRest', { reading: 2, stderr: swapped('./a') }, 'Conflict', 1],
    ['no link any more at rest', 'AtRest', { reading: 2, stderr: unlinked('./a') }, 'Conflict', 1],
    ['changed without a word', 'AtRest', { reading: 1 }, 'Conflict', 1],
    [
      'not readable',
      'AtRest',
      { reading: 2, stderr: 'tar: ./a: Cannot open: Permission denied\n' },
      'CommandFailed',
      1,
    ],
    ['changed though it must not', 'LiveWhole', { reading: 1, stderr: changed }, 'Conflict', 3],
    ['not readable while it lives', 'Live', { reading: 2, stderr: 'tar: ./a: Cannot x: no\n' }, 'CommandFailed', 1],
    ['gone at its root', 'Live', { reading: 2, stderr: swapped('.') }, 'Conflict', 3],
    ['no tar here', 'AtRest', { writing: 127 }, 'NotFound', 1],
    ['owner lost', 'AtRest', { writing: 2, stderr: 'tar: x: Cannot change ownership to uid 5' }, 'Refused', 1],
    ['mode lost', 'AtRest', { writing: 2, stderr: 'tar: x: Cannot change mode to rw' }, 'Refused', 1],
    ['too long', 'AtRest', { writing: 2, stderr: 'tar: x: Cannot open: File name too long' }, 'Refused', 1],
    ['full disk', 'Live', { writing: 2, stderr: 'tar: x: Wrote only 512 of 10240 bytes' }, 'NoSpace', 1],
    ['writing failed', 'AtRest', { writing: 2, stderr: 'tar: odd' }, 'CommandFailed', 1],
  ] as const) {
    it(`T96 ${what}: ${code} after ${times}, and nothing is left`, async () => {
      expect(await codeOf(copied(moment, end))).to.equal(code);
      expect([runs, readdirSync(root)]).to.deep.equal([times, ['from']]);
    });
  }

  it('T96 what came and went while it lives is told, once each, and copied in one of its states', async () => {
    const stderr = `${changed}${changed}${removed}`;
    expect(await copied('Live', { reading: 1, stderr })).to.deep.equal(['a/b', 'c']);
    expect([runs, existsSync(join(root, 'to'))]).to.deep.equal([1, true]);
  });

  it('T96 what was swapped is begun anew, and tolerated the third time', async () => {
    const end = { reading: 2, stderr: `${swapped('./a')}${unlinked('./b')}${last}` };
    expect(await copied('Live', end)).to.deep.equal(['a', 'b']);
    expect(runs).to.equal(3);
  });

  it('T96 what was swapped is not tolerated beside anything else, not even the third time', async () => {
    const end = { reading: 2, stderr: `${swapped('./a')}tar: ./b: Cannot open: Permission denied\n${last}` };
    expect(await codeOf(copied('Live', end))).to.equal('Conflict');
    expect([runs, readdirSync(root)]).to.deep.equal([3, ['from']]);
  });

  it('a later try may do', async () => {
    expect(await copied('LiveWhole', { reading: 1, stderr: changed }, { reading: 0 })).to.deep.equal([]);
    expect([runs, readdirSync(root).sort()]).to.deep.equal([2, ['from', 'to']]);
  });

  it('T96 a tree that is not what was copied is a conflict: nothing came to be compared', async () => {
    writeFileSync(join(root, 'from/a'), '');
    expect(await codeOf(copied('AtRest', { reading: 0 }))).to.equal('Conflict');
    expect([runs, readdirSync(root)]).to.deep.equal([1, ['from']]);
  });

  it('never writes into what exists', async () => {
    mkdirSync(join(root, 'to'));
    expect(await codeOf(copied('Live', { reading: 0 }))).to.equal('Conflict');
    expect([runs, existsSync(join(root, 'to'))]).to.deep.equal([0, true]);
  });
});
