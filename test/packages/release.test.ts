import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildTwice } from '../../scripts/release/built-twice.ts';
import { buildOnce } from '../e2e/harness.ts';
import { ROOT } from '../unit/docs/documents.ts';

describe('a release', function () {
  this.timeout(240_000);
  let directory: string;
  before(buildOnce);
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

  it('brings what V8 made of ccctl, and V8 takes it', () => {
    const script = `
      const { globSync, readFileSync } = require('node:fs');
      const { Script } = require('node:vm');
      for (const kept of globSync('dist/ccctl/*.v8')) {
        const source = '(function (exports, require, module, __filename, __dirname) {' +
          readFileSync(kept.replace(/v8$/, 'cjs'), 'latin1') + '\\n})';
        console.log(new Script(source, { filename: 'x', cachedData: readFileSync(kept) }).cachedDataRejected);
      }`;
    const said = execFileSync(process.execPath, ['--eval', script], { cwd: ROOT, encoding: 'utf8' });
    expect(said).to.equal('false\nfalse\n');
  });
});
