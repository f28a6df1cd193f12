import { startKeycloakDouble } from '../contract/sso/double-server.ts';
import { browserSuite } from './browser-suite.ts';

browserSuite('the double', startKeycloakDouble);
