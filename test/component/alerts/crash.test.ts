import { relayKills } from './relay-kills.ts';

// Every single change of a file is in `test/nightly`.
relayKills('Named');
