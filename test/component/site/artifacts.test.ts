import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { runDirectoryName } from '../../../lib/app/domain.ts';
import { listArtifacts } from '../../../lib/site/artifacts.ts';
import { SiteBench } from './site-bench.ts';

const PNG = Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1');
const RUN = { name: 'notes-1', uid: 'uid-notes-1' };
const DIRECTORY = `runs/${runDirectoryName(RUN.name, RUN.uid)}`;

describe('artifacts on the site', () => {
  let bench: SiteBench;
  beforeEach(async () => {
    bench = await SiteBench.open();
    bench.objects.run('notes-1', 'notes', 'Failed', { artifacts: DIRECTORY });
  });
  afterEach(() => bench.close());

  const write = (path: string, content: string | Uint8Array): Promise<void> =>
    bench.write(`state/${DIRECTORY}/${path}`, content);
  const copies = async (): Promise<string[]> =>
    (await bench.files()).filter((path) => path.startsWith('runs/notes-1/')).map((path) => path.slice(13));

  it('texts and pictures are copied, by what they are and not by what they are called', async () => {
    await write('results.json', '{}');
    await write('logs/install-service-app.log', 'started\n');
    await write('artifacts/login/seen.html', PNG);
    await write('artifacts/login/page.html', '<script>alert(1)</script>');
    await write('artifacts/login/drawing.svg', '<svg onload="alert(1)"/>');
    await write('artifacts/login/dump.bin', Buffer.from([1, 0, 2]));
    await write('artifacts/login/latin.txt', Buffer.from([0x41, 0xe9, 0x41, 0x41, 0x41]));
    await bench.start();
    const extensions = (await copies()).map((path) => path.replace(/-[0-9a-f]{10}\./, '.'));
    expect(extensions).to.deep.equal([
      'artifacts-login-drawing-svg.txt',
      'artifacts-login-page-html.txt',
      'artifacts-login-seen-html.png',
      'logs-install-service-app-log.txt',
      'results-json.txt',
    ]);
    const page = await bench.read('runs/notes-1.html');
    expect(page.match(/<img /g)).to.have.length(1);
    expect(page).to.include('artifacts/login/dump.bin').and.include('on the host only');
    for (const [, href = ''] of page.matchAll(/href="([^"#]*\.(?:txt|png))"/g))
      expect(await bench.files()).to.include(join('runs', href));
  });

  it('what steers in a log is seen, and does nothing', async () => {
    await write('logs/app.log', 'a\u001b[2Jb\u202ec\r\nd\u0007');
    await bench.start();
    const [name = ''] = await copies();
    expect(await bench.read(`runs/notes-1/${name}`)).to.equal('ab\\u202ec\nd\\u0007');
  });

  it('of a long text the end is copied, from a whole line on', async () => {
    await write('logs/app.log', `${'x'.repeat(99)}\n`.repeat(20_000));
    await bench.start();
    const [name = ''] = await copies();
    const text = await bench.read(`runs/notes-1/${name}`);
    expect(text).to.match(/^x{99}\n/);
    expect(text.length).to.be.lessThan(600_000);
    expect(await bench.read('runs/notes-1.html')).to.include('only its end');
  });

  it('T80 no link leads to anything else of the host', async () => {
    await bench.write('secret', 'precious');
    await write('logs/app.log', 'x');
    await mkdir(join(bench.state, DIRECTORY, 'artifacts'));
    await symlink(join(bench.root, 'secret'), join(bench.state, DIRECTORY, 'artifacts/a.txt'));
    await symlink(bench.root, join(bench.state, DIRECTORY, 'artifacts/all'));
    await bench.start();
    expect(await copies()).to.have.length(1);
    expect(await bench.read('runs/notes-1.html')).to.not.include('secret');
    await rm(join(bench.state, DIRECTORY, 'artifacts'), { recursive: true });
    await symlink(bench.root, join(bench.state, DIRECTORY, 'artifacts'));
    const { artifacts } = await listArtifacts(join(bench.state, DIRECTORY), RUN);
    expect(artifacts.map(({ path }) => path)).to.deep.equal(['logs/app.log']);
  });

  it('very many are counted', async () => {
    for (let index = 0; index < 230; index += 1) await write(`artifacts/t/${index}.txt`, 'x');
    await bench.start();
    expect(await copies()).to.have.length(60);
    expect(await bench.read('runs/notes-1.html')).to.include('30 more are not listed');
  });

  it('of a run that goes on nothing is copied: its files are not masked yet', async () => {
    bench.objects.run('notes-1', 'notes', 'Running', { artifacts: DIRECTORY });
    await write('logs/app.log', 'secret');
    await bench.start();
    expect(await copies()).to.deep.equal([]);
  });

  it('copies go with the artifacts, and with the run', async () => {
    await write('logs/app.log', 'x');
    await bench.start();
    expect(await copies()).to.have.length(1);
    bench.publisher.changed(bench.objects.run('notes-1', 'notes', 'Failed'));
    await bench.roundOver();
    expect(await copies()).to.deep.equal([]);
    bench.publisher.changed(bench.objects.run('notes-1', 'notes', 'Failed', { artifacts: DIRECTORY }));
    await bench.roundOver();
    expect(await copies()).to.have.length(1);
    bench.objects.remove({ kind: 'Run', name: 'notes-1' });
    bench.publisher.changed({ kind: 'Run', name: 'notes-1' });
    await bench.roundOver();
    expect(await bench.files()).to.deep.equal(['.cc-ci-site.json', 'feed.xml', 'index.html']);
  });

  it('a copy that is lost is there again after a start', async () => {
    await write('logs/app.log', 'x');
    await bench.start();
    const [name = ''] = await copies();
    await bench.publisher.stop();
    await rm(join(bench.site, 'runs/notes-1', name));
    bench.restarted();
    await bench.start();
    expect(await copies()).to.deep.equal([name]);
  });
});
