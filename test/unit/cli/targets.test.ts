import { expect } from 'chai';
import { KINDS } from '../../../lib/api/kinds.ts';
import { CommandError, EXIT } from '../../../lib/cli/environment.ts';
import { labelSelector } from '../../../lib/cli/label-selector.ts';
import { parseTarget, parseTargets } from '../../../lib/cli/objects.ts';
import { keyValues, timeoutMs } from '../../../lib/cli/options.ts';

describe('parseTargets', () => {
  const run = (name: string) => ({ kind: 'Run' as const, name });
  for (const [words, kinds, keys] of [
    [['runs'], ['Run'], []],
    [['run'], ['Run'], []],
    [['RUN'], ['Run'], []],
    [['ws'], ['WarmService'], []],
    [['can'], ['Canonical'], []],
    [['WarmServices'], ['WarmService'], []],
    [['sweeps,runs'], ['Sweep', 'Run'], []],
    [['all'], [...KINDS], []],
    [['run', 'a'], ['Run'], [run('a')]],
    [['run', 'a', 'b'], ['Run'], [run('a'), run('b')]],
    [['run/a'], ['Run'], [run('a')]],
    [
      ['run/a', 'can/n'],
      ['Run', 'Canonical'],
      [run('a'), { kind: 'Canonical', name: 'n' }],
    ],
  ] as const) {
    it(words.join(' '), () => {
      expect(parseTargets(words)).to.deep.equal({ kinds, keys });
    });
  }

  for (const words of [
    [],
    ['rnu'],
    ['pods'],
    ['run/'],
    ['/a'],
    ['run/a/b'],
    ['run/a', 'b'],
    ['runs,can', 'x'],
    [''],
    ['constructor'],
  ]) {
    it(`refuses ${JSON.stringify(words)}`, () => {
      expect(() => parseTargets(words))
        .to.throw(CommandError)
        .with.property('exitCode', EXIT.Usage);
    });
  }

  it('names the kind that was probably meant', () => {
    expect(() => parseTargets(['canonicla']))
      .to.throw(CommandError)
      .with.property('remedy')
      .that.includes('canonical');
  });

  it('one target is exactly one', () => {
    expect(parseTarget(['run', 'a'])).to.deep.equal(run('a'));
    for (const words of [['run'], ['run/a', 'run/b']]) {
      expect(() => parseTarget(words))
        .to.throw(CommandError)
        .with.property('exitCode', EXIT.Usage);
    }
  });
});

describe('labelSelector', () => {
  for (const [selector, labels, matches] of [
    ['', {}, true],
    ['a=1', { a: '1' }, true],
    ['a==1', { a: '1' }, true],
    ['a=1', { a: '2' }, false],
    ['a=1', {}, false],
    ['a!=1', { a: '2' }, true],
    ['a!=1', {}, true],
    ['a!=1', { a: '1' }, false],
    ['a', { a: '' }, true],
    ['a', { b: '1' }, false],
    ['!a', { b: '1' }, true],
    ['!a', { a: '1' }, false],
    ['a=1, b!=2 ,c', { a: '1', b: '3', c: 'x' }, true],
    ['a=1,b!=2,c', { a: '1', b: '2', c: 'x' }, false],
    ['cc-ci/trigger=seed', { 'cc-ci/trigger': 'seed' }, true],
    ['toString', {}, false],
  ] as const) {
    it(`${selector || '(empty)'} on ${JSON.stringify(labels)} is ${matches}`, () => {
      expect(labelSelector(selector)(labels)).to.equal(matches);
    });
  }

  for (const selector of ['=1', 'a b', '!a=1', 'a>1']) {
    it(`refuses ${selector}`, () => {
      expect(() => labelSelector(selector))
        .to.throw(CommandError)
        .with.property('exitCode', EXIT.Usage);
    });
  }
});

describe('option values', () => {
  it('durations and key=value pairs', () => {
    expect(timeoutMs('1h30m')).to.equal(5_400_000);
    expect(keyValues('--env', ['A=1', 'B=x=y', 'A=2', 'C='])).to.deep.equal({ A: '2', B: 'x=y', C: '' });
  });

  it('refuses what is neither', () => {
    for (const bad of [() => timeoutMs('soon'), () => keyValues('--env', ['A']), () => keyValues('--env', ['=1'])]) {
      expect(bad).to.throw(CommandError).with.property('exitCode', EXIT.Usage);
    }
  });
});
