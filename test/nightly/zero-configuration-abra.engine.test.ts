import { zeroConfiguration } from '../e2e/swarm/zero-configuration.ts';

zeroConfiguration('Abra', 'All');
