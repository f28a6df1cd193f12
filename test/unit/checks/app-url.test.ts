import { expect } from 'chai';
import { appUrl, fillUrl } from '../../../lib/checks/app-connection.ts';
import { hasCode } from '../../../lib/errors.ts';
import { mainPortUrl } from '../../../lib/platform/main-port-url.ts';

const facts = {
  domain: 'notes.ci.example.org',
  endpoints: [
    { service: 'db', name: '', host: '127.0.0.1', port: 20_001 },
    { service: 'app', name: 'admin', host: '127.0.0.1', port: 20_003 },
    { service: 'app', name: '', host: '127.0.0.1', port: 20_002 },
  ],
};

describe('fillUrl', () => {
  it('fills the domain and ports of services', () => {
    expect(fillUrl('https://{domain}/x{port:app}/{port:app.admin}?{port:db}', facts)).to.equal(
      'https://notes.ci.example.org/x20002/20003?20001',
    );
  });

  it('leaves a text without placeholders alone', () => {
    expect(fillUrl('http://127.0.0.1:8080', facts)).to.equal('http://127.0.0.1:8080');
  });

  for (const template of ['{port:web}', '{port:db.admin}', '{nonsense}', '{}', '{port:}']) {
    it(`refuses ${template}`, () => {
      expect(() => fillUrl(template, facts))
        .to.throw()
        .that.satisfies((error: unknown) => hasCode(error, 'Misconfigured'));
    });
  }
});

describe('appUrl', () => {
  it('is the template without a slash at the end', () => {
    expect(appUrl('https://{domain}/', facts)).to.equal('https://notes.ci.example.org');
  });

  it('is where the platform says by default', () => {
    expect(appUrl(undefined, { ...facts, platformUrl: 'https://notes.ci.example.org/' })).to.equal(
      'https://notes.ci.example.org',
    );
  });

  it('prefers the template to what the platform says', () => {
    expect(appUrl('http://127.0.0.1:{port:app}', { ...facts, platformUrl: 'https://x' })).to.equal(
      'http://127.0.0.1:20002',
    );
  });

  it('is undefined where nobody knows a place, ports or not', () => {
    expect(appUrl(undefined, facts)).to.equal(undefined);
  });
});

describe('mainPortUrl', () => {
  it('is the main port of service app', () => {
    expect(mainPortUrl(facts.endpoints)).to.equal('http://127.0.0.1:20002');
  });

  it('is another main port where app has none', () => {
    expect(mainPortUrl(facts.endpoints.slice(0, 2))).to.equal('http://127.0.0.1:20001');
  });

  it('is undefined without a main port', () => {
    expect(mainPortUrl(facts.endpoints.slice(1, 2))).to.equal(undefined);
  });

  it('puts an IPv6 address in brackets', () => {
    expect(mainPortUrl([{ service: 'app', name: '', host: '::1', port: 80 }])).to.equal('http://[::1]:80');
  });
});
