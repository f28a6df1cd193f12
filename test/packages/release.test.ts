import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildTwice } from '../../scripts/release/built-twice.ts';
import { ROOT } from '../unit/docs/documents.ts';

describe('a release', function () {
  this.timeout(240_000);
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cc-ci-release-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is the same bytes, built from its sources in two places, and leaves neither', () => {
    const { outcome, made } = buildTwice(ROOT, 1_790_000_000, directory);
    expect(outcome).to.deep.equal({ state: 'Passed', details: [] });
    expect(existsSync(made.file)).to.equal(true);
    expect(globSync('.release-*', { cwd: ROOT })).to.deep.equal([]);
  });

  it('is made of packages whose terms it carries', () => {
    const shipped = JSON.parse(readFileSync(join(ROOT, 'dist/packages.json'), 'utf8')) as {
      name: string;
      version: string;
    }[];
    const notices = readFileSync(join(ROOT, 'dist/NOTICES'), 'utf8');
    expect(shipped.map(({ name }) => name))
      .to.include.members(['ajv', 'dockerode', 'yaml'])
      .and.not.include('ssh2');
    const untold = shipped.filter(({ name, version }) => !notices.includes(`\n${name} ${version}\n`));
    expect(untold).to.deep.equal([]);
  });
});
