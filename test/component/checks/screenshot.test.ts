import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { takeScreenshot } from '../../../lib/checks/screenshot.ts';
import { systemClock } from '../../../lib/clock.ts';
import { createCommandRunner } from '../../../lib/exec/command.ts';

const PICTURE = `'\\211PNG\\r\\n\\032\\n and so on'`;
const FLAG = '--screenshot=';

/** A browser that notes its arguments and does what `act` says with the file it is to write. */
const browser = (root: string, act: string): string => `#!/bin/sh
printf '%s\\n' "$@" > '${root}/arguments'
for one; do case "$one" in ${FLAG}*) file=\${one#${FLAG}};; esac; done
${act}
`;

describe('a picture of a page', () => {
  let root: string;
  let file: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-picture-'));
    file = join(root, 'pictures', 'page.png');
    for (const name of ['bin', 'scratch']) await mkdir(join(root, name));
  });
  afterEach(() => rm(root, { recursive: true }));

  const take = async (
    act: string | undefined,
    { name = 'chromium', ...options }: Partial<Parameters<typeof takeScreenshot>[0]> & { name?: string } = {},
  ): Promise<{ because: string | undefined; flags: string[] }> => {
    if (act !== undefined) await writeFile(join(root, 'bin', name), browser(root, act), { mode: 0o755 });
    const because = await takeScreenshot({
      url: 'https://notes.example.org/',
      file,
      connection: {},
      runner: createCommandRunner({ clock: systemClock }),
      path: join(root, 'bin'),
      token: 'test/child/1',
      scratch: join(root, 'scratch'),
      sandbox: 'Own',
      signal: new AbortController().signal,
      ...options,
    });
    const flags = await readFile(join(root, 'arguments'), 'utf8').catch(() => '');
    return { because, flags: flags.split('\n') };
  };
  const paint = `printf ${PICTURE} > "$file"`;

  it('is left to the Chromium of the host', async () => {
    expect((await take(paint)).because).to.equal(undefined);
    await access(file);
  });

  it('is left to a browser of another name', async () => {
    expect((await take(paint, { name: 'google-chrome' })).because).to.equal(undefined);
  });

  it('is taken from a scratch directory that is deeper than the path of a socket may be', async () => {
    const scratch = join(root, 'scratch', 'state/runs/notes-0a1b2c3d/'.repeat(5));
    await mkdir(scratch, { recursive: true });
    const listen = `require('net').createServer().listen(process.env.TMPDIR+'/SingletonSocket',()=>process.exit())`;
    const act = `'${process.execPath}' -e "${listen}" && ${paint}`;
    expect((await take(act, { scratch })).because).to.equal(undefined);
  });

  it('is left out where the host has no browser, by their names', async () => {
    expect((await take(undefined)).because).to.contain('chromium');
  });

  for (const [title, act] of [
    ['fails', 'exit 1'],
    ['writes nothing', 'exit 0'],
    ['writes no picture', 'echo hello > "$file"'],
  ] as const) {
    it(`is left out where the browser ${title}`, async () => {
      expect((await take(act)).because).to.contain('chromium');
    });
  }

  it('shows the browser one host and port of the world', async () => {
    const { flags } = await take(paint);
    const rule = 'MAP notes.example.org:443 notes.example.org:443, MAP * ~NOTFOUND';
    expect(flags).to.include(`--host-resolver-rules=${rule}`);
    expect(flags.at(-2)).to.equal('https://notes.example.org/');
  });

  it('shows it where the app is reached', async () => {
    const { flags } = await take(paint, { connection: { connectTo: { host: '::1', port: 8443 } } });
    expect(flags).to.include('--host-resolver-rules=MAP notes.example.org:443 [::1]:8443, MAP * ~NOTFOUND');
  });

  it('is taken in the sandbox of the browser, unless it has none', async () => {
    expect((await take(paint)).flags).not.to.include('--no-sandbox');
    expect((await take(paint, { sandbox: 'None' })).flags).to.include('--no-sandbox');
  });
});
