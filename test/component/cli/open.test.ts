import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { CliBench } from './cli-bench.ts';

describe('ccctl open', () => {
  let bench: CliBench;

  beforeEach(async () => {
    bench = await CliBench.open();
    await bench.run('notes-1');
    for (const [file, kind, spec] of [
      ['can.yaml', 'Canonical', '{ app: { recipe: shop } }'],
      ['ws.yaml', 'WarmService', '{ app: { recipe: keycloak } }'],
      ['sweep.yaml', 'Sweep', '{}'],
    ])
      await bench.write(file ?? '', `apiVersion: cc-ci/v1\nkind: ${kind}\nmetadata: { name: one }\nspec: ${spec}\n`);
    await bench.store.sync();
  });
  afterEach(() => bench.close());

  const open = async (...words: string[]): Promise<[number, string]> => {
    const { code, out } = await bench.ctl(['open', ...words]);
    return [code, out.trim()];
  };
  const served = (): Promise<void> =>
    bench.heartbeat(0, { site: { directory: join(bench.root, 'www'), url: 'https://ci.example.org/s/' } as never });

  for (const [words, place] of [
    [[], 'index.html'],
    [['run/notes-1'], 'runs/notes-1.html'],
    [['run', 'notes-1'], 'runs/notes-1.html'],
    [['recipe/shop'], 'recipes/shop.html'],
    [['recipe', 'notes'], 'recipes/notes.html'],
    [['can/one'], 'recipes/shop.html'],
    [['ws/one'], 'index.html#service-one'],
    [['sweep/one'], 'index.html#sweep-one'],
  ] as const)
    it(`${words.join(' ') || 'nothing'}: ${place}, at the public address and as a file`, async () => {
      expect(await open(...words)).to.deep.equal([0, join(bench.state, 'site', place.split('#')[0] ?? '')]);
      await served();
      expect(await open(...words)).to.deep.equal([0, `https://ci.example.org/s/${place}`]);
    });

  it('says so where the page is not written yet', async () => {
    expect((await bench.ctl(['open'])).err).to.include('is not written yet');
    await mkdir(join(bench.state, 'site'));
    await writeFile(join(bench.state, 'site/index.html'), 'x');
    expect((await bench.ctl(['open'])).err).to.equal('');
  });

  it('goes by the configuration where no controller has said anything', async () => {
    const flags = ['--state-directory', bench.state, '--site-url', 'https://x.example.org'];
    const { out } = await bench.ctl(['open'], { flags });
    expect(out).to.equal('https://x.example.org/index.html\n');
  });

  it('what is not there: exit 3, with what was probably meant', async () => {
    for (const [word, meant] of [
      ['run/notes-2', 'run/notes-1'],
      ['recipe/shpo', 'shop'],
    ] as const) {
      const { code, out, err } = await bench.ctl(['open', word]);
      expect([code, out]).to.deep.equal([3, '']);
      expect(err).to.include(`Did you mean ${meant}?`);
    }
  });

  it('too many or unknown words: exit 2', async () => {
    for (const words of [['recipe'], ['recipe/a/b'], ['pod/x'], ['run/notes-1', 'run/notes-2'], ['runs']])
      expect((await bench.ctl(['open', ...words])).code, words.join(' ')).to.equal(2);
  });
});
