import { engineRestarts } from './engine-restarts.ts';

// Those in which the app comes up, and those of abra, are in `test/nightly`.
engineRestarts('Swarm', { testRuns: ['SIGKILL'], comesUp: [] });
