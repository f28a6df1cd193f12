import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { makeBackup } from '../../../lib/app/backup-copy.ts';
import { childEnv, makeScratch, realTools } from '../snapshot/scratch.ts';

const BLOCK = 512;

describe('T96 the backup of a volume whose archive has a lone block of zeros', () => {
  let scratch: ReturnType<typeof makeScratch>;
  beforeEach(() => {
    scratch = makeScratch();
  });
  afterEach(() => scratch.remove());

  /** A `tar` that, to read, gives a prepared archive and ends as where a file shrank; to write it is the real one. */
  function tarThatGives(archive: string): string {
    const directory = join(scratch.path, 'bin');
    fs.mkdirSync(directory);
    const real = execFileSync('sh', ['-c', 'command -v tar'], { encoding: 'utf8' }).trim();
    const script = `#!/bin/sh\ncase "$1" in --create) cat ${archive}; exit 1;; *) exec ${real} "$@";; esac\n`;
    fs.writeFileSync(join(directory, 'tar'), script, { mode: 0o755 });
    return directory;
  }

  it('holds what comes after that block, too: GNU tar pads a file that shrinks as it is read', async () => {
    const volume = join(scratch.path, 'volumes/data');
    fs.mkdirSync(volume, { recursive: true });
    for (const name of ['a', 'b', 'c']) fs.writeFileSync(join(volume, name), Buffer.alloc(40_000, name));
    const whole = execFileSync('tar', ['--create', '--format=pax', '--sort=name', '--file=-', '.'], { cwd: volume });
    // Behind the first file: its header comes after those of the directory, and has a body of 79 blocks.
    const at = whole.indexOf(Buffer.alloc(40_000, 'a')) + Math.ceil(40_000 / BLOCK) * BLOCK;
    const archive = join(scratch.path, 'archive');
    fs.writeFileSync(archive, Buffer.concat([whole.subarray(0, at), Buffer.alloc(BLOCK), whole.subarray(at)]));
    const env = { ...childEnv, PATH: `${tarThatGives(archive)}${delimiter}${childEnv.PATH}` };
    const tools = { ...realTools(), env };
    const artifact = join(scratch.path, 'artifact');
    const [record] = await makeBackup([{ volume: 'data', path: '.' }], [{ name: 'data', path: volume }], {
      artifact,
      tools,
    });
    expect(record?.files).to.equal(3);
  });
});
