import { storeRuns } from './store-runs.ts';

// The others, and a backup that loses something, are in `test/nightly`.
storeRuns({ top: ['postgres'], stale: false });
