import { zeroConfiguration } from './zero-configuration.ts';

// A red one, and those of abra, are in `test/nightly`.
zeroConfiguration('Swarm', 'Green');
