import { engineRestarts } from '../e2e/swarm/engine-restarts.ts';

engineRestarts('Abra', {
  testRuns: ['SIGTERM', 'SIGKILL'],
  comesUp: ['SIGTERM', 'SIGKILL'],
  away: ['TestEnds', 'Teardown'],
});
