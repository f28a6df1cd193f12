import { expect } from 'chai';
import fc from 'fast-check';
import { MAX_SPEC_BYTES } from '../../../lib/store/yaml-bytes.ts';
import { outline, parse, parsed, problemsOf, runFile } from './parse.ts';

const LAUGHS = Array.from({ length: 12 }, (_, row) => {
  const items = Array.from({ length: 9 }, () => (row === 0 ? 'lol' : `*a${row - 1}`));
  return `x${row}: &a${row} [${items.join(', ')}]`;
}).join('\n');

const rows: [reason: string, content: string | Uint8Array, expected: string][] = [
  ['nothing at all', '', 'Empty 1:1'],
  ['comments alone', '# later\n\n', 'Empty 1:1'],
  ['a lone document mark', '---\n', 'Empty 1:1'],
  ['a list', '- a\n', 'WrongType 1:1'],
  ['a word', 'hello\n', 'WrongType 1:1'],
  ['a second document', `${runFile()}\n---\n${runFile()}`, 'SeveralDocuments 6:1'],
  ['a repeated key', runFile('  recipe: other'), 'DuplicateKey 6:3 spec.recipe'],
  ['a repeated key in flow style', runFile('  env: { A: x, A: y }'), 'DuplicateKey 6:16 spec.env.A'],
  ['a tab as indent', runFile('  timeouts:', '\ttotal: 1m'), 'Syntax 7:1'],
  ['an open quote', runFile('  ref: "x'), 'Syntax 6:10'],
  ['an alias without anchor', runFile('  ref: *nowhere'), 'Syntax 6:8 spec.ref'],
  [
    'an alias of itself',
    runFile('  timeouts: &t { total: *t }'),
    'TooComplex 6:25 spec.timeouts.total.total.total.total.total.total',
  ],
  ['a tag', runFile('  ref: !!binary aGk='), 'UnsupportedTag 6:17 spec.ref'],
  ['a tag of somebody', runFile('  ref: !vault x'), 'UnsupportedTag 6:8'],
  ['a mapping as key', '? { a: 1 }\n: 2\n', 'WrongType 1:3'],
  ['Latin-1', Uint8Array.from([...new TextEncoder().encode('a: b\nc: d'), 0xe4, 0x20]), 'NotUtf8 2:5'],
  ['UTF-16', Uint8Array.from([0xff, 0xfe, 0x61, 0x00]), 'NotUtf8 1:1'],
];

describe('bytes of a spec file', () => {
  for (const [reason, content, expected] of rows) {
    it(`refuses ${reason}`, () => {
      expect(outline(problemsOf(content))[0]).to.equal(expected);
    });
  }

  it('T69 refuses 10 MB without reading them', () => {
    const problems = problemsOf(new Uint8Array(10 * 1024 * 1024).fill(0x61));
    expect(outline(problems)).to.deep.equal(['TooLarge 1:1']);
    expect(outline(problemsOf(new Uint8Array(MAX_SPEC_BYTES + 1).fill(0x20)))).to.deep.equal(['TooLarge 1:1']);
  });

  it('refuses aliases that grow, at a bounded cost', () => {
    expect(problemsOf(LAUGHS).map(({ code }) => code)).to.deep.equal(['TooComplex']);
  });

  it('refuses many keys and deep nesting at a bounded cost', () => {
    const wide = Array.from({ length: 21_000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(problemsOf(wide).map(({ code }) => code)).to.include('TooComplex');
    for (const open of ['[', '{a: ', '- ', '? ']) {
      expect(
        problemsOf(open.repeat(5000)).map(({ code }) => code),
        open,
      ).to.include('TooComplex');
    }
  });

  for (const mark of [',', ']', ': ', '\n', '#\n', '- a\n', '&a ', '"']) {
    it(`refuses a megabyte of ${JSON.stringify(mark)} unread`, () => {
      const problems = problemsOf(mark.repeat(Math.floor(MAX_SPEC_BYTES / mark.length)));
      expect(outline(problems)).to.deep.equal(['TooComplex 1:1']);
    });
  }

  it('is not put off by rulers and ends of brackets in comments', () => {
    expect(parsed(runFile(`  # ${'-'.repeat(500)}`, `  # ${']'.repeat(500)}`)).spec).to.deep.equal({ recipe: 'notes' });
  });

  it('reads a large file that is mostly text', () => {
    expect(outline(problemsOf(`a: |\n${'  some text line here\n'.repeat(20_000)}`))).to.include('UnknownField 1:1 a');
  });

  it('gives few problems for a file full of faults', () => {
    const wrong = Array.from({ length: 5000 }, (_, index) => `  wrong${index}: 1`);
    expect(problemsOf(runFile(...wrong)).length).to.be.within(1, 20);
    expect(problemsOf(Array.from({ length: 5000 }, (_, index) => `w${index}: 1`).join('\n')).length).to.be.within(
      1,
      60,
    );
  });

  it('accepts a byte order mark, Windows line ends and harmless aliases', () => {
    expect(parsed(`\uFEFF${runFile()}`).spec).to.deep.equal({ recipe: 'notes' });
    expect(outline(problemsOf(`\uFEFF${runFile('  mode: x').replaceAll('\n', '\r\n')}`))).to.deep.equal([
      'WrongValue 6:9 spec.mode',
    ]);
    expect(parsed(runFile('  holdOnFailure: &h 1h', '  ttlAfterFinished: *h')).spec).to.include({
      ttlAfterFinished: '1h',
    });
  });

  it('names the file in every problem', () => {
    for (const content of ['', 'a: [', '- a', runFile('  x: 1')]) {
      expect(problemsOf(content, 'dir/b.yml').map(({ file }) => file)).to.deep.equal(['dir/b.yml']);
    }
  });

  it('is not fooled by names of object prototypes', () => {
    const codes = problemsOf(runFile('  __proto__: { recipe: x }', '  constructor: 1')).map(
      ({ code, path }) => `${code} ${path}`,
    );
    expect(codes).to.deep.equal(['UnknownField spec.__proto__', 'UnknownField spec.constructor']);
  });
});

describe('JSON spec files', () => {
  const object = { apiVersion: 'cc-ci/v1', kind: 'Run', metadata: { name: 'a' }, spec: { recipe: 'notes' } };

  it('are read, with tabs too', () => {
    expect(parsed(JSON.stringify(object, null, '\t'), 'a.json').spec).to.deep.equal({ recipe: 'notes' });
  });

  it('have places like YAML', () => {
    const text = JSON.stringify({ ...object, spec: { recipe: 'notes', mode: 1 } }, null, 2);
    expect(outline(problemsOf(text, 'a.json'))).to.deep.equal(['WrongType 9:13 spec.mode']);
  });

  it('must be JSON, and not only YAML', () => {
    expect(outline(problemsOf('{"kind": "Run",}', 'a.json'))[0]).to.equal('Syntax 1:16');
    expect(outline(problemsOf(runFile(), 'a.json'))[0]).to.equal('Syntax 1:1');
    expect(outline(problemsOf('{"kind": "Run", "kind": "Run"}', 'a.json'))[0]).to.equal('DuplicateKey 1:17 kind');
  });
});

describe('any bytes', () => {
  it('give an answer with a place', () => {
    const soup = fc.array(
      fc.constantFrom(
        'a',
        ':',
        ' ',
        '\n',
        '- ',
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        '&a ',
        '*a',
        '!',
        '|',
        '>',
        '#',
        '? ',
        '\t',
        ',',
        '\u0000',
        '---\n',
        'kind: Run\n',
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          soup.map((parts) => new TextEncoder().encode(parts.join(''))),
        ),
        (bytes) => {
          const result = parse(bytes);
          expect(result.ok).to.equal(false);
          if (result.ok) return;
          expect(result.problems).not.to.deep.equal([]);
          for (const { line, column, remedy } of result.problems) {
            expect(line).to.be.at.least(1);
            expect(column).to.be.at.least(1);
            expect(remedy).not.to.equal('');
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
