import { expect } from 'chai';
import { expectedUrl } from '../../../lib/sso/expected-url.ts';

const domain = 'note-0a1b2c.ci.example.org';

const ROWS: readonly [string, Omit<Parameters<typeof expectedUrl>[0], 'domain'>, string][] = [
  ['on a port of this machine: any', {}, 'http://127.0.0.1'],
  ['behind an ingress', { ingress: 'https://{domain}/' }, `https://${domain}`],
  ['behind an ingress below a path', { ingress: 'http://{domain}:8080/apps/' }, `http://${domain}:8080/apps`],
  ['as its spec says', { template: 'https://sso.{domain}/app', ingress: 'x' }, `https://sso.${domain}/app`],
  ['with a port in its spec', { template: 'http://127.0.0.1:{port:app}/app' }, 'http://127.0.0.1/app'],
  ['with a named port in its spec', { template: 'http://127.0.0.1:{port:app.admin}' }, 'http://127.0.0.1'],
];

describe('expectedUrl', () => {
  for (const [what, place, wanted] of ROWS)
    it(`of an app ${what}`, () => expect(expectedUrl({ domain, ...place })).to.equal(wanted));
});
