import { portalSuite } from '../component/portal/portal-suite.ts';
import { CURRENT } from '../keycloak/distribution.ts';
import { KeycloakServer } from '../keycloak/keycloak-server.ts';
import { browserSuite } from './browser-suite.ts';

/** The portal before a real Keycloak: by its forms, and with a browser. */
describe(`Keycloak ${CURRENT}`, function () {
  this.timeout(360_000);
  let server: KeycloakServer;

  before(async () => {
    server = await KeycloakServer.spawn(CURRENT);
    await server.ready();
  });
  after(async () => {
    await server?.process.kill();
  });

  portalSuite('Keycloak', async () => server);
  browserSuite('Keycloak', async () => server);
});
