import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import type { CommandResult } from '../../../lib/exec/command.ts';
import { coreutils, programFailure, runCoreutil, throwIfAborted } from '../../../lib/fs/coreutils.ts';
import { syncTree } from '../../../lib/fs/durable.ts';
import { exists, namesIn } from '../../../lib/fs/exists.ts';
import { printablePath, shortPlace } from '../../../lib/fs/join-inside.ts';
import { translateNoSpace } from '../../../lib/fs/no-space.ts';
import { codeOf } from '../../rig/code-of.ts';

const system = (code: string): Error => Object.assign(new Error(code), { code });

describe('what a program of the system ends with', () => {
  for (const [stderr, exitCode, expected] of [
    ['cp: error writing: No space left on device', 1, 'NoSpace'],
    ['cp: x: Disk quota exceeded', 1, 'NoSpace'],
    ['tar: x: Wrote only 512 of 10240 bytes', 2, 'NoSpace'],
    ['cp: x: Input/output error', 1, 'Unreachable'],
    ['cp: x: Read-only file system', 1, 'Unreachable'],
    ['cp: x: Stale file handle', 1, 'Unreachable'],
    ['cp: Cannot allocate memory', 1, 'Unreachable'],
    ['cp: x: Too many open files', 1, 'Unreachable'],
    ['', 137, 'Unreachable'],
    ['', 129, 'Unreachable'],
    ['', 128, 'CommandFailed'],
    ['cp: x: Permission denied', 1, 'CommandFailed'],
  ] as const) {
    it(`T100 ${exitCode} and "${stderr}" is ${expected}`, () => {
      expect(programFailure('cp', { stderr, exitCode }).code).to.equal(expected);
    });
  }

  it('says its name and its last line', () => {
    const { message } = programFailure('cp', { stderr: 'first\nlast words\n', exitCode: 3 });
    expect(message).to.include('cp').and.include('3').and.include('last words').and.not.include('first');
  });

  const ended = (exitCode: number, outcome: CommandResult['outcome'] = 'Exited'): CommandResult =>
    ({ outcome, exitCode, stdout: '', stderr: '' }) as CommandResult;

  it('runs in English at the root of the file system, with a token of its own, and tells how it ended', async () => {
    const { signal } = new AbortController();
    const asked: { argv: readonly string[]; cwd: string; env: Readonly<Record<string, string>> }[] = [];
    const results = [ended(0), ended(1), ended(0, 'Aborted')];
    const runner = {
      run: async (options: (typeof asked)[number]) => {
        asked.push(options);
        return results.shift()!;
      },
    } as never;
    const owner = { runner, instanceId: 'i-1', settings: { path: '/bin' } };
    const tools = coreutils(owner, signal);
    await syncTree('/data', { ...tools, env: { ...tools.env, LC_ALL: 'de_DE', LANG: 'C' } });
    expect(await codeOf(runCoreutil(coreutils(owner, signal), ['cp', 'a', 'b']))).to.equal('CommandFailed');
    expect(await codeOf(runCoreutil(coreutils(owner, signal), ['cp', 'a', 'b']))).to.equal('Aborted');
    expect(asked.map(({ argv }) => argv.join(' '))).to.deep.equal(['sync -f -- /data', 'cp a b', 'cp a b']);
    for (const { cwd, env } of asked) {
      expect([cwd, env.LC_ALL, env.LANG, env.PATH]).to.deep.equal(['/', 'C', 'C', '/bin']);
      expect(Object.values(env).some((value) => value.startsWith('i-1/child/'))).to.equal(true);
    }
    expect(new Set(asked.map(({ env }) => JSON.stringify(env))).size).to.equal(3);
  });

  it('is not started once the signal is tripped', async () => {
    const runner = {
      run: () => {
        throw new Error('started');
      },
    } as never;
    const tools = coreutils({ runner, instanceId: 'i', settings: { path: '' } }, AbortSignal.abort('why'));
    expect(await codeOf(runCoreutil(tools, ['cp']))).to.equal('Aborted');
    expect(() => throwIfAborted(tools.signal))
      .to.throw(CcError)
      .that.has.property('cause', 'why');
    throwIfAborted(new AbortController().signal);
  });
});

describe('what the system says', () => {
  it('T64 of a full disk or quota is NoSpace, other errors are as they are', () => {
    for (const code of ['ENOSPC', 'EDQUOT']) {
      const error = system(code);
      expect(translateNoSpace(error, 'copying')).to.include({ code: 'NoSpace', cause: error });
    }
    for (const error of [system('EIO'), 'text', undefined]) expect(translateNoSpace(error, 'copying')).to.equal(error);
  });

  it('T81 only "not there" is absence', async () => {
    const root = await mkdtemp(join(tmpdir(), 'ccci-exists-'));
    try {
      await writeFile(join(root, 'b'), '');
      await symlink('nowhere', join(root, 'a'));
      for (const name of ['a', 'b', '.']) expect(await exists(join(root, name)), name).to.equal(true);
      expect(await exists(join(root, 'c'))).to.equal(false);
      expect(await codeOf(exists(join(root, 'b/c')))).to.equal('ENOTDIR');
      expect(await namesIn(root)).to.deep.equal(['a', 'b']);
      expect(await namesIn(join(root, 'c'))).to.deep.equal([]);
      expect(await codeOf(namesIn(join(root, 'b')))).to.equal('ENOTDIR');
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

describe('a place for people', () => {
  it('T90 shows bytes that are no text, control characters and backslashes by their number', () => {
    for (const [bytes, expected] of [
      [Buffer.from('plain ü ~'), 'plain ü ~'],
      [Buffer.from('a\x1bb'), 'a\\x1bb'],
      [Buffer.from('a\x1fb\x7f\n'), 'a\\x1fb\\x7f\\x0a'],
      [Buffer.from('a\\b'), 'a\\x5cb'],
      [Buffer.from([0x61, 0xff, 0x20, 0x7e, 0x7f]), 'a\\xff ~\\x7f'],
    ] as const) {
      expect(printablePath(bytes)).to.equal(expected);
    }
  });

  it('leaves the middle of a very long one out', () => {
    expect(shortPlace('x'.repeat(300))).to.equal('x'.repeat(300));
    const long = `${'a'.repeat(200)}${'b'.repeat(200)}`;
    expect(shortPlace(long)).to.equal(`${'a'.repeat(150)}…${'b'.repeat(150)}`);
  });
});
