import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { identityOf } from '../../../lib/exec/process-identity.ts';
import { lastWordsOf } from '../../../scripts/engine/daemons.ts';
import type { Rig } from '../../../scripts/engine/rig.ts';

describe('a daemon of the engine for tests that ends by itself', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ccci-words-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is named with the end of its log; one that runs is not', async () => {
    const own = await identityOf(process.pid);
    const rig: Rig = { name: 'rig', directory, socketPath: '', owner: own };
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    const ended = await identityOf(child.pid ?? -1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    writeFileSync(join(directory, 'dockerd.log'), `${'x'.repeat(50_000)}\nfatal error: all is lost\n`);
    const said = await lastWordsOf(rig, [
      { name: 'containerd', process: own },
      { name: 'dockerd', process: ended },
    ]);
    expect(said).to.have.lengthOf(1);
    expect(said[0])
      .to.match(/^dockerd .*\nx+\nfatal error: all is lost$/)
      .and.to.have.length.below(11_000);
  });
});
