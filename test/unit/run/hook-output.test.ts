import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hookPlaces, mergeHookOutput } from '../../../controllers/run/stages/hook-output.ts';
import { AppHome } from '../../../lib/app/app-home.ts';
import { hasCode } from '../../../lib/errors.ts';
import { EnvFile } from '../../../lib/recipe/env-file.ts';

describe('the env that a hook leaves', () => {
  let root: string;
  let home: AppHome;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-hook-'));
    home = new AppHome(join(root, 'state'), 'n.example.org');
    await home.writeEnv('A=1\n');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function merge(bytes: Buffer): Promise<Record<string, string>> {
    const places = hookPlaces(join(root, 'hook'));
    await mkdir(places.secretsDirectory, { recursive: true });
    await writeFile(places.envFile, bytes);
    await mergeHookOutput(home, places);
    return EnvFile.parse((await home.readEnv()) ?? '').entries();
  }

  it('T95 keeps its first key behind a byte order mark, with CRLF and in UTF-16', async () => {
    expect(await merge(Buffer.from('\uFEFFB=2\r\nC=3\r\n'))).to.deep.equal({ A: '1', B: '2', C: '3' });
    expect(await merge(Buffer.from('\uFEFFB=4\n', 'utf16le'))).to.include({ B: '4', C: '3' });
  });

  it('is refused in another encoding, and changes nothing', async () => {
    const error: unknown = await merge(Buffer.from('B=caf\xe9\n', 'latin1')).catch((caught: unknown) => caught);
    expect(hasCode(error, 'InvalidInput')).to.equal(true);
    expect(await home.readEnv()).to.equal('A=1\n');
  });
});
