import { stackDriverContract } from './stack-driver-contract.ts';

stackDriverContract('Swarm');
