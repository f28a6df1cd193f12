import { expect } from 'chai';
import fc from 'fast-check';
import { parseDocument } from 'yaml';
import { plainPath } from '../../../lib/config/plain-path.ts';

const FIELD = 'stateDirectory';

describe('a path that is plain to see in a configuration', () => {
  for (const [text, path] of [
    ['stateDirectory: /var/lib/cc-ci\n', '/var/lib/cc-ci'],
    ['# of this host\nplatform: Process\nstateDirectory: state # here\n\ndisk:\n  floor: 1GiB\n', 'state'],
    ['stateDirectory: ./a.b/c-d_e\r\nspecDirectory: /specs\r\n', './a.b/c-d_e'],
    ['note: |\n  stateDirectory: /other\nstateDirectory: /own', '/own'],
    ["zone: 'a # b'\nstateDirectory: ../x", '../x'],
  ] as const)
    it(`${JSON.stringify(text)} has ${path}`, () => expect(plainPath(text, FIELD)).to.equal(path));

  for (const text of [
    ...['', '{"stateDirectory": "/x"}', '---\nstateDirectory: /x', '"stateDirectory": /x', '  stateDirectory: /x'],
    ...['stateDirectory: "/x"', 'stateDirectory: &a /x', 'stateDirectory:\n  /x', 'stateDirectory: /x\n  /y'],
    ...['stateDirectory: /x\nstateDirectory: /y', 'stateDirectory: null', 'stateDirectory: 12', 'stateDirectory: /x y'],
    ...[
      'stateDirectory: No',
      'stateDirectory:/x',
      'stateDirectory: /x#y',
      '\uFEFFstateDirectory: /x',
      '\tstateDirectory: /x',
    ],
    ...[
      '<<: *a\nstateDirectory: /x',
      'note: "a\nstateDirectory: /x\n"',
      'a: [\nstateDirectory: /x\n]',
      'stateDirectory: ~/x',
    ],
    ...['disk:\n  stateDirectory: /x', 'stateDirectory: -/x', 'spec: x'],
  ])
    it(`${JSON.stringify(text)} is left to the parser`, () => expect(plainPath(text, FIELD)).to.equal(undefined));

  it('is what the parser reads, whatever stands around it', () => {
    const lines = fc.constantFrom(
      ...[
        'stateDirectory: /x',
        'stateDirectory: state',
        'stateDirectory: x/y # z',
        'stateDirectory: on',
        'stateDirectory:',
      ],
      ...[
        '  /y',
        '  a: b',
        '# c',
        '',
        'zone: a',
        'note: |',
        'note: >-',
        "note: 'a",
        'note: "a"',
        "  b'",
        '}',
        'list: [a,',
        ']',
      ],
      ...[
        '- a',
        '? a',
        '---',
        '...',
        '&a b: c',
        'note: "a',
        'b: c"',
        ' stateDirectory: /z',
        'disk: {',
        'a: b: c',
        '!x',
      ],
    );
    const holds = (all: string[]): void => {
      const text = all.join('\n');
      const path = plainPath(text, FIELD);
      const document = parseDocument(text);
      if (path === undefined || document.errors.length > 0) return;
      expect(document.toJS()[FIELD]).to.equal(path);
    };
    fc.assert(fc.property(fc.array(lines, { maxLength: 7 }), holds), { numRuns: 3_000 });
  });
});
