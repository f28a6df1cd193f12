import { inStage } from '../moments.ts';
import { stackCrashes } from './crashes.ts';

// Other moments, and those of abra, are in `test/nightly`.
stackCrashes('Swarm', [inStage('Promote')]);
