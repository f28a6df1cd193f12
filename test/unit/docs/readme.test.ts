import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { documents, fencedBlocks, ROOT, readDocument } from './documents.ts';

const readme = readDocument('README.md').text;
const scripts = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts;

/** Commands in the shell blocks, without comments. */
function commands(text: string): string[] {
  return fencedBlocks(text, 'sh')
    .flatMap((block) => block.split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '');
}

describe('the readme', () => {
  it('has at most 120 lines', () => {
    expect(readme.trimEnd().split('\n').length).to.be.at.most(120);
  });

  it('names the command of the tests and that of the demo', () => {
    expect(commands(readme)).to.include.members(['npm ci && npm test', 'npm ci && npm run demo']);
    expect(scripts).to.include.keys('test', 'demo');
  });

  it('and all documents name only scripts that there are', () => {
    const texts = [...documents().map(({ text }) => text), readme];
    const named = texts.flatMap((text) => [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name));
    expect(named).to.include.members(['demo', 'demo:sso']);
    expect(Object.keys(scripts)).to.include.members(named);
  });

  it('links every document', () => {
    const documents = globSync('docs/*.md', { cwd: ROOT }).toSorted();
    const reached = [readme, readDocument('docs/operations.md').text.replaceAll('](', '](docs/')].join('\n');
    for (const path of [...documents, 'CHANGELOG.md', 'LICENSE'])
      expect(reached).to.match(new RegExp(`\\]\\(${path}[)#]`));
  });
});
