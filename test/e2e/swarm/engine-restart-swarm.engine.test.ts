import { engineRestarts } from './engine-restarts.ts';

engineRestarts('Swarm');
