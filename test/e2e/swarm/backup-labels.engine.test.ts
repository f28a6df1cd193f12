import { labelRuns } from './label-runs.ts';

// Hooks that fail or hang are in `test/nightly`.
labelRuns('Chosen');
