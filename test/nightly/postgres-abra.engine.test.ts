import { postgresRuns } from '../e2e/swarm/postgres.ts';

postgresRuns('Abra');
