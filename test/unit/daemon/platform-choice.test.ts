import { expect } from 'chai';
import { type ChoiceFacts, choosePlatform, neededProbes, type Probe } from '../../../controllers/platform-choice.ts';
import { CcError, type ErrorCode, hasCode } from '../../../lib/errors.ts';

const yes = (value: string): Probe<string> => ({ found: true, value });
const no = (code: ErrorCode = 'Unreachable'): Probe<string> => ({ found: false, error: new CcError(code, 'silent') });
const choose = (facts: ChoiceFacts, swarm?: Probe<string>, abra?: Probe<string>) =>
  choosePlatform({ ...facts, socket: '/run/x.sock', ...(swarm ? { swarm } : {}), ...(abra ? { abra } : {}) });

describe('choosePlatform', () => {
  const chosen: [string, ChoiceFacts, Probe<string> | undefined, Probe<string> | undefined, object][] = [
    ['Auto, abra and a manager', { configured: 'Auto' }, yes('c1'), yes('0.13.0'), { kind: 'Abra', engineId: 'c1' }],
    ['Auto, a manager', { configured: 'Auto' }, yes('c1'), no('NotFound'), { kind: 'Swarm', engineId: 'c1' }],
    ['Auto, neither', { configured: 'Auto' }, no(), undefined, { kind: 'Process' }],
    ['Auto, abra alone', { configured: 'Auto' }, no(), yes('0.13.0'), { kind: 'Process' }],
    ['Swarm although abra is there', { configured: 'Swarm' }, yes('c1'), undefined, { kind: 'Swarm', engineId: 'c1' }],
    ['Abra', { configured: 'Abra' }, yes('c1'), yes('0.13.0'), { kind: 'Abra', engineId: 'c1' }],
    ['Process although all is there', { configured: 'Process' }, undefined, undefined, { kind: 'Process' }],
    [
      'Auto, bound to Swarm, abra came later',
      { configured: 'Auto', bound: 'Swarm' },
      yes('c1'),
      undefined,
      { kind: 'Swarm', engineId: 'c1' },
    ],
    [
      'Auto, bound to Process, an engine came later',
      { configured: 'Auto', bound: 'Process' },
      undefined,
      undefined,
      { kind: 'Process' },
    ],
  ];
  for (const [why, facts, swarm, abra, is] of chosen) {
    it(why, () => expect(choose(facts, swarm, abra)).to.include(is));
  }

  const refused: [string, ChoiceFacts, Probe<string> | undefined, Probe<string> | undefined, ErrorCode][] = [
    ['Swarm on a machine without engine', { configured: 'Swarm' }, no(), undefined, 'Unreachable'],
    ['Abra without abra', { configured: 'Abra' }, yes('c1'), no('NotFound'), 'NotFound'],
    ['Abra with an abra too old', { configured: 'Abra' }, yes('c1'), no('Unsupported'), 'Unsupported'],
    [
      'I17 bound to Swarm, which does not answer: never another one',
      { configured: 'Auto', bound: 'Swarm' },
      no(),
      undefined,
      'Unreachable',
    ],
    [
      'I17 bound to Abra, whose abra is gone',
      { configured: 'Auto', bound: 'Abra' },
      yes('c1'),
      no('NotFound'),
      'NotFound',
    ],
  ];
  for (const [why, facts, swarm, abra, code] of refused) {
    it(`${why} → ${code}, with a remedy`, () => {
      expect(() => choose(facts, swarm, abra))
        .to.throw()
        .that.satisfies((error: unknown) => hasCode(error, code) && error.remedy !== undefined);
    });
  }
});

describe('neededProbes', () => {
  it('asks nobody for processes', () => {
    expect(neededProbes({ configured: 'Process' })).to.deep.equal({ swarm: false, abra: false });
    expect(neededProbes({ configured: 'Auto', bound: 'Process' })).to.deep.equal({ swarm: false, abra: false });
  });

  it('asks for abra only where it may be taken', () => {
    expect(neededProbes({ configured: 'Auto' })).to.deep.equal({ swarm: true, abra: true });
    expect(neededProbes({ configured: 'Swarm' })).to.deep.equal({ swarm: true, abra: false });
    expect(neededProbes({ configured: 'Auto', bound: 'Abra' })).to.deep.equal({ swarm: true, abra: true });
  });
});
