import { startDouble, startKeycloakDouble } from './double-server.ts';
import { ssoContract } from './sso-contract.ts';
import { ssoFaultContract } from './sso-fault-contract.ts';

ssoContract('a second kind of provider', startDouble);
ssoFaultContract('a second kind of provider', startDouble);
ssoContract('Keycloak, a double of it', startKeycloakDouble);
ssoFaultContract('Keycloak, a double of it', startKeycloakDouble);
