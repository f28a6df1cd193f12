import { interferences } from './interferences.ts';

// Each deed; the other moments, and those of abra, are in `test/nightly`.
interferences('Swarm', {
  runs: [
    ['it comes up', 'scale'],
    ['it is wiped', 'remove'],
    ['a test runs', 'update'],
  ],
  promotions: ['remove'],
});
