import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { changelog, control, copyright, DEPENDS, debianVersion } from '../../../scripts/package/debian-texts.ts';
import { readManifest, shippedManifest } from '../../../scripts/package/manifest.ts';
import { projectNode } from '../../../scripts/package/program.ts';
import { sourceDate } from '../../../scripts/package/source-date.ts';
import { ROOT } from '../docs/documents.ts';

const RELEASED = '# Changes\n\n## Unreleased\n\n## 0.2.0 - 2026-12-24\n\n## 0.1.0 - 2026-01-01\n';

describe('the date of a package', () => {
  const facts = { variable: undefined, commit: undefined, changelog: RELEASED };
  for (const [told, wanted, why] of [
    [{ variable: '5', commit: '7' }, 5, 'whoever builds says it'],
    [{ commit: '7' }, 7, 'the last commit'],
    [{}, Date.UTC(2026, 11, 24) / 1000, 'sources without git: the newest release'],
  ] as const)
    it(`is ${wanted}: ${why}`, () => expect(sourceDate({ ...facts, ...told })).to.equal(wanted));

  it('is not made up', () => {
    expect(() => sourceDate({ ...facts, changelog: '## Unreleased\n' })).to.throw('SOURCE_DATE_EPOCH');
    expect(() => sourceDate({ ...facts, variable: 'yesterday' })).to.throw('yesterday');
  });
});

describe('texts of the Debian package', () => {
  const facts = {
    version: '0.1.0-1',
    architecture: 'amd64',
    description: 'Tests recipes',
    installedKib: 7,
    date: 1_790_000_000,
  };

  it('control has a field a line; what follows the synopsis is indented', () => {
    const text = control(facts);
    expect(text)
      .to.include('Version: 0.1.0-1\n')
      .and.include(`Depends: ${DEPENDS.join(', ')}\n`);
    expect(text.split('\n').filter((line) => !/^([A-Z][A-Za-z-]+: \S| \S|$)/.test(line))).to.deep.equal([]);
    expect(text.endsWith('\n') && !text.includes('\n\n')).to.equal(true);
  });

  it('the list of changes has its entry dated as Debian does', () => {
    expect(changelog(facts)).to.match(
      /^cc-ci \(0\.1\.0-1\) unstable;.*\n[\s\S]*\n -- .* {2}Mon, 21 Sep 2026 14:13:20 \+0000\n$/,
    );
  });

  for (const [version, revision, wanted] of [
    ['1.2.3', '1', '1.2.3-1'],
    ['1.2.3-rc.1', '1', '1.2.3~rc.1-1'],
    ['1.2.3', '2~bpo12', '1.2.3-2~bpo12'],
  ] as const)
    it(`${version}, revision ${revision}, is ${wanted}: a candidate sorts before its release`, () =>
      expect(debianVersion(version, revision)).to.equal(wanted));

  it('a revision with a hyphen is refused', () => expect(() => debianVersion('1.0.0', 'a-b')).to.throw('revision'));

  it('the licences are all of them, each under its title', () => {
    const text = copyright('Format: x\n', { one: 'first text', two: 'second text' });
    expect(text).to.match(/^Format: x\n\n=+\none\n=+\n\nfirst text\n\n?=+\ntwo\n=+\n\nsecond text\n$/);
  });

  it('the licence of the Node that is shipped is that of its version', () => {
    expect(projectNode(ROOT).licence).to.include('Node.js is licensed for use as follows');
  });
});

describe('package.json of the tarball', () => {
  const own = readManifest(ROOT);

  it('needs Node and nothing else, and is never published', () => {
    const shipped = shippedManifest(own);
    expect(shipped).to.include({ private: true, version: own.version });
    expect(shipped).not.to.have.any.keys('dependencies', 'devDependencies', 'scripts');
    expect(own.engines.node).to.equal('>=22.13.0');
  });

  it('names files that there are', () => {
    const named = [...Object.values(own.bin), ...own.man];
    expect(named.filter((path) => globSync(path, { cwd: ROOT }).length === 0)).to.deep.equal([]);
    for (const program of Object.values(own.bin))
      expect(readFileSync(join(ROOT, program), 'utf8')).to.include('needs Node 22.13 or newer');
  });
});
