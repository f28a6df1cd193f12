import { quickRuns } from '../e2e/swarm/quick-runs.ts';

quickRuns('Swarm');
