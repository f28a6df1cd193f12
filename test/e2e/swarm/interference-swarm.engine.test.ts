import { interferences } from './interferences.ts';

// The other moments and deeds, and those of abra, are in `test/nightly`.
interferences('Swarm', { runs: [['a test runs', 'update']], promotions: ['remove'] });
