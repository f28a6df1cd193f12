import { expect } from 'chai';
import { unroutedBecause } from '../../../lib/recipe/routers.ts';

const DOMAIN = 'bore.ci.test';

/** Why nobody is led to an app whose service `app` has these labels. */
function because(labels: Record<string, string>): string | undefined {
  const services = [
    { name: 'app', labels },
    { name: 'db', labels: {} },
  ] as unknown as Parameters<typeof unroutedBecause>[0]['services'];
  return unroutedBecause({ services, stackName: 'st', placeOf: (path) => `compose.yml:${path.length}:1` }, DOMAIN);
}

function ofRules(...rules: readonly string[]): string | undefined {
  const labels = rules.map((rule, index) => [`traefik.http.routers.bore-${index + 1}.rule`, rule]);
  return because({ 'traefik.enable': 'true', ...Object.fromEntries(labels) });
}

describe('routers that name the domain', () => {
  const routed: readonly (readonly [string, readonly string[]])[] = [
    ['a rule for it', ['Host(`bore.ci.test`)']],
    ['in the other quotes and cases', ['hOSt("Bore.CI.test.")']],
    ['as one of several', ['Host(`x.test`, `bore.ci.test`)']],
    ['as an alternative', ['Host(`x.test`) || (Host(`bore.ci.test`) && PathPrefix(`/a`))']],
    ['another rule', ['Host(`1.bore.ci.test`)', 'Host(`bore.ci.test`)']],
    ['a rule for every host', ['PathPrefix(`/a`)']],
    ['an alternative for every host', ['Host(`x.test`) || PathPrefix(`/a`)']],
    ['a pattern, which may', ['HostRegexp(`^.+$`)']],
    ['all but another', ['!Host(`x.test`)']],
    ['what cannot be read', ['Host(`x.test`) ?? Host(`y.test`)']],
    ['what goes on behind its end', ['Host(`x.test`) Host(`y.test`)']],
    ['every name of a TLS connection', ['HostSNI(`*`)']],
  ];
  for (const [what, rules] of routed) it(`are there: ${what}`, () => expect(ofRules(...rules)).to.equal(undefined));

  const unrouted: readonly (readonly [string, readonly string[]])[] = [
    ['only names below it', ['Host(`1.bore.ci.test`)', 'Host(`2.bore.ci.test`)']],
    ['another host with paths', ['Host(`x.test`) && (PathPrefix(`/a`) || PathPrefix(`/b`))']],
    ['an empty rule', ['']],
  ];
  for (const [what, rules] of unrouted) {
    it(`are missing: ${what}`, () => {
      expect(ofRules(...rules))
        .to.include(DOMAIN)
        .and.to.include('service app');
      expect(ofRules(...rules))
        .to.include('traefik.http.routers.bore-1.rule')
        .and.to.include('compose.yml:5:1');
    });
  }

  it('are missing where no rule is given at all, whatever port is to be served', () => {
    const labels = { 'traefik.enable': 'true', 'traefik.http.services.bore.loadbalancer.server.port': '80' };
    expect(because(labels)).to.include('traefik.enable').and.to.include('compose.yml:5:1');
  });

  it('are asked for by each word that the ingress takes for true', () => {
    for (const word of ['true', 'True', 'TRUE', '1', 't']) {
      expect(because({ 'traefik.enable': word }), word).to.not.equal(undefined);
    }
    for (const word of ['yes', 'on', 'tRue', '']) expect(because({ 'traefik.enable': word }), word).to.equal(undefined);
  });

  it('are not asked for where nothing is to be routed', () => {
    expect(because({ 'traefik.http.routers.bore.rule': 'Host(`x.test`)' })).to.equal(undefined);
    expect(because({ 'traefik.enable': 'false' })).to.equal(undefined);
  });

  it('are counted in one line of a bounded length', () => {
    const text = ofRules(...Array.from({ length: 50 }, (_, index) => `Host(\`${index}.bore.ci.test\`)`)) ?? '';
    expect(text).to.include('49 more').and.to.have.length.below(300);
    expect(ofRules(`Host(\`${'x'.repeat(3_000)}\`)`)).to.have.length.below(300);
  });

  it('deep and long rules end the reading, not the stack', () => {
    expect(ofRules(`${'('.repeat(2_000)}Host(\`x.test\`)`)).to.equal(undefined);
    expect(ofRules('Host(`x.test`) && '.repeat(1_000))).to.equal(undefined);
  });
});
