import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { contentOf } from '../component/materialise/place.ts';
import { ROOT } from '../unit/docs/documents.ts';
import { Builds } from './built-set.ts';
import { libraries, Nix } from './nix.ts';

const FULL = `${ROOT}/nix/tests/configurations/full.nix`;

for (const { name: libraryName, path: library } of libraries()) {
  describe(`what the module builds, with ${libraryName}`, function () {
    this.timeout(120_000);
    let nix: Nix;
    let place: string;
    let builds: Builds;
    before(() => {
      nix = new Nix();
      place = mkdtempSync(join(tmpdir(), 'cc-ci-builds-'));
      builds = new Builds(nix, place);
    });
    after(() => {
      nix.dispose();
      rmSync(place, { recursive: true, force: true });
    });

    const source = (text: string): string => {
      const file = join(mkdtempSync(join(place, 'source-')), 'wiki.yaml');
      writeFileSync(file, text);
      return `{ services.cc-ci = { enable = true; canonicals.wiki.source = ${file}; }; }`;
    };
    const wiki = (name: string, more = ''): string =>
      `apiVersion: cc-ci/v1\nkind: Canonical\nmetadata: { name: ${name} }\nspec: { app: { recipe: wiki }${more} }\n`;

    it('is a directory of spec files and profiles, which ccctl finds valid', () => {
      const { exitCode, out, said } = builds.specs(library, FULL);
      expect(exitCode, said).to.equal(0);
      expect(said).to.contain('4 of 4 files valid');
      const names = ['canonical-notes.ci/bin/login', 'canonical-notes.yaml', 'canonical-wiki.yaml'];
      expect(Object.keys(contentOf(out))).to.deep.equal([...names, 'sweep-weekly.yaml', 'warmservice-keycloak.yaml']);
      expect(contentOf(out)['canonical-wiki.yaml']).to.contain('# Kept as a file');
      expect(statSync(join(out, names[0] ?? '')).mode & 0o111).to.not.equal(0);
    });

    it('is the configuration, as the controller takes it', () => {
      const { exitCode, out, said } = builds.config(library, FULL);
      expect(exitCode, said).to.equal(0);
      expect(JSON.parse(readFileSync(out, 'utf8'))).to.include({ zone: 'ci.example.org', maxRuns: 2 });
    });

    it('is an empty directory where nothing is declared', () => {
      const { exitCode, out, said } = builds.specs(library, '{ services.cc-ci.enable = true; }');
      expect(exitCode, said).to.equal(0);
      expect(contentOf(out)).to.deep.equal({});
    });

    it('fails for a source with a fault, with its place', () => {
      const { exitCode, said } = builds.specs(library, source(wiki('wiki', ', seeed: Auto')));
      expect(exitCode).to.not.equal(0);
      expect(said).to.match(/canonical-wiki\.yaml:4:\d+: spec\.seeed/);
    });

    it('fails for a source that is another object than it is declared as', () => {
      for (const text of [
        wiki('other'),
        wiki('wiki').replace('Canonical', 'Run').replace('app: { recipe: wiki }', 'recipe: wiki'),
      ]) {
        const { exitCode, said } = builds.specs(library, source(text));
        expect(exitCode, text).to.not.equal(0);
        expect(said).to.match(
          /canonical-wiki\.yaml: holds (canonical\/other|run\/wiki), and is declared as canonical\/wiki/,
        );
      }
    });

    it('fails for a rule that no schema can say', () => {
      const zone = '{ services.cc-ci = { enable = true; sweeps.weekly.spec.timeZone = "Mars/Base"; }; }';
      const { exitCode, said } = builds.specs(library, zone);
      expect(exitCode).to.not.equal(0);
      expect(said).to.contain('sweep-weekly.yaml').and.to.contain('spec.timeZone');
    });

    it('fails for a setting that the program of the package does not know', () => {
      const { exitCode, said } = builds.config(
        library,
        '{ services.cc-ci = { enable = true; settings.maxRun = 2; }; }',
      );
      expect(exitCode).to.not.equal(0);
      expect(said).to.contain("there is no field 'maxRun'");
    });
  });
}
