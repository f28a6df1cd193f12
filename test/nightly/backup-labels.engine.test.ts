import { labelRuns } from '../e2e/swarm/label-runs.ts';

labelRuns();
