import { expect } from 'chai';
import { plainGet } from '../../../lib/cli/plain-get.ts';

describe('plainGet', () => {
  for (const { line, words, options = {}, flags = {} } of [
    { line: 'get', words: [] },
    { line: 'get all', words: ['all'] },
    { line: 'get runs -o name', words: ['runs'], options: { output: 'name' } },
    { line: 'get -o wide --output name runs', words: ['runs'], options: { output: 'name' } },
    { line: 'get runs a -l x=y --no-headers', words: ['runs', 'a'], options: { selector: 'x=y', headers: false } },
    {
      line: 'get can --state-directory /s --spec-directory d',
      words: ['can'],
      flags: { stateDirectory: '/s', specDirectory: 'd' },
    },
  ])
    it(`reads ${line}`, () => expect(plainGet(line.split(' '))).to.deep.equal({ words, options, flags }));

  for (const { line, because } of [
    { line: 'describe all', because: 'it is another command' },
    { line: '--state-directory /s get all', because: 'the command does not come first' },
    { line: 'get all -w', because: 'it is an option that is given seldom' },
    { line: 'get all -h', because: 'it asks for help' },
    { line: 'get all -o', because: 'a value is missing' },
    { line: 'get all -o -w', because: 'the value may be an option' },
    { line: 'get all -oname', because: 'option and value are one word' },
    { line: 'get all --output=name', because: 'option and value are one word' },
    { line: 'get all --config /c', because: 'it names a configuration' },
    { line: 'get -- all', because: 'options have ended' },
    { line: 'get all --wrong x', because: 'there is no such option' },
  ])
    it(`leaves ${line} to the parser: ${because}`, () => expect(plainGet(line.split(' '))).to.equal(undefined));
});
