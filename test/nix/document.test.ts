import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fencedBlocks, readDocument } from '../unit/docs/documents.ts';
import { evaluationOf, libraries, Nix } from './nix.ts';

const { text } = readDocument('nix/README.md');
const [flake = '', example = ''] = fencedBlocks(text, 'nix');
const [{ path: library } = { path: '' }] = libraries();

describe('the document of the module', function () {
  this.timeout(60_000);
  let nix: Nix;
  let place: string;
  before(() => {
    nix = new Nix();
    place = mkdtempSync(join(tmpdir(), 'cc-ci-document-'));
  });
  after(() => {
    nix.dispose();
    rmSync(place, { recursive: true });
  });

  const written = (name: string, block: string): string => {
    const file = join(place, name);
    writeFileSync(file, block);
    return file;
  };

  it('has a configuration without a fault or a warning', () => {
    const shown = nix.value<Record<string, unknown>>(
      `${evaluationOf(library, written('configuration.nix', example))}.shown`,
    );
    expect(shown).to.deep.include({ warnings: [], ports: [] });
    expect(shown.files).to.have.length(4);
  });

  it('has a flake that gives the module to a system', () => {
    const file = written('flake.nix', flake);
    const inputs = '{ nixpkgs.lib.nixosSystem = system: system.modules; cc-ci.nixosModules.default = "module"; }';
    const modules = nix.value<string[]>(`map toString ((import ${file}).outputs ${inputs}).nixosConfigurations.ci`);
    expect(modules).to.deep.equal(['module', join(place, 'configuration.nix')]);
  });

  it('names every option that there is for people', () => {
    const stub = './nix/tests/pkgs-stub.nix';
    const options = `(import ./nix/options.nix { lib = import ${library}; pkgs = import ${stub} { lib = import ${library}; }; }).options.services.cc-ci`;
    const names = nix.value<string[]>(
      `builtins.filter (name: !(${options}.\${name}.internal or false)) (builtins.attrNames ${options})`,
    );
    expect(names).to.include('openFirewall');
    for (const name of names.filter((one) => one !== 'specs')) expect(text, name).to.contain(name);
  });
});
