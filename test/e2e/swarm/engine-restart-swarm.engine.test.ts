import { engineRestarts } from './engine-restarts.ts';

// The other moments, and those of abra, are in `test/nightly`.
engineRestarts('Swarm', { testRuns: ['SIGKILL'], comesUp: [], away: [] });
