import { relayKills } from '../component/alerts/relay-kills.ts';

relayKills('EachChange');
