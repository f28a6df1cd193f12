import { interferences } from '../e2e/swarm/interferences.ts';

interferences('Swarm', {
  runs: [
    ['it comes up', 'remove'],
    ['it comes up', 'scale'],
    ['it comes up', 'update'],
    ['a backup hook runs in it', 'update'],
    ['it is seeded', 'update'],
    ['a backup hook runs in it', 'remove'],
    ['a restore hook runs in it', 'remove'],
    ['it is wiped', 'scale'],
    ['it is wiped', 'remove'],
    ['a test runs', 'remove'],
    ['a test runs', 'scale'],
  ],
  promotions: ['scale', 'update'],
});
