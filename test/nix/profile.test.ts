import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { demoSpec } from '../../scripts/build-demo-recipes.ts';
import { Bench, conditionOf } from '../e2e/harness.ts';
import { demoRecipes } from '../e2e/recipes.ts';
import { Builds } from './built-set.ts';
import { libraries, Nix } from './nix.ts';

const [{ path: library } = { path: '' }] = libraries();
const notes = { kind: 'Canonical', name: 'notes' } as const;

describe('a recipe that the configuration enrols', function () {
  this.timeout(240_000);
  let nix: Nix;
  let place: string;
  let bench: Bench;

  before(() => {
    nix = new Nix();
    place = mkdtempSync(join(tmpdir(), 'cc-ci-profile-'));
    bench = new Bench();
    mkdirSync(bench.state);
  });
  after(async () => {
    await bench.dispose();
    nix.dispose();
    rmSync(place, { recursive: true, force: true });
  });

  it('is tested by the programs of its profile, and goes on while another set comes into force', async () => {
    const recipes = join(bench.root, 'recipes');
    await demoRecipes(recipes);
    const { spec } = parse(await demoSpec('notes', recipes));
    const tests = [...(spec.ci?.tests ?? []), { name: 'own', command: ['./bin/check'], from: 'Profile' }];
    const profile = join(place, 'notes-profile');
    mkdirSync(join(profile, 'bin'), { recursive: true });
    writeFileSync(join(profile, 'bin/check'), '#!/bin/sh\necho "checked $CCCI_RECIPE" > "$CCCI_ARTIFACTS/own.txt"\n');
    chmodSync(join(profile, 'bin/check'), 0o755);
    const builds = new Builds(nix, place);
    const set = (more: string): string => {
      const wanted = nix.given({ ...spec, ci: { ...spec.ci, tests } });
      const declared = `canonicals.notes.spec = ${wanted}; profiles.notes = ${profile}; ${more}`;
      const { exitCode, out, said } = builds.specs(library, `{ services.cc-ci = { enable = true; ${declared} }; }`);
      if (exitCode !== 0) throw new Error(said);
      return out;
    };
    const [first, second] = [set(''), set('sweeps.weekly.spec = { };')];

    await bench.ok('materialise', first);
    await bench.start();
    const run = await bench.waitFor('the seed to begin', async () => {
      const names = (await bench.ok('get', 'runs', '-o', 'name')).split('\n');
      return names.find((name) => name.startsWith('run/notes-seed-'))?.slice('run/'.length);
    });
    await bench.ok('materialise', second);
    await bench.waitCondition({ kind: 'Sweep', name: 'weekly' }, 'Ready', 'True');

    const status = await bench.waitOver(run);
    expect(conditionOf(status, 'Succeeded')).to.include({ status: 'True' });
    expect(status.attempts).to.have.length(1);
    const custom = status.stages?.find(({ name }) => name === 'Custom');
    expect(custom?.tests?.find(({ name }) => name === 'own')).to.include({ result: 'Passed' });
    await bench.waitCondition(notes, 'Ready', 'True');
  });
});
