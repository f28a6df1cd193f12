import { coldRuns } from './cold-runs.ts';

// One green and one red run: everything but the way a stack gets on the engine is the same for both kinds. All of them
// are in `test/nightly`.
coldRuns('Abra', { broken: ['crash-loop'], green: 'Enrolment' });
