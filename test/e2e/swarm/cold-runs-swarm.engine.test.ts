import { coldRuns } from './cold-runs.ts';

// Broken changes are in `test/nightly`; one of them runs on abra.
coldRuns('Swarm', { broken: [], green: 'TwoAtOnce' });
