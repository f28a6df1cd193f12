import { canaryRuns } from '../e2e/swarm/canary-runs.ts';

canaryRuns();
