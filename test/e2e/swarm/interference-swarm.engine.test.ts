import { interferences } from './interferences.ts';

interferences('Swarm');
