import { BROKEN, coldRuns } from '../e2e/swarm/cold-runs.ts';

coldRuns('Swarm', { broken: BROKEN, green: 'Enrolment' });
