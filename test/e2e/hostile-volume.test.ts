import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BOX_DATA, boxCanonical, boxFiles } from './box-recipe.ts';
import { Bench, conditionOf } from './harness.ts';
import { RecipeRepository } from './recipes.ts';

const VERSION = '1.0.0+1.0.0';
const HOST_FILE = 'of the host';

/** Fills the volume with names of any bytes and a path longer than 4,096 bytes; also after it was emptied. */
const FILLS = `
import { mkdirSync, renameSync, symlinkSync, writeFileSync as write } from 'node:fs';
const at = process.cwd();
process.chdir(process.env.DATA_DIR);
mkdirSync('sub/dir', { recursive: true });
write('sub/dir/kept', 'of the app');
write('new\\nline', '');
write(Buffer.from([0x66, 0xff, 0xfe]), '');
for (let level = 0; level < 40; level += 1) {
  const name = 'd'.repeat(200);
  mkdirSync(name, { recursive: true });
  process.chdir(name);
}
process.chdir(at);
`;

/** When it is stopped it swaps a directory of its backup path for a link to the host. */
const swapsFor = (host: string): string => `
process.removeAllListeners('SIGTERM');
process.on('SIGTERM', () => {
  try {
    renameSync(process.env.DATA_DIR + '/sub', process.env.DATA_DIR + '/sub.away');
    symlinkSync(${JSON.stringify(host)}, process.env.DATA_DIR + '/sub');
  } catch {}
  process.exit(0);
});
`;

describe('an app that is hostile in its volume', function () {
  this.timeout(240_000);
  let bench: Bench;
  let host: string;

  beforeEach(async () => {
    bench = new Bench();
    host = join(bench.root, 'host');
    mkdirSync(join(host, 'dir'), { recursive: true });
    writeFileSync(join(host, 'dir', 'precious'), HOST_FILE);
  });
  afterEach(() => bench.dispose());

  /** Enrols a recipe whose server does that besides, and gives the repository's path. */
  async function enrol(extra: string, fields: object = {}): Promise<void> {
    const repository = new RecipeRepository(join(bench.root, 'recipes', 'box'));
    const files = boxFiles(VERSION);
    repository.release(VERSION, {
      ...files,
      'server.mjs': `${files['server.mjs']}${extra}`,
      'compose.yml': String(files['compose.yml']).replace(
        '- "backupbot.backup=true"',
        '- "backupbot.backup=true"\n        - "backupbot.backup.volumes.data.path=sub/dir"',
      ),
    });
    bench.apply('Canonical', 'box', {
      ...boxCanonical('box', { seed: 'Manual' }),
      app: { recipe: 'box', source: repository.directory, healthPasses: 1 },
      ...fields,
    });
    await bench.start();
    bench.apply('Run', 'r1', { recipe: 'box' });
  }

  it('T87 is torn down with paths longer than the system takes and names of any bytes', async () => {
    await enrol(FILLS, { ci: { data: BOX_DATA } });
    const status = await bench.waitOver('r1');
    expect(conditionOf(status, 'TornDown'), JSON.stringify(status.stages)).to.include({ status: 'True' });
    await bench.waitClean();
  });

  it('T80 has no directory of the host wiped or written to when it swaps one of its own for a link', async () => {
    const { wipe, ...data } = BOX_DATA;
    expect(wipe.http.method).to.equal('DELETE');
    await enrol(FILLS + swapsFor(host), { ci: { data } });
    const status = await bench.waitOver('r1');
    const restore = status.stages?.find(({ name }) => name === 'Restore');
    expect(restore, JSON.stringify(status.stages)).to.include({ result: 'Failed' });
    expect(status.blame).to.equal('Recipe');
    expect(readdirSync(host)).to.deep.equal(['dir']);
    expect(readdirSync(join(host, 'dir'))).to.deep.equal(['precious']);
    expect(readFileSync(join(host, 'dir', 'precious'), 'utf8')).to.equal(HOST_FILE);
    expect(conditionOf(status, 'TornDown')).to.include({ status: 'True' });
    await bench.waitClean();
  });
});
