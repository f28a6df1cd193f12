import { warmServices } from '../e2e/warm/warm-services.ts';

warmServices('Swarm', ['Upgrade', 'RollBack', 'CrashLoop', 'NoImage', 'ForeignImage', 'Killed', 'Removed', 'Scaled']);
warmServices('Swarm', ['AtRest']);
