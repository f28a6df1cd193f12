import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { browserOnPath } from '../browser/chromium.ts';
import { SHOWCASE_ALERTS, showcase } from '../builders/site-showcase.ts';
import { SiteBench } from '../component/site/site-bench.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [360, 800, 1280] as const;
const SCHEMES = ['light', 'dark'] as const;
const PAGES = [
  'index.html',
  'recipes/notes.html',
  'recipes/nextcloud.html',
  'runs/notes-pr12.html',
  'runs/wordpress-now.html',
];
/** One pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

interface Finding {
  id: string;
  nodes: { html: string }[];
}

describe('pages of the site in a browser', function () {
  this.timeout(120_000);
  let bench: SiteBench;
  let browser: Browser;

  before(async () => {
    bench = await SiteBench.open();
    showcase(bench.objects);
    bench.alerts = SHOWCASE_ALERTS;
    const run = 'state/runs/notes-pr12-uidnotes';
    await bench.write(`${run}/screenshots/after-upgrade.png`, PNG);
    await bench.write(`${run}/logs/custom-service-app.log`, 'started\n');
    await bench.write(`${run}/artifacts/login/page.html`, '<script>alert(1)</script>');
    await bench.start();
    browser = await puppeteer.launch({
      executablePath: browserOnPath() ?? '',
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--disable-dev-shm-usage'],
    });
  });
  after(async () => {
    await browser?.close();
    await bench?.close();
  });

  /** A page, opened from the disk, with what it complained of and asked for. */
  async function opened(
    path: string,
    width: number,
    scheme: string,
  ): Promise<{ page: Page; said: string[]; asked: string[] }> {
    const page = await browser.newPage();
    const [said, asked]: [string[], string[]] = [[], []];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    page.on('request', (request) => asked.push(request.url()));
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.goto(pathToFileURL(join(bench.site, path)).href);
    return { page, said, asked };
  }

  for (const path of PAGES) {
    for (const width of WIDTHS)
      for (const scheme of SCHEMES)
        it(`${path} at ${width}, ${scheme}: no findings, nothing cut off, no complaint, nothing from elsewhere`, async () => {
          const { page, said, asked } = await opened(path, width, scheme);
          const root = `${pathToFileURL(bench.site).href}/`;
          expect(said).to.deep.equal([]);
          expect(asked.filter((url) => !url.startsWith(root))).to.deep.equal([]);
          const [inner, outer] = (await page.evaluate(
            'const { scrollWidth, clientWidth } = document.documentElement; [scrollWidth, clientWidth]',
          )) as [number, number];
          expect(inner).to.be.at.most(outer);
          const missing = await page.evaluate('[...document.images].filter((one) => one.naturalWidth === 0).length');
          expect(missing, 'pictures that are not shown').to.equal(0);
          // The policy forbids scripts in pages, and holds for what the debugger adds as elements, not for what it evaluates.
          await page.evaluate(AXE);
          const { violations } = (await page.evaluate('axe.run()')) as { violations: Finding[] };
          expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).to.deep.equal([]);
          await page.close();
        });
  }

  it('the first key leads past the navigation', async () => {
    const { page } = await opened('index.html', 1280, 'light');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).to.equal('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).to.equal('main');
    await page.close();
  });

  it('a script that gets into a page does not run', async () => {
    const page = await browser.newPage();
    const hurt = (await bench.read('index.html')).replace(
      '</main>',
      '<script>document.title = "hurt"</script><img src=x onerror="document.title=\'hurt\'"></main>',
    );
    await bench.write('site/hurt.html', hurt);
    await page.goto(pathToFileURL(join(bench.site, 'hurt.html')).href);
    expect(await page.title()).to.equal('Status – cc-ci');
    await page.close();
  });
});
