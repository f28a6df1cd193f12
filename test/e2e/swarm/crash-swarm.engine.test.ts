import { crashes } from './crashes.ts';

crashes('Swarm');
