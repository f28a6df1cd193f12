import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { documents, ROOT } from './documents.ts';

/** Directories that a reader's host has; `/api` is of URLs. An absolute path elsewhere is of one machine only. */
const ROOMS = ['api', 'bin', 'dev', 'etc', 'home', 'opt', 'path', 'proc', 'run', 'srv', 'usr', 'var'];

/** Sites that readers are led to, names that stand for theirs, and their own machine. */
const SITES = ['127.0.0.1', 'coopcloud.tech', 'example.org', 'keepachangelog.com', 'semver.org'];

function foreignPaths(text: string): string[] {
  const paths = [...text.matchAll(/(?<![\w.:/~<>)}*\]-])\/([a-z]+)\/[\w.]/g)];
  return paths.filter(([, room = '']) => !ROOMS.includes(room)).map(([path]) => path);
}

function foreignSites(text: string): string[] {
  const hosts = [...text.matchAll(/(?:https?|ssh|git):\/\/([a-z0-9.-]*[a-z0-9])/gi)].map(([, host = '']) => host);
  return hosts.filter((host) => !SITES.some((site) => host === site || host.endsWith(`.${site}`)));
}

/** Promises and praise that a plain document does without. */
const HYPE = /\b(?:blazing|seamless|effortless|powerful|cutting-edge|world-class|simply|robust)\b/i;

describe('words of the documents', () => {
  for (const { path, text } of documents()) {
    it(`${path} names no single machine, no foreign site, and praises nothing`, () => {
      expect(foreignPaths(text)).to.deep.equal([]);
      expect(foreignSites(text)).to.deep.equal([]);
      expect(text).not.to.match(HYPE);
    });
  }

  it('notices each of them', () => {
    expect(foreignPaths('see /elsewhere/x and /etc/cc-ci')).to.have.length(1);
    expect(foreignSites('https://a.example.com, https://git.example.org')).to.deep.equal(['a.example.com']);
    expect('a powerful tool').to.match(HYPE);
  });
});

describe('decision records', () => {
  const records = documents().filter(({ path }) => /^docs\/adr\/\d/.test(path));
  const texts = records.map(({ text }) => text).join('\n');

  it('have a number each, in order', () => {
    const numbers = records.map(({ path }) => Number(path.slice('docs/adr/'.length, 'docs/adr/'.length + 4)));
    expect(numbers).to.deep.equal([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(numbers[0]).to.equal(1);
  });

  it('are all listed', () => {
    const list = readFileSync(join(ROOT, 'docs', 'adr', 'README.md'), 'utf8');
    for (const { path } of records) expect(list).to.contain(`](${path.replace('docs/adr/', '')})`);
  });

  it('speak of every dependency', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(dependencies).filter((name) => !texts.includes(name))).to.deep.equal([]);
  });
});

describe('the licence', () => {
  it('is the one that package.json names, in full', () => {
    const text = readFileSync(join(ROOT, 'LICENSE'), 'utf8');
    expect(text).to.match(/^\s*GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3, 19 November 2007/);
    expect(text).to.contain('13. Remote Network Interaction').and.to.contain('END OF TERMS AND CONDITIONS');
  });
});
