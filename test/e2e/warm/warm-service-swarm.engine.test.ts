import { warmServices } from './warm-services.ts';

// The other stories, and abra, are in `test/nightly`.
warmServices('Swarm', ['RollBack']);
