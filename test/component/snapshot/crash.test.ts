import { crashKills } from './crash-kills.ts';

// Those anywhere are in `test/nightly`.
crashKills({ random: 0 });
