import { inStage } from '../moments.ts';
import { stackCrashes } from './crashes.ts';

// Moments that chance chooses, and those of abra, are in `test/nightly`.
stackCrashes('Swarm', [inStage('Upgrade'), inStage('Promote')]);
