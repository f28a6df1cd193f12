import { interferences } from '../e2e/swarm/interferences.ts';

interferences('Abra', {
  runs: [
    ['it comes up', 'remove'],
    ['a backup hook runs in it', 'scale'],
    ['a test runs', 'update'],
  ],
  promotions: ['remove'],
});
