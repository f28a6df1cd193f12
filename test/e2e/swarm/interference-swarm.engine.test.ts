import { interferences } from './interferences.ts';

// Each moment and each deed; all pairs, and those of abra, are in `test/nightly`.
interferences('Swarm', {
  runs: [
    ['it comes up', 'scale'],
    ['it is seeded', 'update'],
    ['a backup hook runs in it', 'remove'],
    ['it is wiped', 'remove'],
    ['a restore hook runs in it', 'remove'],
    ['a test runs', 'update'],
  ],
  promotions: ['remove'],
});
