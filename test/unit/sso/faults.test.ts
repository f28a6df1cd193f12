import { expect } from 'chai';
import { CcError, type ErrorCode, explainError } from '../../../lib/errors.ts';
import { faultRule } from '../../../lib/run-record/fault-rules.ts';
import { exchangeFault, statusFault } from '../../../lib/sso/faults.ts';

const url = new URL('https://sso.example.org');
const system = (code: string): Error => Object.assign(new Error(`said ${code}`), { code });
const fetchFailed = (cause: unknown): Error => new TypeError('fetch failed', { cause });

describe('statusFault', () => {
  const rows: [number, ErrorCode][] = [
    ...[200, 204, 401, 408, 425, 429, 500, 502, 503, 504, 599].map((status): [number, ErrorCode] => [
      status,
      'Unreachable',
    ]),
    ...[301, 302, 307, 308, 400, 403, 404, 405, 410, 422].map((status): [number, ErrorCode] => [
      status,
      'Misconfigured',
    ]),
    [409, 'Conflict'],
  ];
  for (const [status, code] of rows) {
    it(`${status}: ${code}`, () => expect(statusFault('asking', status)).to.include({ code }));
  }

  it('never is the fault of a recipe', () => {
    for (let status = 100; status < 600; status += 1)
      expect(faultRule(statusFault('asking', status).code).blame, String(status)).to.be.oneOf([
        'Infra',
        'Configuration',
      ]);
  });
});

describe('exchangeFault', () => {
  const rows: [string, unknown, ErrorCode][] = [
    ['refused', fetchFailed(system('ECONNREFUSED')), 'Unreachable'],
    ['reset', system('ECONNRESET'), 'Unreachable'],
    ['no name', fetchFailed(system('ENOTFOUND')), 'Unreachable'],
    ['too much', fetchFailed(system('UND_ERR_RES_EXCEEDED_MAX_SIZE')), 'Unreachable'],
    ['several addresses', fetchFailed(new AggregateError([system('ECONNREFUSED')], '')), 'Unreachable'],
    ['an authority that is not trusted', fetchFailed(system('SELF_SIGNED_CERT_IN_CHAIN')), 'Misconfigured'],
    ['a certificate out of its time', system('CERT_HAS_EXPIRED'), 'Misconfigured'],
    ['a certificate for another name', fetchFailed(system('ERR_TLS_CERT_ALTNAME_INVALID')), 'Misconfigured'],
    ['no descriptors left', fetchFailed(system('EMFILE')), 'Unreachable'],
    ['no JSON', new SyntaxError('Unexpected token'), 'Unreachable'],
    ['no error at all', 'oops', 'Unreachable'],
    ['a body in no coding', new CcError('InvalidInput', 'not gzip'), 'Unreachable'],
    ['a deadline', new CcError('DeadlineExceeded', 'late'), 'Unreachable'],
    ['one of ours', new CcError('Aborted', 'interrupted'), 'Aborted'],
  ];
  for (const [what, error, code] of rows) {
    it(`${what}: ${code}`, () => expect(exchangeFault('asking', error, url)).to.include({ code }));
  }

  it('I10 says no word of what a parser or a client quotes', () => {
    const quoting = [
      new SyntaxError('Unexpected token: s3cret'),
      fetchFailed(new TypeError('s3cret')),
      new Error('s3cret'),
    ];
    for (const error of quoting) expect(explainError(exchangeFault('asking', error, url))).not.to.include('s3cret');
  });

  it('a circle of causes has an end', () => {
    const error = new Error('one');
    error.cause = error;
    expect(exchangeFault('asking', error, url)).to.include({ code: 'Unreachable' });
  });
});
