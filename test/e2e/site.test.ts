import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { Bench } from './harness.ts';
import { type Files, RecipeRepository } from './recipes.ts';

const HOSTILE = '<script>alert(1)</script>\\x1b[2J\\u202e"onload="x';

/** What the page of the run links to as the log of its test. */
const LOG = /href="\.\.\/(runs\/evil-1\/custom[^"]*\.txt|runs\/evil-1\/logs-custom[^"]*\.txt)"/;

describe('the status page of a controller', function () {
  this.timeout(240_000);
  let bench: Bench;
  let port: number;

  before(async () => {
    port = await freePort();
    bench = new Bench({
      recipeSource: 'recipes/{recipe}',
      site: { listen: String(port), url: 'https://ci.example.org/s' },
    });
    new RecipeRepository(join(bench.root, 'recipes', 'evil')).release('1.0.0+1.0.0', files());
    await bench.start();
    bench.apply('Canonical', 'evil', {
      seed: 'Manual',
      app: { recipe: 'evil' },
      ci: { tests: [{ name: 'evil', command: ['./tell.mjs'], from: 'Recipe' }] },
    });
    await bench.ccctl('run', 'evil', '--name', 'evil-1', '--wait');
  });
  after(() => bench.dispose());

  const served = async (path: string): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}/${path}`);
    return response.ok ? await response.text() : '';
  };

  it('tells of a run that ended, with what it said as text, and goes with it', async () => {
    const page = await bench.waitFor('the page of the run', async () => {
      const text = await served('runs/evil-1.html');
      // It is written while the run goes on, too: the last one has the log.
      return text.includes('>Failed<') && LOG.test(text) ? text : undefined;
    });
    expect(page)
      .to.include('&lt;script&gt;alert(1)&lt;/script&gt;')
      .and.not.match(/<script|\u202e|\u001b/);
    expect(await served(LOG.exec(page)?.[1] ?? ''))
      .to.include('<script>alert(1)</script>')
      .and.include('\\u202e');
    expect(await served('index.html')).to.include('recipes/evil.html');
    expect(await served('badge/evil.svg')).to.include('failed');
    expect(await served('feed.xml')).to.include('https://ci.example.org/s/runs/evil-1.html');
    expect(await bench.ok('open', 'run/evil-1')).to.equal('https://ci.example.org/s/runs/evil-1.html\n');
    await bench.ok('delete', 'run/evil-1', '--wait');
    await bench.waitFor('the page to go', async () => (await served('runs/evil-1.html')) === '');
    expect(await readFile(join(bench.state, 'site/index.html'), 'utf8')).to.include('One run: 1 failed');
  });
});

/** A port that nothing listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function files(): Files {
  return {
    '.env.sample': '',
    'README.md': '# evil\n',
    'server.mjs': `import { createServer } from 'node:http';
createServer((request, response) => response.end('ok')).listen(process.env.PORT, process.env.HOST);
`,
    'tell.mjs': `#!/usr/bin/env node
console.log('${HOSTILE}');
process.exit(3);
`,
    'compose.yml': `version: "3.8"
services:
  app:
    image: example/evil:1.0.0
    x-process: { command: [node, server.mjs], port: 3000 }
    deploy: { labels: ["coop-cloud.\${STACK_NAME}.version=1.0.0+1.0.0", "backupbot.backup=false"] }
`,
  };
}
