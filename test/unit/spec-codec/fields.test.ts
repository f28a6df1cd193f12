import { expect } from 'chai';
import { canonicalFile, outline, parse, parsed, problemsOf, runFile } from './parse.ts';

const rows: [reason: string, content: string, expected: string[]][] = [
  ['a misspelt field, at its key', runFile('  mdoe: Cold'), ['UnknownField 6:3 spec.mdoe']],
  ['a wrong enum, at its value', runFile('  mode: cold'), ['WrongValue 6:9 spec.mode']],
  ['a number for text', runFile('  ref: 12'), ['WrongType 6:8 spec.ref']],
  ['an env number', runFile('  env: { PORT: 8080 }'), ['WrongType 6:16 spec.env.PORT']],
  ['an env name with a blank', runFile('  env: { "A B": x }'), ['WrongValue 6:10 spec.env["A B"]']],
  ['a bad duration', runFile('  holdOnFailure: 1 hour'), ['WrongValue 6:18 spec.holdOnFailure']],
  ['an option in place of a ref', runFile('  ref: --upload-pack=x'), ['WrongValue 6:8 spec.ref']],
  ['a short commit', runFile('  commit: 7ae7b0f'), ['WrongValue 6:11 spec.commit']],
  ['a list for a mapping', runFile('  timeouts: [60m]'), ['WrongType 6:13 spec.timeouts']],
  ['a missing inner field, at its parent', runFile('  pullRequest: { url: x }'), ['MissingField 6:3 spec.pullRequest']],
  ['null for a required field', runFile('  pullRequest: { number: ~ }'), ['MissingField 6:3 spec.pullRequest']],
  ['null in a list', canonicalFile('    tests: [~]'), ['WrongType 7:13 spec.ci.tests[0]']],
  ['neither command nor http', canonicalFile('    tests:', '      - { name: a }'), ['WrongValue 8:9 spec.ci.tests[0]']],
  [
    'command and http',
    canonicalFile('    data:', '      seed: { command: [x], from: Recipe, http: {} }'),
    ['WrongValue 8:7 spec.ci.data.seed'],
  ],
  [
    'a command without its root',
    canonicalFile('    data:', '      seed: { command: [x] }'),
    ['MissingField 8:7 spec.ci.data.seed'],
  ],
  [
    'a hook without a name',
    canonicalFile('    install: { hooks: [{ command: [x], from: Recipe }] }'),
    ['MissingField 7:24 spec.ci.install.hooks[0]'],
  ],
  [
    'policy Version without version',
    canonicalFile('    upgrade: { base: { policy: Version } }'),
    ['MissingField 7:16 spec.ci.upgrade.base'],
  ],
  [
    'version without its policy',
    canonicalFile('    upgrade: { base: { version: "1" } }'),
    ['WrongValue 7:24 spec.ci.upgrade.base.version'],
  ],
  [
    'two tests of one name',
    canonicalFile('    tests:', '      - { name: a, http: {} }', '      - { name: a, http: {} }'),
    ['WrongValue 9:17 spec.ci.tests[1].name'],
  ],
  [
    'several faults, in the order of the file',
    runFile('  mode: x', '  wrong: 1', '  ref: 1'),
    ['WrongValue 6:9 spec.mode', 'UnknownField 7:3 spec.wrong', 'WrongType 8:8 spec.ref'],
  ],
];

describe('fields of a spec file', () => {
  for (const [reason, content, expected] of rows) {
    it(`places ${reason}`, () => {
      expect(outline(problemsOf(content))).to.deep.equal(expected);
    });
  }

  it('places an unknown time zone', () => {
    const sweep = 'apiVersion: cc-ci/v1\nkind: Sweep\nmetadata: { name: a }\nspec:\n  timeZone: Europe/Atlantis\n';
    expect(outline(problemsOf(sweep))).to.deep.equal(['WrongValue 5:13 spec.timeZone']);
  });

  it('guesses what was meant', () => {
    const remedies = [runFile('  mdoe: Cold'), runFile('  mode: cold'), 'apiVersion: cc-ci/v1\nkind: Cannonical\n']
      .map((content) =>
        problemsOf(content)
          .map((problem) => problem.remedy)
          .join(),
      )
      .map((remedy) => /mean (\w+)/.exec(remedy)?.[1]);
    expect(remedies).to.deep.equal(['mode', 'Cold', 'Canonical']);
  });

  it('shows how to quote a number', () => {
    expect(problemsOf(runFile('  ref: 12'))[0]?.remedy).to.contain("'12'");
  });

  for (const written of ['1.10', '0x1F', '1e3', '12345678901234567890123', '007', 'True']) {
    it(`T94 quotes ${written} as it is written`, () => {
      const [problem] = problemsOf(runFile(`  ref: ${written}`));
      expect(problem?.remedy).to.include(`'${written}'`);
      expect(problem?.message).to.include(` ${written},`);
    });
  }

  it('T94 quotes a number behind an alias as it is written where it is named', () => {
    const [problem] = problemsOf(runFile('  env: { A: &a 1.10, B: *a }'));
    expect(problem?.remedy).to.include("'1.10'");
  });
});

describe('the head of a spec file', () => {
  it('refuses other versions and kinds and names the legal ones', () => {
    const problems = problemsOf('apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: {}\n');
    expect(outline(problems)).to.deep.equal(['UnknownApiVersion 1:13 apiVersion', 'UnknownKind 2:7 kind']);
  });

  it('says what is missing', () => {
    const codes = problemsOf('{}').map(({ code, path }) => `${code} ${path}`);
    expect(codes).to.have.members(['apiVersion', 'kind', 'metadata'].map((field) => `MissingField ${field}`));
  });

  for (const [name, place] of [
    ['Notes', 'WrongValue 3:19 metadata.name'],
    ['-notes', 'WrongValue 3:19 metadata.name'],
    ['a.b', 'WrongValue 3:19 metadata.name'],
    ['../../etc', 'WrongValue 3:19 metadata.name'],
    ['"a\\n"', 'WrongValue 3:19 metadata.name'],
    ['x'.repeat(64), 'WrongValue 3:19 metadata.name'],
    ['12', 'WrongType 3:19 metadata.name'],
  ] as const) {
    it(`refuses the name ${name}`, () => {
      const content = runFile().replace('name: a', `name: ${name}`);
      expect(outline(problemsOf(content))).to.include(place);
      expect(parse(content)).not.to.have.property('name');
    });
  }

  it('gives kind and name of a bad file as far as they are legal', () => {
    expect(parse(runFile('  mode: x'))).to.include({ ok: false, kind: 'Run', name: 'a' });
    expect(parse('kind: Pod\nmetadata: { name: a }')).to.include({ name: 'a' }).and.not.to.have.property('kind');
  });

  it('ignores, with a note, what the controller keeps itself, whatever is in it', () => {
    const kept = 'name: a, uid: 5, generation: x, creationTimestamp: [], deletionTimestamp: {}, ownerReferences: no';
    const result = parse(`${runFile().replace('name: a', kept)}\nstatus: [what, ever]\n`);
    expect(result.ok && result.object.metadata).to.deep.equal({ name: 'a' });
    expect(result.ok && result.notes.map(({ code, path }) => `${code} ${path}`)).to.deep.equal(
      ['uid', 'generation', 'creationTimestamp', 'deletionTimestamp', 'ownerReferences']
        .map((field) => `IgnoredField metadata.${field}`)
        .concat('IgnoredField status'),
    );
  });

  it('keeps labels and annotations', () => {
    const content = runFile().replace('name: a', 'name: a, labels: { team: web }, annotations: { by: ada }');
    expect(parsed(content).metadata).to.deep.equal({ name: 'a', labels: { team: 'web' }, annotations: { by: 'ada' } });
  });

  it('does not fill in defaults, and leaves nulls out', () => {
    expect(parsed(runFile('  mode: ~', '  env: { A: null, B: x }')).spec).to.deep.equal({
      recipe: 'notes',
      env: { B: 'x' },
    });
  });
});
