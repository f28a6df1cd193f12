import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { XMLValidator } from 'fast-xml-parser';
import type { StageResult } from '../../../lib/api/generated/types.ts';
import { JUNIT_LIMITS, parseJunit, readJunitDirectory } from '../../../lib/run-record/junit-reader.ts';
import { renderJunit } from '../../../lib/run-record/junit-writer.ts';
import { mergeCases } from '../../../lib/run-record/merge-tests.ts';

describe('properties of a run in its JUnit file', () => {
  const stages: StageResult[] = [{ name: 'Prepare', result: 'Passed' }];
  const render = (properties?: Record<string, string>) =>
    renderJunit({ name: 'q', recipe: 'notes', stages, ...(properties ? { properties } : {}) });

  it('stand in each suite, before its cases, and are escaped', () => {
    const xml = render({ mode: 'Quick', confidence: '<Low>' });
    expect(XMLValidator.validate(xml)).to.equal(true);
    expect(xml).to.match(/<testsuite [^>]*>\s*<properties>\s*<property name="mode" value="Quick"\/>/);
    expect(xml).to.include('value="&lt;Low&gt;"');
  });

  it('are left out where there are none', () => expect(render()).to.not.include('propert'));
});

describe('parseJunit', () => {
  it('reads cases of nested suites with their results', () => {
    const xml = `<?xml version="1.0"?><testsuites><testsuite name="outer"><testsuite name="s">
      <testcase classname="c" name="ok" time="1.5"/>
      <testcase name="bad &lt;1&gt;"><failure message="got &#50; &amp;amp;">trace</failure></testcase>
      <testcase name="err"><error>  boom  </error></testcase>
      <testcase name="later"><skipped/></testcase></testsuite></testsuite></testsuites>`;
    expect(parseJunit('a.xml', xml)).to.deep.equal([
      { name: 'c.ok', result: 'Passed', durationSeconds: 1.5 },
      { name: 's.bad <1>', result: 'Failed', message: 'got 2 &amp;' },
      { name: 's.err', result: 'Failed', message: 'boom' },
      { name: 's.later', result: 'Skipped' },
    ]);
  });

  it('reads a single suite without an outer element', () => {
    expect(parseJunit('a.xml', '<testsuite name="s"><testcase name="x"/></testsuite>')).to.have.length(1);
  });

  it('T97 reads cases at any depth, below the root too', () => {
    const xml = `<?xml version="1.0" encoding="utf-8"?>
      <!-- written by a runner --><testsuites>
        <testcase name="top" classname="test"><failure message="boom">trace</failure></testcase>
        <testsuite name="s"><group><testcase name="deep"/></group><testcase name="own"/></testsuite>
      </testsuites>`;
    expect(parseJunit('a.xml', xml).map(({ name, result }) => `${name} ${result}`)).to.have.members([
      'test.top Failed',
      's.deep Passed',
      's.own Passed',
    ]);
  });

  it('T97 a count of errors or failures that no case shows is a failed case', () => {
    const xml = '<testsuites><testsuite name="s" errors="1" failures="0"><testcase name="x"/></testsuite></testsuites>';
    const [counted, ...others] = parseJunit('a.xml', xml).filter(({ result }) => result === 'Failed');
    expect(others).to.deep.equal([]);
    expect(counted?.name).to.contain('s');
  });

  const shown: [string, string, number][] = [
    ['counts that the cases show', '<testsuite failures="1"><testcase name="x"><failure/></testcase></testsuite>', 1],
    [
      'an outer sum over suites, one of which counts more than its cases show',
      '<testsuites errors="1" failures="1"><testsuite errors="1"/><testsuite><testcase name="x"><failure/></testcase></testsuite></testsuites>',
      2,
    ],
    [
      'a failure and an error of one case',
      '<testsuite errors="1" failures="1"><testcase name="x"><failure/><error/></testcase></testsuite>',
      1,
    ],
    ['counts that are no numbers', '<testsuite errors="none" failures="-1"><testcase name="x"/></testsuite>', 0],
    ['an error of the suite itself', '<testsuite name="s"><error message="no set-up"/></testsuite>', 1],
  ];
  for (const [what, xml, failed] of shown) {
    it(`T97 reads ${what} once`, () => {
      expect(parseJunit('a.xml', xml).filter(({ result }) => result === 'Failed')).to.have.length(failed);
    });
  }

  const alike: [string, string][] = [
    [
      'CDATA',
      '<testsuite><testcase name="x"><system-out><![CDATA[<!DOCTYPE html>]]></system-out></testcase></testsuite>',
    ],
    ['a comment', '<!-- no <!DOCTYPE here --><testsuite><!-- <!ENTITY --><testcase name="x"/></testsuite>'],
    ['escaped text', '<testsuite><testcase name="x" class="&lt;!DOCTYPE"/></testsuite>'],
    ['a processing instruction', '<?note <!DOCTYPE x> ?><testsuite><testcase name="x"/></testsuite>'],
  ];
  for (const [where, xml] of alike) {
    it(`T97 takes the words of a document type in ${where} for text`, () => {
      expect(parseJunit('a.xml', xml)).to.deep.equal([{ name: 'x', result: 'Passed' }]);
    });
  }

  const others: [string, string][] = [
    ['coverage', '<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://example.org/c.dtd"><coverage><x/></coverage>'],
    ['a document type with brackets', '<!DOCTYPE c [<!ENTITY a "]>"><!-- ]> -->]><c><testsuite/></c>'],
    ['a feed', '<rss version="2.0"><channel><testcase name="x"><failure/></testcase></channel></rss>'],
    ['a page', '<!doctype html><html><body></html>'],
    ['one that is not well-formed', '<coverage><x></coverage>'],
    ['very deep nesting', `${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}`],
  ];
  for (const [what, xml] of others) {
    it(`T97 ${what} is no report and has no cases`, () => {
      expect(parseJunit('a.xml', xml)).to.deep.equal([]);
    });
  }

  it('T95 a byte order mark and a namespace hide no case', () => {
    const xml = '\uFEFF<j:testsuites xmlns:j="urn:x"><j:testcase name="x"><j:failure/></j:testcase></j:testsuites>';
    expect(parseJunit('a.xml', xml)[0]).to.include({ name: 'x', result: 'Failed' });
  });

  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, n) => `<!ENTITY a${n} "&a;&a;">`).join('')}]><testsuite><testcase name="&a9;"/></testsuite>`;
  const broken: [string, string][] = [
    ['empty', ''],
    ['no XML', 'all tests passed'],
    ['cut off', '<testsuite><testcase name="x">'],
    ['a report without a case', '<testsuites/>'],
    ['a suite without a case', '<testsuites><testsuite name="s" tests="0"/></testsuites>'],
    ['a document type before a report', '<!DOCTYPE testsuite><testsuite><testcase name="x"/></testsuite>'],
    ['entity expansion', bomb],
    ['an external entity', '<!DOCTYPE t [<!ENTITY f SYSTEM "file:///etc/passwd">]><testsuite name="&f;"/>'],
    ['deep nesting', `<testsuite>${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}</testsuite>`],
  ];
  for (const [what, xml] of broken) {
    it(`turns ${what} into a failed case that says so`, () => {
      const [result, ...more] = parseJunit('report.xml', xml);
      expect(more).to.deep.equal([]);
      expect(result).to.include({ name: 'JUnit report report.xml', result: 'Failed' });
      expect(result?.message).to.not.equal('');
    });
  }

  it('never throws, whatever a test wrote', () => {
    const piece = fc.constantFrom(
      '<testsuite>',
      '</testsuite>',
      '<testcase',
      ' name="x"',
      '>',
      '/>',
      '<![CDATA[',
      ']]>',
      '&#x',
      ';',
      '<!--',
      '<?',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (parts) => {
        for (const test of parseJunit('a.xml', parts.join(''))) expect(test.name).to.be.a('string');
      }),
    );
  });

  it('treats names such as __proto__ as plain text', () => {
    expect(parseJunit('a.xml', '<testsuite name="constructor"><testcase name="__proto__"/></testsuite>')).to.deep.equal(
      [{ name: 'constructor.__proto__', result: 'Passed' }],
    );
  });
});

describe('renderJunit', () => {
  const stage: StageResult = {
    name: 'Install',
    result: 'Failed',
    reason: 'CrashLoop',
    message: 'service "app" <exited>',
    service: 'app',
    exitCode: 1,
    logTail: ['one', 'two & three'],
    startTime: '2026-01-01T00:00:00.000Z',
    endTime: '2026-01-01T00:00:02.500Z',
    tests: [{ name: 'home', result: 'Skipped', message: 'why', durationSeconds: 0.25 }],
  };

  it('writes what the reader reads', () => {
    const cases = parseJunit('x', renderJunit({ name: 'run', recipe: 'notes', stages: [stage] }));
    expect(cases).to.deep.equal([
      {
        name: 'notes.Install.Install',
        result: 'Failed',
        message: 'CrashLoop: service "app" <exited>',
        durationSeconds: 2.5,
      },
      { name: 'notes.Install.home', result: 'Skipped', message: 'why', durationSeconds: 0.25 },
    ]);
  });

  it('a stage that was not proven is never a passed case', () => {
    for (const result of ['Unverified', 'Pending', 'Running', 'Interrupted', 'Skipped', 'Failed'] as const) {
      const [one] = parseJunit('x', renderJunit({ name: 'r', recipe: 'n', stages: [{ name: 'Lint', result }] }));
      expect(one?.result, result).to.not.equal('Passed');
    }
  });

  it('is well-formed and keeps names for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const tests = [{ name: text, result: 'Failed' as const, message: text }];
        const xml = renderJunit({
          name: text,
          recipe: text,
          stages: [{ ...stage, message: text, logTail: [text], tests }],
        });
        expect(XMLValidator.validate(xml)).to.equal(true);
        expect(parseJunit('x', xml)).to.have.length(2);
      }),
    );
  });
});

describe('readJunitDirectory', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cc-ci-junit-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const suite = (name: string): string => `<testsuite><testcase name="${name}"/></testsuite>`;

  it('merges files in the order of their names and ignores others', async () => {
    await writeFile(join(directory, 'b.xml'), suite('second'));
    await writeFile(join(directory, 'a.xml'), suite('first'));
    await writeFile(join(directory, 'notes.txt'), suite('never'));
    expect((await readJunitDirectory(directory)).map(({ name }) => name)).to.deep.equal(['first', 'second']);
  });

  it('an absent directory has no cases', async () => {
    expect(await readJunitDirectory(join(directory, 'absent'))).to.deep.equal([]);
  });

  it('refuses what is no regular file and what is too big', async () => {
    await symlink('/etc/passwd', join(directory, 'link.xml'));
    await mkdir(join(directory, 'directory.xml'));
    await writeFile(join(directory, 'big.xml'), Buffer.alloc(JUNIT_LIMITS.fileBytes + 1, ' '));
    const results = await readJunitDirectory(directory);
    expect(results.map(({ result }) => result)).to.deep.equal(['Failed', 'Failed', 'Failed']);
  });

  it('T97 other XML beside the reports counts nowhere, however big it is and however many there are', async () => {
    await writeFile(join(directory, 'coverage.xml'), `<coverage>${' '.repeat(JUNIT_LIMITS.fileBytes)}</coverage>`);
    for (let n = 0; n < JUNIT_LIMITS.files + 5; n += 1) await writeFile(join(directory, `feed-${n}.xml`), '<rss/>');
    await writeFile(join(directory, 'z.xml'), suite('last'));
    expect((await readJunitDirectory(directory)).map(({ name }) => name)).to.deep.equal(['last']);
  });

  it('more reports than are read are said', async () => {
    for (let n = 0; n < JUNIT_LIMITS.files + 1; n += 1) await writeFile(join(directory, `${n}.xml`), suite('x'));
    const results = await readJunitDirectory(directory);
    expect(results).to.have.length(JUNIT_LIMITS.files + 1);
    expect(results.at(-1)?.result).to.equal('Failed');
  });

  it('T95 a report is read in the encoding that it names', async () => {
    const wide = Buffer.from(`\uFEFF<?xml version="1.0" encoding="utf-16"?>${suite('wide é')}`, 'utf16le');
    await writeFile(join(directory, 'a.xml'), wide);
    const narrow = Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${suite('narrow é')}`, 'latin1');
    await writeFile(join(directory, 'b.xml'), narrow);
    expect((await readJunitDirectory(directory)).map(({ name }) => name)).to.deep.equal(['wide é', 'narrow é']);
  });

  it('bounds the number of cases and says so', async () => {
    const cases = '<testcase name="x"/>'.repeat(JUNIT_LIMITS.cases + 5);
    await writeFile(join(directory, 'many.xml'), `<testsuite>${cases}</testsuite>`);
    const results = await readJunitDirectory(directory);
    expect(results).to.have.length(JUNIT_LIMITS.cases + 1);
    expect(results.at(-1)?.result).to.equal('Failed');
  });
});

describe('mergeCases', () => {
  it('puts the cases below their test', () => {
    const merged = mergeCases({ test: { name: 'login', result: 'Passed' }, cases: [{ name: 'c', result: 'Passed' }] });
    expect(merged.map(({ name }) => name)).to.deep.equal(['login', 'login › c']);
  });

  it('a failed case fails its test, whatever the exit code said', () => {
    for (const result of ['Passed', 'Skipped'] as const) {
      const [own] = mergeCases({ test: { name: 'login', result }, cases: [{ name: 'c', result: 'Failed' }] });
      expect(own?.result).to.equal('Failed');
    }
  });

  it('a skipped case leaves its test alone', () => {
    const [own] = mergeCases({ test: { name: 'login', result: 'Passed' }, cases: [{ name: 'c', result: 'Skipped' }] });
    expect(own?.result).to.equal('Passed');
  });
});
