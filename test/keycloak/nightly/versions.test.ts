import { ssoContract } from '../../contract/sso/sso-contract.ts';
import { ssoFaultContract } from '../../contract/sso/sso-fault-contract.ts';
import { CURRENT, type KeycloakVersion } from '../distribution.ts';
import { KeycloakServer } from '../keycloak-server.ts';

/** The whole contract, with every fault before a real one of each version. */
for (const version of ['26.0.8', '26.4.0', CURRENT] satisfies KeycloakVersion[]) {
  describe(`Keycloak ${version}, in full`, function () {
    this.timeout(360_000);
    let server: KeycloakServer;

    before(async () => {
      server = await KeycloakServer.spawn(version);
      await server.ready();
    });
    after(async () => {
      await server?.process.kill();
    });

    ssoContract('Keycloak', async () => server);
    ssoFaultContract('Keycloak', async () => server);
  });
}
