import { engineRestarts } from '../e2e/swarm/engine-restarts.ts';

engineRestarts('Swarm', { testRuns: ['SIGTERM'], comesUp: ['SIGTERM', 'SIGKILL'], away: ['TestEnds', 'Teardown'] });
