import { expect } from 'chai';
import fc from 'fast-check';
import { routeFault } from '../../../../lib/recipe/untrusted/route-rule.ts';

const OWNER = { stack: 'st_example_org', domain: 'st.example.org', ports: [] };
const fault = (rule: string): string | undefined => routeFault(rule, OWNER);

const OWN = [
  'Host(`st.example.org`)',
  'host(`st.example.org`)',
  'HOST("ST.example.org")',
  'Host(`st.example.org`, `www.st.example.org`)',
  'HostHeader(`st.example.org`)',
  'Host(`st.example.org`) && PathPrefix(`/api`, `/v2`)',
  'PathPrefix(`/`) && Host(`st.example.org`)',
  '(Host(`st.example.org`) || Host(`a.st.example.org`)) && !Path(`/x`)',
  'Host(`st.example.org`) && (Path(`/a`) || Method(`GET`))',
  'Host(`st.example.org`) && Headers(`X-A`, `b`) || Host(`a.b.st.example.org`)',
  'HostRegexp(`^[a-z0-9-]+\\.st\\.example\\.org$`)',
  'HostRegexp(`^.+\\.st\\.example\\.org$`) && Query(`a`, `b`)',
  'HostRegexp(`^st\\.example\\.org$`)',
  'HostRegexp(`{sub:[a-z]+}.st.example.org`)',
];

const FOREIGN: [string, string][] = [
  ['the live sign-on', 'Host(`sso.example.org`)'],
  ['the zone itself', 'Host(`example.org`)'],
  ['a name that ends alike', 'Host(`first.example.org`)'],
  ['a name that ends alike without a dot', 'Host(`xst.example.org`)'],
  ['a dot at the end', 'Host(`sso.example.org.`)'],
  ['the second of several hosts', 'Host(`st.example.org`, `sso.example.org`)'],
  ['one alternative', 'Host(`st.example.org`) || Host(`sso.example.org`)'],
  ['an alternative without a host', 'Host(`st.example.org`) || PathPrefix(`/`)'],
  ['an alternative behind a conjunction', 'Host(`st.example.org`) && Path(`/a`) || Path(`/b`)'],
  ['a path alone', 'PathPrefix(`/`)'],
  ['a negation', '!Host(`st.example.org`)'],
  ['a negation of both', '!(Host(`st.example.org`) && Path(`/`))'],
  [
    'a foreign host in a negation, of which a certificate would be made',
    'Host(`st.example.org`) && !Host(`sso.example.org`)',
  ],
  ['a double negation', '!!Host(`st.example.org`)'],
  ['an escape', 'Host("\\x73so.example.org")'],
  ['a comment', 'Host(`st.example.org`) /* || */ || Path(`/`)'],
  ['a header named Host', 'Headers(`Host`, `sso.example.org`)'],
  ['a server name', 'HostSNI(`st.example.org`)'],
  ['all server names', 'HostSNI(`*`)'],
  ['a matcher of a plugin', 'Host(`st.example.org`) && Magic(`x`)'],
  ['a wildcard', 'Host(`*.st.example.org`)'],
  ['an empty host', 'Host(``)'],
  ['no host', 'Host()'],
  ['nothing', ''],
  ['an operator at the end', 'Host(`st.example.org`) ||'],
  ['rules side by side', 'Host(`st.example.org`) Host(`sso.example.org`)'],
  ['the syntax of Traefik 1', 'Host:sso.example.org'],
  ['a line break', 'Host(`st.example.org`)\n|| Path(`/`)'],
  ['a line break in a name', 'Host(`st.example.org\r`)'],
  ['brackets that do not close', '((Host(`st.example.org`))'],
  ['deep nesting', `${'('.repeat(40)}Host(\`st.example.org\`)${')'.repeat(40)}`],
  ['great length', `Host(\`st.example.org\`)${' '.repeat(5000)}`],
  ['a pattern that is not anchored', 'HostRegexp(`st\\.example\\.org`)'],
  ['a pattern without an end', 'HostRegexp(`^st\\.example\\.org`)'],
  ['a pattern whose dots are any letter', 'HostRegexp(`^.+.st.example.org$`)'],
  ['a pattern with alternatives', 'HostRegexp(`^sso|a\\.st\\.example\\.org$`)'],
  ['a pattern with a group', 'HostRegexp(`^(sso|a)\\.st\\.example\\.org$`)'],
  ['a pattern that may leave the dot out', 'HostRegexp(`^[a-z]+st\\.example\\.org$`)'],
  ['a pattern with flags', 'HostRegexp(`(?m)^a\\.st\\.example\\.org$`)'],
  ['a named pattern that breaks out', 'HostRegexp(`{sub:a)|(b}.st.example.org`)'],
  ['a named pattern of all', 'HostRegexp(`{any:.*}`)'],
  ['a named pattern glued to the domain', 'HostRegexp(`{any:.*}st.example.org`)'],
];

/** A rule, and whether it matches a request: what the ingress would do, written without the parser. */
interface Told {
  text: string;
  matches: (request: { host: string; path: string }) => boolean;
}

const { tree } = fc.letrec<{ tree: Told; leaf: Told; pair: Told; not: Told }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom('st.example.org', 'a.st.example.org', 'sso.example.org').map((host) => ({
      text: `Host(\`${host}\`)`,
      matches: (request: { host: string }) => request.host === host,
    })),
    fc.constantFrom('/', '/a').map((path) => ({
      text: `PathPrefix(\`${path}\`)`,
      matches: (request: { path: string }) => request.path.startsWith(path),
    })),
  ),
  pair: fc.tuple(tie('tree'), fc.constantFrom('&&', '||'), tie('tree')).map(([left, operator, right]) => ({
    text: `(${left.text}) ${operator} (${right.text})`,
    matches: (request) =>
      operator === '&&'
        ? left.matches(request) && right.matches(request)
        : left.matches(request) || right.matches(request),
  })),
  not: tie('tree').map((inner) => ({ text: `!(${inner.text})`, matches: (request) => !inner.matches(request) })),
  tree: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('pair'), tie('not')),
}));

describe('routes of an untrusted app', () => {
  for (const rule of OWN) {
    it(`takes ${rule}`, () => {
      expect(fault(rule)).to.equal(undefined);
    });
  }

  for (const [why, rule] of FOREIGN) {
    it(`T104 refuses ${why}`, () => {
      expect(fault(rule)).to.be.a('string');
    });
  }

  it('T104 what is taken matches no request to a host of others, however it is put together', () => {
    let taken = 0;
    const requests = ['/', '/a', '/b'].map((path) => ({ host: 'sso.example.org', path }));
    fc.assert(
      fc.property(tree, ({ text, matches }) => {
        if (fault(text) !== undefined) return;
        taken += 1;
        expect(requests.filter(matches), text).to.deep.equal([]);
      }),
      { numRuns: 3_000 },
    );
    expect(taken).to.be.greaterThan(100);
  });

  it('T104 whatever text it is, the answer is a refusal or none, and every host in it is the own one', () => {
    const pieces = fc.constantFrom(
      ...['Host', 'host', 'HostRegexp', 'Path', '(', ')', '`', '"', '\\', ',', '&&', '||', '!', ' ', '\n'],
      ...['st.example.org', 'sso.example.org', 'x.', '^', '$', '.*', '{a:', '}', '|', '/'],
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 14 }).map((all) => all.join('')),
        (rule) => {
          if (fault(rule) === undefined) expect(rule).not.to.match(/sso\.example\.org[`"]/);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
