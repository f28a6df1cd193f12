import { expect } from 'chai';
import { CcError } from '../../../lib/errors.ts';
import { endpointsOf, fillPorts, wantedPorts } from '../../../lib/platform/port-placeholders.ts';

describe('placeholders of ports in an env', () => {
  const env = { URL: 'http://h:{port:app}/{port:app.admin}', AGAIN: '{port:app}', NONE: '{port}' };

  it('ask for each port once, and are filled in by its number', async () => {
    const uses = wantedPorts(env);
    expect(uses).to.deep.equal([
      { service: 'app', name: '' },
      { service: 'app', name: 'admin' },
    ]);
    const endpoints = await endpointsOf(uses, async ({ name }) => (name === '' ? 1 : 2));
    expect(fillPorts(env, endpoints)).to.deep.equal({ URL: 'http://h:1/2', AGAIN: '1', NONE: '{port}' });
  });

  for (const use of ['app.', '.admin', '.']) {
    it(`{port:${use}} names no port that a service can have: none is asked for, and it is refused`, () => {
      expect(wantedPorts({ A: `{port:${use}}` })).to.deep.equal([]);
      const endpoints = [{ service: 'app', name: '', host: 'h', port: 1 }];
      expect(() => fillPorts({ A: `{port:${use}}` }, endpoints))
        .to.throw(CcError)
        .with.property('code', 'InvalidInput');
    });
  }
});
