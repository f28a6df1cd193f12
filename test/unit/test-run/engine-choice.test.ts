import { expect } from 'chai';
import { engineAvailability, REQUIRED_TOOLS } from '../../../scripts/engine/availability.ts';
import { chooseEngine, leftOutLines, tally } from '../../../scripts/test/engine-choice.ts';
import type { SuiteResult } from '../../../scripts/test/suite.ts';

const here = { available: true } as const;
const absent = { available: false, why: 'no dockerd' } as const;
const suites = ['engine contract'];
const result = (passed: number, failed: number): SuiteResult => ({
  name: 'one',
  passed,
  failed,
  seconds: 1,
  problems: [],
});

describe('engineAvailability', () => {
  it('a root with every tool can start one', () => {
    expect(engineAvailability({ uid: 0, has: () => true })).to.deep.equal({ available: true });
  });

  for (const [tool, from] of Object.entries(REQUIRED_TOOLS)) {
    it(`without ${tool} it names the tool and the package ${from}`, () => {
      const found = engineAvailability({ uid: 0, has: (name) => name !== tool });
      expect(found.available).to.equal(false);
      expect(found)
        .to.have.property('why')
        .that.includes(`: ${tool} (`)
        .and.matches(new RegExp(` ${from}\\)$`));
    });
  }

  it('names root and all tools at once, each package once', () => {
    const found = engineAvailability({ uid: 1000, has: () => false });
    const why = 'why' in found ? found.why : '';
    expect(why).to.include('root');
    for (const tool of Object.keys(REQUIRED_TOOLS)) expect(why).to.include(tool);
    expect(why.match(/docker\.io/g)).to.have.length(1);
  });
});

describe('chooseEngine', () => {
  const rows = [
    { why: 'nothing asked for', facts: { suites: [], socketPath: '/s', availability: here }, use: 'None' },
    { why: 'given', facts: { suites, socketPath: '/s', availability: here }, use: 'Given' },
    { why: 'given, none could be started', facts: { suites, socketPath: '/s', availability: absent }, use: 'Given' },
    { why: 'an empty variable', facts: { suites, socketPath: '', availability: here }, use: 'Own' },
    { why: 'tools are here', facts: { suites, socketPath: undefined, availability: here }, use: 'Own' },
    { why: 'tools are missing', facts: { suites, socketPath: undefined, availability: absent }, use: 'LeftOut' },
  ];
  for (const { why, facts, use } of rows) {
    it(`${why}: ${use}`, () => expect(chooseEngine(facts).use).to.equal(use));
  }
});

describe('tally', () => {
  const leftOut = [{ suites: ['engine contract', 'engine end to end'], why: 'no dockerd' }];

  it('adds up the suites', () => {
    expect(tally({ results: [result(3, 0), result(4, 2)], leftOut: [], ci: 'true' })).to.deep.equal({
      passed: 7,
      failed: 2,
    });
  });

  it('a run of nothing has failed', () => {
    expect(tally({ results: [], leftOut: [], ci: undefined }).failed).to.equal(1);
  });

  it('suites left out are no failure at home', () => {
    expect(tally({ results: [result(3, 0)], leftOut, ci: undefined })).to.deep.equal({ passed: 3, failed: 0 });
    expect(tally({ results: [result(3, 0)], leftOut, ci: '' }).failed).to.equal(0);
  });

  it('each suite left out is a failure with CI=true', () => {
    expect(tally({ results: [result(3, 1)], leftOut, ci: 'true' })).to.deep.equal({ passed: 3, failed: 3 });
    expect(tally({ results: [], leftOut, ci: 'true' }).failed).to.equal(2);
  });

  it('each gets a line with the reason', () => {
    const lines = leftOut.flatMap(leftOutLines);
    expect(lines).to.have.length(2);
    for (const line of lines) expect(line).to.include('no dockerd');
  });
});
