import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../unit/docs/documents.ts';
import { evaluationOf, libraries, Nix } from './nix.ts';

const PLACE = join(ROOT, 'nix/tests/configurations');
const RECORDED = join(import.meta.dirname, 'recorded');
const NAMES = readdirSync(PLACE)
  .filter((name) => name.endsWith('.nix'))
  .map((name) => name.replace(/\.nix$/, ''));

interface Shown {
  errors?: string[];
  warnings?: string[];
}

/** Where a type of the module system says no: the words are those of the library, the option is ours. */
const REFUSED_BY_TYPE: readonly [option: string, configuration: string][] = [
  ['services.cc-ci.settings.maxRuns', '{ settings.maxRuns = "two"; }'],
  ['services.cc-ci.settings.platform', '{ settings.platform = "Docker"; }'],
  ['services.cc-ci.settings.zone', '{ settings.zone = ./.; }'],
  ['services.cc-ci.canonicals.notes.spec', '{ canonicals.notes.spec = "notes"; }'],
  [
    'services.cc-ci.canonicals.notes.labels.tier',
    '{ canonicals.notes = { spec.app.recipe = "notes"; labels.tier = 1; }; }',
  ],
  ['services.cc-ci.canonicals.notes.specs', '{ canonicals.notes.specs = { }; }'],
  ['services.cc-ci.sweeps.weekly.source', '{ sweeps.weekly.source = "weekly.yaml"; }'],
  ['services.cc-ci.secretsFiles.token', '{ secretsFiles.token = 1; }'],
  ['services.cc-ci.runs', '{ runs.one = { }; }'],
];

for (const { name: libraryName, path: library } of libraries()) {
  describe(`the module, with ${libraryName}`, function () {
    this.timeout(120_000);
    let nix: Nix;
    let shown: Record<string, Shown>;

    before(() => {
      nix = new Nix();
      const all = NAMES.map((name) => `"${name}" = ${evaluationOf(library, `${PLACE}/${name}.nix`)}.shown;`);
      shown = nix.value(`{ ${all.join(' ')} }`);
    });
    after(() => nix.dispose());

    for (const name of NAMES) {
      it(`makes of ${name}.nix what is recorded`, () => {
        const file = join(RECORDED, `${name}.json`);
        const text = `${JSON.stringify(shown[name], undefined, 2).replaceAll(ROOT, '<root>')}\n`;
        if (process.env.CC_CI_RECORD) writeFileSync(file, text);
        const recorded = existsSync(file) ? readFileSync(file, 'utf8') : '';
        expect(JSON.parse(text), 'CC_CI_RECORD=1 records it anew').to.deep.equal(JSON.parse(recorded));
      });
    }

    it('names the option in every message', () => {
      const messages = Object.values(shown).flatMap(({ errors = [], warnings = [] }) => [...errors, ...warnings]);
      expect(messages.length).to.be.greaterThan(40);
      for (const message of messages) expect(message).to.match(/^(services\.cc-ci|virtualisation\.docker)\.\S+ ?/);
      for (const message of messages) expect(message).to.match(/[.?]$/);
    });

    for (const [option, configuration] of REFUSED_BY_TYPE) {
      it(`refuses a value of another type: ${option}`, () => {
        const evaluated = nix.evaluate(
          `${evaluationOf(library, `{ services.cc-ci = { enable = true; } // ${configuration}; }`)}.shown`,
        );
        expect(evaluated).to.have.property('thrown').that.contains(option);
      });
    }

    it('restarts for what a running controller does not take, and reloads for what it takes', () => {
      const triggers = (settings: string): unknown[] => {
        const configuration = `{ services.cc-ci = { enable = true; settings = ${settings}; }; }`;
        const unit = nix.value<Record<string, unknown>>(`${evaluationOf(library, configuration)}.shown.services.cc-ci`);
        const { restartTriggers, reloadTriggers, ...rest } = unit;
        return [restartTriggers, reloadTriggers, rest];
      };
      const [restart, reload, rest] = triggers('{ platform = "Process"; maxRuns = 1; zone = "a.example.org"; }');
      const live = triggers('{ platform = "Process"; maxRuns = 2; disk.floor = "1GiB"; zone = "a.example.org"; }');
      expect([live[0], live[2]]).to.deep.equal([restart, rest]);
      expect(live[1]).not.to.deep.equal(reload);
      const other = triggers('{ platform = "Process"; maxRuns = 1; zone = "b.example.org"; }');
      expect([other[1], other[2]]).to.deep.equal([reload, rest]);
      expect(other[0]).not.to.deep.equal(restart);
    });

    it('restarts nothing but the one that puts them in force where specs change', () => {
      const units = (recipe: string): Record<string, unknown> =>
        nix.value(
          `let c = ${evaluationOf(library, `{ services.cc-ci = { enable = true; canonicals.x.spec.app.recipe = "${recipe}"; }; }`)}; in c.shown.services`,
        );
      expect(units('a')['cc-ci']).to.deep.equal(units('b')['cc-ci']);
    });

    it('leaves what other modules say of the unit to them', () => {
      const configuration =
        '{ lib, ... }: { config = { services.cc-ci.enable = true; systemd.services.cc-ci.serviceConfig.MemoryMax = "2G"; }; }';
      const unit = nix.value<{ serviceConfig: object }>(
        `${evaluationOf(library, `(${configuration})`)}.shown.services.cc-ci`,
      );
      expect(unit.serviceConfig).to.include({ MemoryMax: '2G', Type: 'notify' });
    });
  });
}
