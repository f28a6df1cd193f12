import { warmServices } from '../e2e/warm/warm-services.ts';

warmServices('Swarm', ['Upgrade', 'RollBack', 'CrashLoop', 'NoImage', 'ForeignImage', 'Removed']);
warmServices('Swarm', ['AtRest']);
