import { BROKEN, coldRuns } from './cold-runs.ts';

coldRuns('Swarm', { broken: BROKEN, green: 'TwoAtOnce' });
