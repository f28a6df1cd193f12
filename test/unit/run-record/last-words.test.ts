import { expect } from 'chai';
import { lastWords, withLastWords } from '../../../lib/run-record/last-words.ts';

describe('lastWords', () => {
  const NODE = [
    '/app/server.mjs:3',
    "    throw new Error('DATABASE_URL is not set');",
    '    ^',
    'Error: DATABASE_URL is not set',
    '    at file:///app/server.mjs:3:11',
    '    at ModuleJob.run (node:internal/modules/esm/module_job:343:25) {',
    "  code: 'ERR_X'",
    '}',
    'Node.js v24.1.0',
  ];
  const rows: [string, string[], string][] = [
    ['Node', NODE, 'Error: DATABASE_URL is not set'],
    [
      'Python',
      [
        'Traceback (most recent call last):',
        '  File "/app/x.py", line 1, in <module>',
        '    boom()',
        'ValueError: no key',
      ],
      'ValueError: no key',
    ],
    [
      'Go',
      ['panic: no config', 'goroutine 1 [running]:', 'main.main()', ' /app/main.go:4 +0x39', 'exit status 2'],
      'panic: no config',
    ],
    [
      'Java',
      ['Exception in thread "main" java.lang.IllegalStateException: no port', ' at a.B.c(B.java:3)', ' ... 3 more'],
      'Exception in thread "main" java.lang.IllegalStateException: no port',
    ],
    [
      'PHP',
      [
        'PHP Fatal error:  Uncaught Error: no db in /x.php:3',
        'Stack trace:',
        '#0 {main}',
        '  thrown in /x.php on line 3',
      ],
      'PHP Fatal error:  Uncaught Error: no db in /x.php:3',
    ],
    ['Rust', ["thread 'main' panicked at src/main.rs:2:5:", 'no port', 'note: run with `RUST_BACKTRACE=1`'], 'no port'],
    [
      'npm',
      [
        'Error: boom',
        'npm error code 1',
        'npm error path /app',
        'npm error A complete log of this run can be found in: /x',
      ],
      'Error: boom',
    ],
    [
      'clap',
      [
        "error: unexpected argument '--prot' found",
        '',
        'Usage: serve [OPTIONS]',
        '',
        "For more information, try '--help'.",
      ],
      "error: unexpected argument '--prot' found",
    ],
    [
      'flags of Go',
      ['flag provided but not defined: -prot', 'Usage of /server:', '  -port int', '    \tport to listen on'],
      'flag provided but not defined: -prot',
    ],
    [
      'cobra',
      ['Error: unknown flag: --prot', 'Usage:', '  server [flags]', '', 'Flags:', '  -h, --help   help', ''],
      'Error: unknown flag: --prot',
    ],
    [
      'getopt',
      ["app: unrecognized option '--prot'", "Try 'app --help' for more information."],
      "app: unrecognized option '--prot'",
    ],
    ['a server that leaves', ['FATAL: no role "x"', 'Shutting down', 'Bye.'], 'FATAL: no role "x"'],
    ['leaving for an error', ['starting', 'Exiting: cannot bind to port 80'], 'Exiting: cannot bind to port 80'],
    ['nothing but noise', ['   a', '---'], '---'],
  ];
  for (const [what, lines, words] of rows) {
    it(`of ${what}: ${words}`, () => {
      expect(lastWords(lines)).to.equal(words);
    });
  }

  it('of an empty log are none, and of a long line the beginning', () => {
    expect(lastWords([])).to.equal(undefined);
    expect(lastWords(['x'.repeat(1_000)])).to.have.length.below(300);
  });
});

describe('withLastWords', () => {
  const crash = { reason: 'CrashLoop', message: 'service app: ends again and again' } as const;

  it('T26 adds them to a crash, once', () => {
    const told = withLastWords(crash, ['Error: boom', '    at x']);
    expect(told.message).to.contain('service app').and.to.contain('Error: boom');
    expect(withLastWords(told, ['Error: boom'])).to.deep.equal(told);
  });

  it('leaves other ends and silent apps alone', () => {
    const late = { reason: 'DeadlineExceeded', message: 'late' } as const;
    expect(withLastWords(late, ['Error: boom'])).to.deep.equal(late);
    expect(withLastWords(crash, [])).to.deep.equal(crash);
    expect(withLastWords(crash)).to.deep.equal(crash);
  });
});
