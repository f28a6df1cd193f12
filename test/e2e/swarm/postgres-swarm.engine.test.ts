import { postgresRuns } from './postgres.ts';

postgresRuns('Swarm');
