import { crashKills } from '../component/snapshot/crash-kills.ts';

crashKills({ every: 1, random: 20 });
