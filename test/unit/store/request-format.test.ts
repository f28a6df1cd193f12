import { expect } from 'chai';
import fc from 'fast-check';
import { confirmsMass, parseRequest } from '../../../lib/store/request-format.ts';

const good = { verb: 'retry', kind: 'Run', name: 'x', by: 'ada', at: '2026-01-01T00:00:00.000Z' };
const id = '2026-01-01T00.00.00.000Z-abcd';

describe('parseRequest', () => {
  it('reads what ccctl writes; null and absent are the same', () => {
    const expected = {
      key: { kind: 'Run', name: 'x' },
      request: { id, verb: 'retry', args: {}, by: 'ada', time: good.at },
    };
    expect(parseRequest(id, JSON.stringify(good))).to.deep.equal(expected);
    const nulls = { ...good, uid: null, generation: null, args: null };
    expect(parseRequest(id, JSON.stringify(nulls))).to.deep.equal(expected);
  });

  it('a confirmation needs no object', () => {
    const request = parseRequest(
      id,
      JSON.stringify({ ...good, verb: 'delete', kind: null, name: null, args: { confirmMass: 'true' } }),
    );
    expect('request' in request && confirmsMass(request)).to.equal(true);
  });

  it('one of the controller itself names no object', () => {
    const clean = { verb: 'clean', args: { dryRun: 'true' }, by: 'ada', at: good.at };
    const controller = { id, verb: 'clean', args: { dryRun: 'true' }, by: 'ada', time: good.at };
    expect(parseRequest(id, JSON.stringify(clean))).to.deep.equal({ controller });
    expect(parseRequest(id, JSON.stringify({ ...clean, by: 7 }))).to.have.property('malformed');
  });

  const rows: [string, string, unknown][] = [
    ['no JSON', id, '{'],
    ['a list', id, []],
    ['null', id, null],
    ['unknown verb', id, { ...good, verb: 'explode' }],
    ['unknown kind', id, { ...good, kind: 'Pod' }],
    ['no name', id, { ...good, name: '' }],
    ['a number among the args', id, { ...good, args: { a: 1 } }],
    ['no author', id, { ...good, by: undefined }],
    ['no time', id, { ...good, at: 'yesterday-ish' }],
    ['a uid that is no text', id, { ...good, uid: 7 }],
    ['a file name that is no id', 'a b', good],
  ];
  for (const [reason, name, value] of rows) {
    it(`refuses ${reason}`, () => {
      expect(parseRequest(name, typeof value === 'string' ? value : JSON.stringify(value))).to.have.property(
        'malformed',
      );
    });
  }

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), fc.json(), (name, text) => void parseRequest(name, text)));
  });
});
