import { crashKills } from './crash-kills.ts';

// The other steps, and those anywhere, are in `test/nightly`.
crashKills({ every: 3, random: 0 });
