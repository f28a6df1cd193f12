import { canaryRuns } from './canary-runs.ts';

// What a canary turns red is in `test/nightly`.
canaryRuns('Proves');
