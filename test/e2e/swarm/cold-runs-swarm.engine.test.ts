import { coldRuns } from './cold-runs.ts';

coldRuns('Swarm');
