import { warmServices } from '../e2e/warm/warm-services.ts';

warmServices('Abra', ['Upgrade', 'RollBack', 'CrashLoop', 'NoImage', 'ForeignImage', 'Removed']);
warmServices('Abra', ['AtRest']);
