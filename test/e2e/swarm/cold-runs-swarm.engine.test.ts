import { coldRuns } from './cold-runs.ts';

// All broken changes are in `test/nightly`.
coldRuns('Swarm', { broken: ['loses-data'], green: 'TwoAtOnce' });
