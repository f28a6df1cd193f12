import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import type { Volume } from '../../../lib/platform/platform.ts';
import type { FakeBehaviour } from '../../fakes/fake-app.ts';
import { closed, listening } from '../app/servers.ts';
import { stageOf } from './bench.ts';
import { HEALTHY, type Notes, notesBench } from './enrolled.ts';

const GOOD = '<title>Notes</title><link rel=stylesheet href=/a.css>';
const BROKEN = '<title>Notes</title><link rel=stylesheet href=/gone.css>';
const LOGIN = 'login';
/** How a name is asked for that no app has. */
const NOBODY = /^[0-9a-f]{16}\./;
/** Paints nothing but the first bytes of a picture. */
const BROWSER = `#!/bin/sh
for one; do case "$one" in --screenshot=*) printf '\\211PNG\\r\\n\\032\\n' > "\${one#*=}";; esac; done
`;

describe('the page of a run without tests of its own', () => {
  let notes: Notes;
  let server: Server;
  let bin: string;
  /** What `/` answers now. */
  let page: string;

  beforeEach(async () => {
    server = createServer((request, response) => {
      if (request.url === '/a.css') response.writeHead(200, { 'content-type': 'text/css' }).end('p {}');
      else if (request.url !== '/' || NOBODY.test(request.headers.host ?? '')) response.writeHead(404).end();
      else if (page === LOGIN) response.writeHead(302, { location: '/login' }).end();
      else response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    });
    const { port } = await listening(server);
    bin = await mkdtemp(join(tmpdir(), 'ccci-browser-'));
    await writeFile(join(bin, 'chromium'), BROWSER, { mode: 0o755 });
    notes = await notesBench({ path: `${bin}:${process.env.PATH}` });
    notes.bench.platform.url = `http://127.0.0.1:${port}`;
  });
  afterEach(async () => {
    await closed(server);
    await notes.bench.close();
    await rm(bin, { recursive: true });
  });

  const run = async (base: string, head: string, more: FakeBehaviour = {}): Promise<RunStatus> => {
    const { bench, recipe } = notes;
    const showing = (text: string) => ({
      ...HEALTHY,
      ...more,
      onStart: async (volumes: readonly Volume[]) => {
        await HEALTHY.onStart?.(volumes);
        page = text;
      },
    });
    bench.platform.behave(notes.base, showing(base));
    bench.platform.behave(notes.head, showing(head));
    await bench.write('Run', 'r1', { recipe: 'notes', source: recipe.directory });
    return await bench.finish('r1');
  };

  it('is a test that counts, beside the page before the upgrade', async () => {
    const status = await run(GOOD, GOOD);
    const { result, tests } = stageOf(status, 'Custom');
    expect(result).to.equal('Passed');
    expect(tests?.map((test) => [test.name, test.result])).to.deep.equal([
      ['page', 'Passed'],
      ['page-before-upgrade', 'Passed'],
    ]);
    expect(status.verdict).to.equal('Passed');
    const pictures = await readdir(join(notes.bench.settings.stateDirectory, status.artifacts ?? '', 'screenshots'));
    expect(pictures.toSorted()).to.deep.equal(['after-upgrade.png', 'before-upgrade.png']);
  });

  it('that the tested commit broke makes the run red, and the recipe is to blame', async () => {
    const status = await run(GOOD, BROKEN);
    const { reason, message } = stageOf(status, 'Custom');
    expect(reason).to.equal('TestsFailed');
    expect(message).to.contain('/gone.css').and.contain('/a.css');
    expect([status.verdict, status.blame]).to.deep.equal(['Failed', 'Recipe']);
  });

  it('that was broken before keeps the run red, and nobody blames the change: both are shown @nightly', async () => {
    const status = await run(BROKEN, BROKEN);
    const { reason, tests } = stageOf(status, 'Custom');
    expect(reason).to.equal('PreExisting');
    expect(tests?.map((test) => test.result)).to.deep.equal(['Failed', 'Failed']);
    expect([status.verdict, status.blame]).to.deep.equal(['Failed', 'PreExisting']);
  });

  it('says what no picture was taken for once, and not in the cause @nightly', async () => {
    await writeFile(join(bin, 'chromium'), '#!/bin/sh\necho "no display" >&2\nexit 3\n', { mode: 0o755 });
    const status = await run(BROKEN, BROKEN);
    const { message, tests } = stageOf(status, 'Custom');
    expect(message).to.contain('/gone.css').and.not.contain('screenshot');
    expect(message?.split('/gone.css'), 'the cause is said once').to.have.lengthOf(2);
    expect(tests?.[0]?.message?.split('no screenshot'), 'in the test, once').to.have.lengthOf(2);
  });

  it('that is not the app, for no router leads there, is told as that', async () => {
    const { bench } = notes;
    bench.platform.url = undefined;
    bench.platform.routed = 'http';
    bench.settings.connection = { connectTo: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } };
    await bench.restart();
    const status = await run(GOOD, BROKEN, { unrouted: 'no router names the domain' });
    expect(stageOf(status, 'Custom')).to.include({ result: 'Failed', reason: 'NoRouter' });
    expect(stageOf(status, 'Custom').message).to.contain('no router names the domain');
    expect(status.blame).to.equal('Recipe');
  });

  it('that the tested commit mended is green, and says what it was before @nightly', async () => {
    const status = await run(BROKEN, GOOD);
    expect(status.verdict).to.equal('Passed');
    expect(stageOf(status, 'Custom').tests?.[0]?.message).to.contain('/gone.css');
  });

  it('is nothing to test where / answers something else, and the reason says what @nightly', async () => {
    const status = await run(GOOD, LOGIN);
    const { result, reason, message } = stageOf(status, 'Custom');
    expect([result, reason]).to.deep.equal(['Skipped', 'NothingToTest']);
    expect(message).to.contain('302');
  });
});
