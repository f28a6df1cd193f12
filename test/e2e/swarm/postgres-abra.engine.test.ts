import { postgresRuns } from './postgres.ts';

postgresRuns('Abra');
