import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { SiteBench } from './site-bench.ts';

const CHILD = fileURLToPath(new URL('site-child.ts', import.meta.url));
const ENDS: Readonly<Record<string, RegExp>> = {
  html: /<\/html>\n$/,
  svg: /<\/svg>\n$/,
  xml: /<\/feed>\n$/,
  json: /}\n$/,
};

describe('T52 a site whose writer is killed', function () {
  this.timeout(120_000);
  let bench: SiteBench;
  beforeEach(async () => {
    bench = await SiteBench.open();
  });
  afterEach(() => bench.close());

  const write = (killAt: number, round: number): string | null => {
    const words = ['--disable-warning=ExperimentalWarning', CHILD, bench.site, bench.state, killAt, round].map(String);
    const { signal, status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    if (signal === null && status !== 0) throw new Error(stderr);
    return signal;
  };
  /** Every file, each of which has to be whole. */
  const content = async (): Promise<Record<string, string>> => {
    const files = await bench.files();
    const texts = await Promise.all(files.map(async (path) => [path, await bench.read(path)] as const));
    for (const [path, text] of texts) expect(text, path).to.match(ENDS[path.split('.').at(-1) ?? ''] ?? /^$/);
    return Object.fromEntries(texts);
  };

  it('has whole files at every moment, and is complete after the next round', async () => {
    const kills = [1, 2, 30, 65, 66, 70, 75, 76];
    for (const [round, killAt] of kills.entries()) {
      expect(write(killAt, round), `kill ${killAt}`).to.equal('SIGKILL');
      await content();
    }
    expect(write(0, 1)).to.equal(null);
    const found = await content();
    const other = await SiteBench.open();
    try {
      const own = bench;
      bench = other;
      expect(write(0, 1)).to.equal(null);
      const fresh = await content();
      bench = own;
      expect(found).to.deep.equal(fresh);
    } finally {
      await other.close();
    }
  });
});
