import { warmServices } from '../e2e/warm/warm-services.ts';

warmServices('Abra', ['Upgrade', 'RollBack', 'CrashLoop', 'NoImage', 'ForeignImage', 'Killed', 'Removed', 'Scaled']);
warmServices('Abra', ['AtRest']);
