import { expect } from 'chai';
import { unknownCommand } from '../../../lib/cli/other-words.ts';

describe('a word that is no command', () => {
  const commands = ['apply', 'cancel', 'delete', 'describe', 'get', 'logs', 'run', 'help'];
  for (const [word, meant] of [
    ['create', "Did you mean 'ccctl apply'?"],
    ['list', "Did you mean 'ccctl get'?"],
    ['LS', "Did you mean 'ccctl get'?"],
    ['rm', "Did you mean 'ccctl delete'?"],
    ['log', "Did you mean 'ccctl logs'?"],
    ['gte', "Did you mean 'ccctl get'?"],
    ['decsribe', "Did you mean 'ccctl describe'?"],
    ['halp', "Did you mean 'ccctl help'?"],
    ['undo', "See 'ccctl help'."],
    ['constructor', "See 'ccctl help'."],
    ['', "See 'ccctl help'."],
  ])
    it(`${JSON.stringify(word)}: ${meant}`, () => {
      expect(unknownCommand(word ?? '', commands).remedy).to.equal(meant);
    });
});
