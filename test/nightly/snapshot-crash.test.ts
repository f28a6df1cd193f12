import { crashKills } from '../component/snapshot/crash-kills.ts';

crashKills({ random: 20 });
