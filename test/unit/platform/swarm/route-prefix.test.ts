import { expect } from 'chai';
import { routePrefix } from '../../../../lib/platform/swarm/route-prefix.ts';

const DOMAIN = 'cms.ci.test';

/** The prefix of an app whose services have these rules, in their order. */
function prefixOf(...rules: readonly string[]): string {
  const services = rules.map((rule, index) => ({
    labels: { 'traefik.enable': 'true', [`traefik.http.routers.cms-${index}.rule`]: rule },
  }));
  return routePrefix(services, DOMAIN);
}

describe('path prefix that an app is routed at', () => {
  it('is that of its rule, whichever way round and in either quotes', () => {
    expect(prefixOf('Host(`cms.ci.test`) && PathPrefix(`/pages`)')).to.equal('/pages');
    expect(prefixOf('PathPrefix("/pages/") && Host("CMS.ci.test")')).to.equal('/pages');
    expect(prefixOf('(Host(`cms.ci.test`)&&PathPrefix(`/a/b`))')).to.equal('/a/b');
  });

  it('is the first one where all rules have one', () => {
    expect(
      prefixOf('Host(`cms.ci.test`) && PathPrefix(`/pages`)', 'Host(`cms.ci.test`) && PathPrefix(`/api`)'),
    ).to.equal('/pages');
  });

  const none: readonly (readonly [string, readonly string[]])[] = [
    ['there is no rule', []],
    ['the host is routed whole', ['Host(`cms.ci.test`)']],
    ['another rule takes the whole host', ['Host(`cms.ci.test`) && PathPrefix(`/api`)', 'Host(`cms.ci.test`)']],
    ['another rule may take the whole host', ['Host(`cms.ci.test`) && PathPrefix(`/api`)', 'HostRegexp(`.+`)']],
    ['an alternative has none', ['Host(`cms.ci.test`) && PathPrefix(`/api`) || Host(`cms.ci.test`)']],
    ['it is excluded', ['Host(`cms.ci.test`) && !PathPrefix(`/api`)']],
    ['the rule is for another host', ['Host(`www.cms.ci.test`) && PathPrefix(`/api`)']],
    ['it is a pattern', ['Host(`cms.ci.test`) && PathPrefix(`/{id:[a-z]+}`)']],
    ['it would lead elsewhere', ['Host(`cms.ci.test`) && PathPrefix(`//example.org`)']],
    ['it climbs', ['Host(`cms.ci.test`) && PathPrefix(`/a/../b`)']],
    ['it is the root', ['Host(`cms.ci.test`) && PathPrefix(`/`)']],
  ];
  for (const [why, rules] of none) {
    it(`is none where ${why}`, () => {
      expect(prefixOf(...rules)).to.equal('');
    });
  }

  it('is none where the service is not enabled', () => {
    const labels = { 'traefik.http.routers.cms.rule': 'Host(`cms.ci.test`) && PathPrefix(`/pages`)' };
    expect(routePrefix([{ labels }], DOMAIN)).to.equal('');
  });
});
