import { readFileSync } from 'node:fs';
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
    for (const path of [
      'docs/architecture.md',
      'docs/operations.md',
      'docs/recipe-profile.md',
      'CHANGELOG.md',
      'LICENSE',
    ])
      expect(readme).to.contain(`](${path})`);
  });
});

describe('ccctl commands in the documents', () => {
  it('exist', async () => {
    const { runProgram } = await import('../../../lib/cli/program.ts');
    const documents = ['README.md', 'docs/operations.md', 'docs/recipe-profile.md'].map(
      (path) => readDocument(path).text,
    );
    const verbs = documents.flatMap((text) => [...text.matchAll(/ccctl ([a-z]+)/g)].map(([, verb = '']) => verb));
    const out: string[] = [];
    const write = (text: string): void => {
      out.push(text);
    };
    const stream = { write };
    await runProgram({ stdout: stream, stderr: stream, signal: new AbortController().signal, version: '0' } as never, [
      'help',
    ]);
    const known = [...out.join('').matchAll(/^ {2}([a-z]+) /gm)].map(([, verb]) => verb);
    expect(verbs.length).to.be.greaterThan(10);
    expect(known).to.include.members(verbs);
  });
});
