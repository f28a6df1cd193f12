import { platformContract } from '../contract/platform/platform-contract.ts';
import { swarmSubject } from '../contract/platform/swarm-subject.ts';

describe('on the engine', function () {
  this.timeout(240_000);
  platformContract('SwarmPlatform over abra', () => swarmSubject('Abra'), { index: 2, of: 3 });
});
