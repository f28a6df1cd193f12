import { interferences } from './interferences.ts';

interferences('Abra');
