import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect } from 'chai';
import { anchors, type Document, documents, prose, ROOT, readDocument } from './documents.ts';

interface Link {
  from: string;
  target: string;
  directory: string;
}

function targetsOf(text: string): string[] {
  return [...prose(text).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

function linksOf({ path, directory, text }: Document): Link[] {
  const targets = targetsOf(text).filter((target) => !/^https?:/.test(target));
  return targets.map((target) => ({ from: path, target, directory }));
}

/** Every Markdown file that is ours, those of no recipe. */
function allDocuments(): Document[] {
  const beside = globSync('{benchmark,schemas,test,nix,packaging,specs}/**/*.md', {
    cwd: ROOT,
    exclude: ['specs/*/**/*.md', 'test/**/*-recipe/**'],
  });
  return [...documents(), ...beside.filter((path) => path !== 'nix/README.md').map((path) => readDocument(path))];
}

/** Pages of others that documents link to. They are not asked for in a test: who adds one has looked at it. */
const ELSEWHERE = [
  'https://coopcloud.tech',
  'https://keepachangelog.com/en/1.1.0/',
  'https://semver.org/spec/v2.0.0.html',
];

/** What is wrong with a link, or undefined. */
function fault({ from, target, directory }: Link): string | undefined {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? join(ROOT, from) : resolve(directory, path);
  if (!existsSync(file)) return `${from}: ${target} does not exist`;
  if (anchor !== undefined && !anchors(readFileSync(file, 'utf8')).includes(anchor))
    return `${from}: no heading for ${target}`;
  return relative(ROOT, file).startsWith('..') ? `${from}: ${target} leads out of the project` : undefined;
}

describe('links of the documents', () => {
  it('are there at all', () => {
    expect(allDocuments().flatMap(linksOf).length).to.be.greaterThan(40);
  });

  it('lead to files and headings that exist', () => {
    const faults = allDocuments().flatMap(linksOf).map(fault).filter(Boolean);
    expect(faults).to.deep.equal([]);
  });

  it('to pages of others are those that are known', () => {
    const targets = documents().flatMap(({ text }) => targetsOf(text).filter((target) => /^https?:/.test(target)));
    expect([...new Set(targets)].toSorted()).to.deep.equal(ELSEWHERE);
  });

  it('notices a missing file and a missing heading', () => {
    const link = { from: 'README.md', directory: ROOT };
    expect(fault({ ...link, target: 'docs/nothing.md' })).to.be.a('string');
    expect(fault({ ...link, target: 'docs/operations.md#nothing' })).to.be.a('string');
    expect(fault({ ...link, target: 'docs/operations.md#reasons' })).to.equal(undefined);
  });
});

describe('paths in the documents', () => {
  const ROOMS = /`((?:bin|controllers|docs|lib|nix|schemas|scripts|specs|test)\/[\w./-]*)`/g;
  /** What a document tells its reader to make, or that does not exist yet. */
  const TO_BE_MADE = ['specs/notes.yaml', 'specs/notes.ci/'];

  it('exist', () => {
    const paths = documents()
      .filter(({ path }) => path.startsWith('docs/') || path === 'README.md')
      .flatMap(({ text }) => [...text.matchAll(ROOMS)].map(([, path = '']) => path));
    expect(paths.length).to.be.greaterThan(30);
    expect(paths.filter((path) => !TO_BE_MADE.includes(path) && !existsSync(join(ROOT, path)))).to.deep.equal([]);
  });
});
