import { BROKEN, coldRuns } from '../e2e/swarm/cold-runs.ts';

coldRuns('Abra', { broken: BROKEN, green: 'TwoAtOnce' });
