import { expect } from 'chai';
import type { Kind } from '../../../lib/api/kinds.ts';
import { commandPages } from '../../../lib/cli/command-line.ts';
import { complete } from '../../../lib/cli/complete.ts';

describe('completion', () => {
  const asked: Kind[] = [];
  const names = async (kind: Kind) => {
    asked.push(kind);
    return kind === 'Run' ? ['notes-1', 'notes-2', 'other'] : ['notes'];
  };
  const pages = commandPages();
  const at = (...words: string[]) => complete(words, { pages, names });

  for (const [words, found] of [
    [['des'], ['describe']],
    [['help', 'des'], ['describe']],
    [['des', ''], []],
    [['describe', 'r'], ['run/']],
    [
      ['get', 'run'],
      ['run/', 'runs'],
    ],
    [
      ['get', 'run/n'],
      ['run/notes-1', 'run/notes-2'],
    ],
    [['get', 'RUN/o'], ['RUN/other']],
    [
      ['get', 'run', ''],
      ['notes-1', 'notes-2', 'other'],
    ],
    [['get', 'run/notes-1', 'can/'], ['can/notes']],
    [['get', 'pod/'], []],
    [['run', 'n'], ['notes']],
    [['open', 'rec'], ['recipe/']],
    [['open', 'recipe/n'], ['recipe/notes']],
    [['open', 'run/o'], ['run/other']],
    [
      ['run', ''],
      ['notes', 'sweep/'],
    ],
    [['run', 'sweep/n'], ['sweep/notes']],
    [['run', 'notes', ''], []],
    [
      ['run', '--mode', ''],
      ['Cold', 'Quick'],
    ],
    [['run', '--mode', 'Q'], ['Quick']],
    [['run', '--ref', ''], []],
    [
      ['get', '-o', 'j'],
      ['json', 'jsonpath='],
    ],
    [['get', '--sel'], ['--selector']],
    [['get', '-l', 'x', 'run/ot'], ['run/other']],
    [['--state-directory', '/x', 'ex'], ['explain']],
    [['apply', '-f', ''], []],
    [
      ['wait', 'run/other', '--for', 'c'],
      ['condition=', 'create'],
    ],
    [['completion', 'z'], ['zsh']],
    [
      ['explain', 'ru'],
      ['run', 'run.'],
    ],
    [['explain', 'run.spec.mo'], ['run.spec.mode']],
    [
      ['explain', 'canonical.spec.ap'],
      ['canonical.spec.app', 'canonical.spec.app.'],
    ],
    [['explain', 'run.status.stages.na'], ['run.status.stages.name']],
    [['explain', 'run.constructor.'], []],
  ] as const)
    it(words.join(' ') || '(nothing)', async () => {
      expect(await at(...words)).to.deep.equal(found);
    });

  it('offers every command at the start', async () => {
    const all = await at('');
    for (const { name } of pages) expect(all).to.include(name);
    expect(all.filter((name) => name.startsWith('_'))).to.deep.equal([]);
  });

  it('reads no state where no name can stand', async () => {
    asked.length = 0;
    for (const words of [[''], ['get', ''], ['get', '-'], ['explain', ''], ['apply', '-f', '']]) await at(...words);
    expect(asked).to.deep.equal([]);
  });
});
