import { globSync } from 'node:fs';
import { expect } from 'chai';
import { ROOT, type Suite } from '../../../scripts/test/suite.ts';
import { ENGINE_LANES, LANES, LATE_LANES, NIGHTLY, NIGHTLY_ENGINE } from '../../../scripts/test/suites.ts';

/** The test files that a suite's command line names; its `--ignore` is honoured. */
function filesOf({ command, kind }: Suite): string[] {
  if (kind !== 'Mocha') return [];
  const words = command.slice(1).filter((word) => word.startsWith('test/'));
  const ignored = command.flatMap((word, index) => (command[index - 1] === '--ignore' ? [word] : []));
  const files = words.filter((word) => !ignored.includes(word)).flatMap((glob) => globSync(glob, { cwd: ROOT }));
  const left = new Set(ignored.flatMap((glob) => globSync(glob, { cwd: ROOT })));
  return files.filter((file) => !left.has(file));
}

describe('suites', () => {
  const ordinary = [...LANES.flat(), ...LATE_LANES.flat(), ...NIGHTLY];
  const onEngine = [...ENGINE_LANES.flat(), ...NIGHTLY_ENGINE];
  const named = [...ordinary, ...onEngine];

  it('have different names', () => {
    expect(new Set(named.map(({ name }) => name)).size).to.equal(named.length);
  });

  it('every test file belongs to exactly one', () => {
    const all = globSync('test/**/*.test.ts', { cwd: ROOT }).sort();
    expect(named.flatMap(filesOf).sort()).to.deep.equal(all);
  });

  it('ordinary ones need no engine, engine ones do', () => {
    expect(ordinary.flatMap(filesOf).filter((file) => file.endsWith('.engine.test.ts'))).to.deep.equal([]);
    expect(onEngine.flatMap(filesOf).filter((file) => !file.endsWith('.engine.test.ts'))).to.deep.equal([]);
  });
});
