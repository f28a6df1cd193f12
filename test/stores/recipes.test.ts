import { storeRuns } from './store-runs.ts';

// The others are in `test/nightly`.
storeRuns({ top: ['postgres'], stale: true });
