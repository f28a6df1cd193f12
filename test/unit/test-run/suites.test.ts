import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT, type Suite } from '../../../scripts/test/suite.ts';
import {
  ENGINE_LANES,
  LANES,
  LATE_LANES,
  NIGHTLY,
  NIGHTLY_ALONE,
  NIGHTLY_ENGINE,
  NIGHTLY_LATE,
} from '../../../scripts/test/suites.ts';

/** The test files that a suite's command line names; its `--ignore` is honoured. */
function filesOf({ command, kind }: Suite): string[] {
  if (kind !== 'Mocha') return [];
  const words = command.slice(1).filter((word) => word.startsWith('test/'));
  const ignored = command.flatMap((word, index) => (command[index - 1] === '--ignore' ? [word] : []));
  const files = words.filter((word) => !ignored.includes(word)).flatMap((glob) => globSync(glob, { cwd: ROOT }));
  const left = new Set(ignored.flatMap((glob) => globSync(glob, { cwd: ROOT })));
  return files.filter((file) => !left.has(file));
}

type Choice = 'All' | 'Tagged' | 'Untagged';

function choiceOf({ command }: Suite): Choice {
  if (!command.includes('--fgrep')) return 'All';
  return command.includes('--invert') ? 'Untagged' : 'Tagged';
}

describe('suites', () => {
  const ordinary = [...LANES.flat(), ...LATE_LANES.flat(), ...NIGHTLY, ...NIGHTLY_LATE];
  const onEngine = [...ENGINE_LANES.flat(), ...NIGHTLY_ENGINE, ...NIGHTLY_ALONE];
  const named = [...ordinary, ...onEngine];

  it('have different names', () => {
    expect(new Set(named.map(({ name }) => name)).size).to.equal(named.length);
  });

  it('every test file belongs to exactly one that runs all of it, or all but the tagged tests', () => {
    const all = globSync('test/**/*.test.ts', { cwd: ROOT }).sort();
    const others = named.filter((suite) => choiceOf(suite) !== 'Tagged');
    expect(others.flatMap(filesOf).sort()).to.deep.equal(all);
  });

  it('what one leaves out for its tag is what another one runs, and that at night', () => {
    const choosing = (choice: Choice) => (suites: readonly Suite[]) =>
      suites
        .filter((suite) => choiceOf(suite) === choice)
        .flatMap(filesOf)
        .sort();
    const perCommit = [...LANES.flat(), ...LATE_LANES.flat(), ...ENGINE_LANES.flat()];
    const atNight = [...NIGHTLY, ...NIGHTLY_LATE, ...NIGHTLY_ENGINE];
    expect(choosing('Untagged')(perCommit)).to.deep.equal(choosing('Tagged')(atNight));
    expect(choosing('Tagged')(perCommit)).to.deep.equal([]);
    const tagged = globSync('test/{unit,contract,stores,faults,nightly}/**/*.ts', { cwd: ROOT }).filter((file) =>
      readFileSync(join(ROOT, file), 'utf8').includes(' @nightly'),
    );
    expect(tagged.filter((file) => !file.endsWith('test-run/suites.test.ts'))).to.deep.equal([]);
  });

  it('ordinary ones need no engine, engine ones do', () => {
    expect(ordinary.flatMap(filesOf).filter((file) => file.endsWith('.engine.test.ts'))).to.deep.equal([]);
    expect(onEngine.flatMap(filesOf).filter((file) => !file.endsWith('.engine.test.ts'))).to.deep.equal([]);
  });
});
