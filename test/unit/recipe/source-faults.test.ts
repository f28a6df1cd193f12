import { expect } from 'chai';
import type { ErrorCode } from '../../../lib/errors.ts';
import { lastWords } from '../../../lib/recipe/git.ts';
import { COPY_FAULTS, copyFault, SOURCE_FAULTS, sourceFault } from '../../../lib/recipe/source-faults.ts';

const REMOTE = { kind: 'Remote', shown: 'https://h/x', withPassword: false } as const;

/** Of git 2.39 with GnuTLS and of later ones with OpenSSL, where no test server can be had. */
const SAID: readonly [string, ErrorCode, string][] = [
  [
    "unable to access 'https://h/x/': server certificate verification failed. CAfile: none CRLfile: none",
    'Misconfigured',
    'Certificate',
  ],
  ["unable to access 'https://h/x/': SSL certificate problem: certificate has expired", 'Misconfigured', 'Certificate'],
  [
    "unable to access 'https://h/x/': SSL: no alternative certificate subject name matches target host name",
    'Misconfigured',
    'Certificate',
  ],
  [
    "unable to access 'https://h/x/': gnutls_handshake() failed: An unexpected TLS packet was received.",
    'Unreachable',
    '',
  ],
  ["unable to access 'https://h/x/': Could not resolve host: h", 'Unreachable', 'NameNotResolved'],
  ['ssh: Could not resolve hostname h: Temporary failure in name resolution', 'Unreachable', 'NameNotResolved'],
  [
    "unable to access 'https://h/x/': Operation too slow. Less than 1 bytes/sec transferred the last 60 seconds",
    'Unreachable',
    '',
  ],
  ['error: RPC failed; curl 56 Recv failure: Connection reset by peer', 'Unreachable', ''],
  ['fatal: early EOF; fatal: fetch-pack: invalid index-pack output', 'Unreachable', ''],
  ["fatal: could not read Username for 'https://h': terminal prompts disabled", 'Misconfigured', 'NotLetIn'],
  ["remote: HTTP Basic: Access denied; fatal: Authentication failed for 'https://h/x/'", 'Misconfigured', 'NotLetIn'],
  ['fatal: mismatched algorithms: client sha1; server sha256', 'Misconfigured', 'ObjectFormat'],
  ['fatal: unable to write file: No space left on device', 'NoSpace', 'DiskFull'],
  ["fatal: transport 'ext' not allowed", 'Misconfigured', 'NoTransport'],
  ['error: cannot run ssh: No such file or directory; fatal: unable to fork', 'Misconfigured', 'NoTransport'],
];

describe('T100 what git says of a source', () => {
  for (const [said, code, name] of SAID) {
    it(`${name || 'anything else'}: ${said.slice(0, 80)}`, () => {
      expect(sourceFault(REMOTE, said)).to.include({ code });
      expect(SOURCE_FAULTS.find((fault) => fault.said.test(said))?.name ?? '').to.equal(name);
    });
  }

  it('asks for another password where one was sent', () => {
    const said = "Authentication failed for 'https://h/x/'";
    expect(sourceFault(REMOTE, said).remedy).to.include('passwordFile');
    expect(sourceFault({ ...REMOTE, withPassword: true }, said).remedy).to.match(/^Correct user and password/);
  });

  it('T13 tries a local repository again that is none at the moment', () => {
    const said = "'/r' does not appear to be a git repository";
    expect(sourceFault({ ...REMOTE, kind: 'LocalPath' }, said).code).to.equal('Unreachable');
    expect(sourceFault(REMOTE, said).code).to.equal('Misconfigured');
  });

  it('keeps the line that tells the cause, of the many that ssh brings', () => {
    const stderr = [
      'ssh: connect to host h port 22: Connection refused',
      'fatal: Could not read from remote repository.',
      '',
      'Please make sure you have the correct access rights',
      'and the repository exists.',
    ].join('\n');
    expect(lastWords({ stderr })).to.equal('ssh: connect to host h port 22: Connection refused');
  });
});

describe('T100 what git says of our own copy', () => {
  for (const [said, exitCode, code] of [
    ['fatal: write error: No space left on device', 128, 'NoSpace'],
    ['error: unable to create thread: Resource temporarily unavailable', 128, 'Unreachable'],
    ['fatal: cannot open x: Too many open files', 128, 'Unreachable'],
    ['error: object file objects/ab/cd is empty', 128, 'Damaged'],
    ['something nobody ever saw', 1, 'Damaged'],
    ['it said nothing', 137, 'Unreachable'],
    ["error: invalid path '.git/config'", 128, 'InvalidInput'],
    ['error: unable to create file x: File name too long', 128, 'InvalidInput'],
  ] as const) {
    it(`${said}: ${code}`, () => {
      const error = copyFault('/m.git', { command: 'ls-tree', exitCode, said });
      expect(error.code).to.equal(code);
      expect(error.message).to.include('/m.git');
      expect(error.remedy).to.match(/^[A-Z].*[.?]$/);
    });
  }

  it('never blames a recipe but for paths of its tree', () => {
    const blamed = COPY_FAULTS.filter(({ code }) => code === 'InvalidInput' || code === 'CommandFailed');
    expect(blamed.map(({ name }) => name)).to.deep.equal(['PathOfTree']);
  });
});
