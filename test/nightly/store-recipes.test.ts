import { storeRuns } from '../stores/store-runs.ts';

storeRuns({ top: ['mariadb', 'redis'], stale: true });
