import { expect } from 'chai';
import { auditOutcome } from '../../../scripts/release/audit.ts';
import { billOfMaterials } from '../../../scripts/release/bill-of-materials.ts';
import { incompatible, isCompatible } from '../../../scripts/release/licences.ts';
import { versionFaults } from '../../../scripts/release/versions.ts';

describe('licences that go with ours', () => {
  for (const [expression, wanted, why] of [
    ['MIT', true, 'permissive'],
    ['GPL-2.0-only', false, 'the GPL of version 2 alone does not go with version 3'],
    ['(MIT OR GPL-2.0-only)', true, 'there is a choice'],
    ['MIT AND GPL-2.0-only', false, 'both count'],
    ['(BSD-2-Clause OR MIT OR Apache-2.0)', true, 'every choice is fine'],
    ['(GPL-2.0-only OR CDDL-1.0) AND MIT', false, 'no choice of the bracket is'],
    ['SEE LICENSE IN LICENSE.md', false, 'somebody has to read that'],
    ['UNDECLARED', false, 'without a licence nothing is allowed'],
    ['', false, 'nothing is said'],
  ] as const)
    it(`${expression || 'nothing'}: ${wanted ? 'yes' : 'no'}, ${why}`, () =>
      expect(isCompatible(expression)).to.equal(wanted));

  it('the others are named, once', () => {
    const one = { name: 'a', version: '1.0.0', license: 'SSPL-1.0' };
    expect(incompatible([one, one, { ...one, license: 'ISC' }])).to.deep.equal(['a 1.0.0: SSPL-1.0']);
  });
});

describe('what is known of the packages', () => {
  it('is passed where the registry has a list without anything serious', () => {
    const vulnerabilities = { a: { severity: 'moderate' }, b: { severity: 'low' } };
    expect(auditOutcome(JSON.stringify({ vulnerabilities })).state).to.equal('Passed');
    expect(auditOutcome('{"vulnerabilities":{}}').state).to.equal('Passed');
  });

  it('fails by name', () => {
    const vulnerabilities = { b: { severity: 'high', range: '<2' }, a: { severity: 'critical' } };
    const wanted = { state: 'Failed', details: ['a: critical', 'b <2: high'] };
    expect(auditOutcome(JSON.stringify({ vulnerabilities }))).to.deep.equal(wanted);
  });

  for (const said of [
    '',
    'no JSON',
    '{"error":{"summary":"offline"}}',
    '{"message":"405 Method Not Allowed - POST https://a.example/x"}',
  ])
    it(`is skipped, not passed, where npm says ${said || 'nothing'}`, () => {
      const { state, details } = auditOutcome(said);
      expect(state).to.equal('Skipped');
      expect(details[0])
        .to.match(/the registry does not say.*: \S/)
        .and.not.include('https');
    });
});

describe('the version of a release', () => {
  const facts = {
    version: '1.2.0',
    others: { lock: '1.2.0' },
    changelog: '## Unreleased\n\n## 1.2.0 - 2026-12-24\n\n- x\n',
  };

  it('is the same everywhere', () => expect(versionFaults(facts)).to.deep.equal([]));

  for (const [told, wanted, why] of [
    [{ others: { lock: '1.1.0' } }, 'lock says 1.1.0', 'a place was forgotten'],
    [{ others: { lock: undefined } }, 'lock says nothing', 'a place is empty'],
    [{ changelog: '## Unreleased\n\n- x\n' }, 'no section', 'the list does not know it'],
    [{ changelog: '## Unreleased\n\n- y\n\n## 1.2.0 - 2026-12-24\n' }, 'under Unreleased', 'something was left behind'],
    [{ version: '1.2' }, 'no section', 'a longer version is another one'],
  ] as const)
    it(`is not ready where ${why}`, () => expect(versionFaults({ ...facts, ...told }).join()).to.include(wanted));
});

describe('the bill of materials', () => {
  const packages = [
    { name: '@a/b', version: '1.0.0', path: 'node_modules/@a/b', license: 'MIT' },
    { name: 'c', version: '2.0.0', path: 'node_modules/c', license: '(MIT OR ISC)' },
  ];
  const integrity = { 'node_modules/@a/b': `sha512-${Buffer.from('digest').toString('base64')}` };
  const made = (): string => billOfMaterials({ version: '1.2.0', date: 1_790_000_000, packages, integrity });

  it('names each package by its address and the digest of its archive', () => {
    const { components, dependencies } = JSON.parse(made());
    expect(components[0]).to.deep.include({
      purl: 'pkg:npm/%40a/b@1.0.0',
      hashes: [{ alg: 'SHA-512', content: Buffer.from('digest').toString('hex') }],
    });
    expect(components[1]).not.to.have.property('hashes');
    expect(dependencies[0].dependsOn).to.have.length(2);
  });

  it('is the same bytes for the same release', () => expect(made()).to.equal(made()));
});
