import { zeroConfiguration } from './zero-configuration.ts';

zeroConfiguration('Swarm');
